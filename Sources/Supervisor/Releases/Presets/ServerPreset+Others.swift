/// Presets: other languages, and programs that take a port.
extension ServerPreset {
    static let others = [
        ServerPreset(
            name: "go", summary: "a Go program that serves net.FileListener(os.NewFile(3, \"web\"))",
            manifest: """
                {
                    // The program of this release. It serves the listener on descriptor 3. On SIGTERM it must not call
                    // Server.Shutdown: that closes idle connections, and a request that is on its way then is lost. Close the
                    // listener, answer with Connection: close, and exit when no connection is left.
                    command: ["./site"],
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "java", summary: "a Java program on System.inheritedChannel(), for instance Jetty: site.jar",
            process: """
                { command: ["java", "-jar", "site.jar", "{port}"], socket: "port" }
                """,
            manifest: """
                {
                    // The program of this release. System.inheritedChannel() is its socket; for Jetty:
                    // connector.setInheritChannel(true). On SIGTERM Jetty's Server.stop() closes idle connections, and a request
                    // that is on its way then is lost: close the connector, answer with Connection: close, and exit when no
                    // connection is left.
                    command: ["java", "-jar", "site.jar"],
                    inherit: "stdin",
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
                    environment: { NODE_ENV: "production" },
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "php-fpm", summary: "PHP: php-fpm, with deployd's web server in front",
            manifest: """
                {
                    // deployd's web server serves the files in public; all else goes to app/index.php. In php-fpm.conf:
                    // `listen = ${DEPLOYD_SOCKET}`, `process_control_timeout` as long as requests may take, and `clear_env = no`,
                    // without which PHP sees no variables of `environment`.
                    web: { files: "public", fastcgi: { to: "php", root: "app", fallback: "/index.php" } },
                    processes: {
                        php: { command: ["php-fpm8.2", "--nodaemonize", "--fpm-config", "php-fpm.conf"], inherit: "fpm" },
                    },
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "port", summary: "a program that takes a port from PORT, with deployd's web server in front",
            manifest: """
                {
                    // deployd's web server owns the users' connections, and forwards to the port of 127.0.0.1 that PORT names,
                    // a different one in each generation. {port} in the command is replaced by it.
                    web: { forward: { "/": "app" } },
                    processes: { app: { command: ["./site"], socket: "port" } },
                    health: { path: "/" },
                }

                """),
    ]
}
