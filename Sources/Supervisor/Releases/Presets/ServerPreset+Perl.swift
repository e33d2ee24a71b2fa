extension ServerPreset {
    static let perl = [
        ServerPreset(
            name: "starlet", summary: "a PSGI application on Starlet: app.psgi",
            manifest: """
                {
                    // Starlet takes its socket from SERVER_STARTER_PORT, and finishes what it has on TERM.
                    command: ["plackup", "--server", "Starlet", "--env", "production", "--max-workers", "8", "app.psgi"],
                    inherit: "server-starter",
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "starman", summary: "a PSGI application on Starman: app.psgi",
            manifest: """
                {
                    // Starman takes its socket from SERVER_STARTER_PORT, and finishes what it has on QUIT. Each kept connection
                    // would hold one of its workers, and be closed when it is told to stop: it keeps none.
                    command: ["starman", "--workers", "8", "--disable-keepalive", "app.psgi"],
                    inherit: "server-starter",
                    health: { path: "/" },
                    drain: { signal: "QUIT" },
                }

                """),
    ]
}
