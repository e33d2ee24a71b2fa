extension ServerPreset {
    static let ruby = [
        ServerPreset(
            name: "puma", summary: "a Rack application: config.ru",
            process: """
                {
                            command: ["puma", "--environment", "production", "--bind-to-activated-sockets", "only", "config.ru"],
                            workers: 2, inherit: "listen-fds",
                        }
                """,
            manifest: """
                {
                    // puma closes idle connections when it is told to stop: a request that is on its way then is lost.
                    // See `deployd init --behind-web`.
                    command: ["puma", "--environment", "production", "--bind-to-activated-sockets", "only", "config.ru"],
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "unicorn", summary: "a Rack application: config.ru",
            process: """
                {
                            command: ["unicorn", "--env", "production", "config.ru"],
                            workers: 2, inherit: "listen-fds", drain: { signal: "QUIT" },
                        }
                """,
            manifest: """
                {
                    // unicorn takes its sockets from LISTEN_FDS, and finishes what it has on QUIT; TERM ends it at once.
                    command: ["unicorn", "--env", "production", "config.ru"],
                    health: { path: "/" },
                    drain: { signal: "QUIT" },
                }

                """),
    ]
}
