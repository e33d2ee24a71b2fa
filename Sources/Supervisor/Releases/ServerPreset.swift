/// What a known server needs in its manifest, as `deployd init --server` writes it.
package struct ServerPreset: Sendable {
    /// What it is called on the command line.
    package let name: String
    /// One line for the list.
    package let summary: String
    /// The text of `release.json`, with a comment for what a person must know.
    package let manifest: String

    /// The preset of this name; nil: there is none.
    package static func named(_ name: String) -> ServerPreset? { all.first { $0.name == name } }

    /// The nearest name to one that no preset has; nil: none is near.
    package static func nearest(to name: String) -> String? { NearestName.of(name, in: all.map(\.name)) }
}

extension ServerPreset {
    /// Every preset, by name. Each command was run under deployd; the comments say what was seen.
    package static let all = [
        ServerPreset(
            name: "go", summary: "a Go program that serves net.FileListener(os.NewFile(3, \"web\"))",
            manifest: """
                {
                    // The program of this release. It serves the listener on descriptor 3, and calls Server.Shutdown on SIGTERM.
                    command: ["./site"],
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "gunicorn", summary: "a WSGI application: app.py with a callable `app`",
            manifest: """
                {
                    // No --bind: gunicorn takes its sockets from LISTEN_FDS. deployd starts as many gunicorns as it has workers.
                    command: ["gunicorn", "--workers", "1", "--graceful-timeout", "30", "app:app"],
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "gunicorn-threads", summary: "the same with threads: gunicorn's gthread workers, with keep-alive",
            manifest: """
                {
                    // No --bind: gunicorn takes its sockets from LISTEN_FDS. deployd starts as many gunicorns as it has workers.
                    // With threads it keeps connections, and closes them when it is told to stop: a request that is on its
                    // way then is lost. Without --threads it keeps none, and loses none.
                    command: ["gunicorn", "--workers", "1", "--threads", "8", "--graceful-timeout", "30", "app:app"],
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "hypercorn", summary: "an ASGI application: app.py with a callable `app`",
            manifest: """
                {
                    // hypercorn closes idle connections as soon as it is told to stop: a request that is on its way then is lost.
                    command: ["hypercorn", "--bind", "fd://{fd:web}", "app:app"],
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "node", summary: "a Node program: server.js with server.listen({ fd: 3 })",
            manifest: """
                {
                    // server.js listens on { fd: 3 }. On SIGTERM it must not call server.close(): since Node 19 that closes
                    // idle connections, and a request that is on its way then is lost. Answer with Connection: close instead.
                    command: ["node", "server.js"],
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "puma", summary: "a Rack application: config.ru",
            manifest: """
                {
                    // puma closes idle connections as soon as it is told to stop: a request that is on its way then is lost.
                    command: ["puma", "--bind-to-activated-sockets", "only", "config.ru"],
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "unicorn", summary: "a Rack application: config.ru",
            manifest: """
                {
                    // unicorn takes its sockets from LISTEN_FDS, and finishes what it has on QUIT; TERM ends it at once.
                    command: ["unicorn", "config.ru"],
                    health: { path: "/" },
                    drain: { signal: "QUIT" },
                }

                """),
        ServerPreset(
            name: "uvicorn", summary: "an ASGI application: app.py with a callable `app`",
            manifest: """
                {
                    // uvicorn closes idle connections as soon as it is told to stop: a request that is on its way then is lost.
                    command: ["uvicorn", "--fd", "{fd:web}", "app:app"],
                    health: { path: "/" },
                }

                """),
    ]
}
