extension ServerPreset {
    static let python = [
        ServerPreset(
            name: "gunicorn", summary: "a WSGI application: app.py with a callable `app`",
            process: """
                { command: ["gunicorn", "app:app"], workers: 2, inherit: "listen-fds" }
                """,
            manifest: """
                {
                    // No --bind: gunicorn takes its sockets from LISTEN_FDS. deployd starts as many gunicorns as it has workers.
                    command: ["gunicorn", "--workers", "1", "--graceful-timeout", "30", "app:app"],
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "gunicorn-threads",
            summary: "a WSGI application on gunicorn's threads, with keep-alive: app.py with a callable `app`",
            process: """
                { command: ["gunicorn", "--threads", "8", "app:app"], workers: 2, inherit: "listen-fds" }
                """,
            manifest: """
                {
                    // No --bind: gunicorn takes its sockets from LISTEN_FDS. deployd starts as many gunicorns as it has workers.
                    // With threads it keeps connections, and closes them when it is told to stop: a request that is on its
                    // way then is lost. Without --threads it keeps none, and loses none. See `deployd init --behind-web`.
                    command: ["gunicorn", "--workers", "1", "--threads", "8", "--graceful-timeout", "30", "app:app"],
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "hypercorn", summary: "an ASGI application: app.py with a callable `app`",
            process: """
                { command: ["hypercorn", "--bind", "fd://3", "app:app"], workers: 2, inherit: "listen-fds" }
                """,
            manifest: """
                {
                    // hypercorn closes idle connections as soon as it is told to stop: a request that is on its way then is lost.
                    // See `deployd init --behind-web`.
                    command: ["hypercorn", "--bind", "fd://{fd:web}", "app:app"],
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "uvicorn", summary: "an ASGI application: app.py with a callable `app`",
            process: """
                {
                            // The client's address and "https" come in the fields that deployd's web server writes.
                            command: ["uvicorn", "--fd", "3", "--proxy-headers", "--forwarded-allow-ips", "*", "app:app"],
                            workers: 2, inherit: "listen-fds",
                        }
                """,
            manifest: """
                {
                    // uvicorn closes idle connections as soon as it is told to stop: a request that is on its way then is lost.
                    // See `deployd init --behind-web`.
                    command: ["uvicorn", "--fd", "{fd:web}", "app:app"],
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "uwsgi", summary: "a WSGI application on uWSGI's own HTTP: app.py with a callable `app`",
            manifest: """
                {
                    // uWSGI takes its sockets from LISTEN_FDS. The hook makes it finish what it has on TERM. It closes each
                    // connection behind the answer, and the header says so: without it clients would ask once more.
                    command: [
                        "uwsgi", "--plugin", "python3", "--protocol", "http", "--master", "--workers", "4", "--lazy-apps",
                        "--need-app", "--hook-master-start", "unix_signal:15 gracefully_kill_them_all",
                        "--add-header", "Connection: close", "--wsgi", "app:app",
                    ],
                    health: { path: "/" },
                }

                """),
    ]
}
