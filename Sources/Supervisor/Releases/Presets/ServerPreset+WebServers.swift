extension ServerPreset {
    static let webServers = [
        ServerPreset(
            name: "caddy", summary: "Caddy, with deployd's web server in front: Caddyfile",
            manifest: """
                {
                    // Caddy 2.6 takes no inherited socket, so deployd's web server stands in front of it. In the Caddyfile:
                    // `admin off`, and `bind unix/{$DEPLOYD_SOCKET}` for each site.
                    web: { forward: { "/": "app" } },
                    processes: {
                        app: { command: ["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"], socket: "path" },
                    },
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "h2o", summary: "h2o: h2o.conf",
            manifest: """
                {
                    // The address of each `listen` in h2o.conf is that of deployd.json: by it h2o finds the socket.
                    command: ["h2o", "-c", "h2o.conf"],
                    inherit: "server-starter",
                    health: { path: "/" },
                }

                """),
        ServerPreset(
            name: "haproxy", summary: "HAProxy: haproxy.cfg",
            manifest: """
                {
                    // In haproxy.cfg: `bind fd@3`, and `option idle-close-on-response`; without it haproxy closes idle connections
                    // when it is told to stop, and a request that is on its way then is lost.
                    command: ["haproxy", "-db", "-f", "haproxy.cfg"],
                    health: { path: "/" },
                    drain: { signal: "USR1" },
                }

                """),
        ServerPreset(
            name: "nginx", summary: "nginx: nginx.conf",
            manifest: """
                {
                    // The address of each `listen` in nginx.conf is that of deployd.json: by it nginx finds the socket. nginx closes
                    // idle connections as soon as it is told to stop: a request that is on its way then is lost.
                    command: ["nginx", "-p", ".", "-e", "stderr", "-c", "nginx.conf", "-g", "daemon off;"],
                    inherit: "nginx",
                    health: { path: "/" },
                }

                """),
    ]
}
