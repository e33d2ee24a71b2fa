import Handoff
import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Protocols for inherited sockets")
    struct ProtocolTests {
        @Test("A worker finds its socket by each protocol, drains by its signal, and no request fails between them")
        func eachProtocol() throws {
            let names = SocketProtocol.allCases.map(\.rawValue)
            let server = try Server { releases in
                for name in names {
                    try releases.worker(
                        name, "--inherit", name, "--ready", "--body", "\(name)\\n",
                        manifest: "inherit: \"\(name)\", watch: \"50ms\"")
                }
                try releases.worker("argument", "--fd", "{fd:web}", "--body", "argument\\n")
            }
            try server.deploy("listen-fds")
            try server.waitUntilDrained()
            let load = try Load(
                .close, at: try server.address(), connections: 4, bodies: (names + ["argument"]).map { "\($0)\\n" })
            for name in names.dropFirst() + ["argument"] {
                try server.deploy(name)
                #expect(try server.get("/") == "\(name)\n")
            }
            let report = try load.end()
            report.expectPerfect("one protocol after the other")
            #expect(report.epochs == names + ["argument"])
            try server.waitUntilDrained()
            try server.finish()
        }

        /// Answers whether the socket that it inherited makes it wait in `accept`.
        private static let tells = """
            import fcntl, http.server, os, socket

            flags = fcntl.fcntl(3, fcntl.F_GETFL)


            class Tells(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(b"non-blocking" if flags & os.O_NONBLOCK else b"blocking")


            server = http.server.HTTPServer(("", 0), Tells, bind_and_activate=False)
            server.socket = socket.socket(fileno=3)
            server.serve_forever()
            """

        @Test("The socket of a server that accepts without waiting first blocks, and the next generation's does not")
        func blocks() throws {
            try Program.require("python3")
            let server = try Server(workers: 1) { releases in
                for name in ["server-starter", "listen-fds"] {
                    try releases.directory.write("releases/\(name)/tells.py", Self.tells)
                    try releases.directory.write(
                        "releases/\(name)/release.json",
                        "{ command: [\"python3\", \"tells.py\"], inherit: \"\(name)\", watch: \"50ms\" }\n")
                }
            }
            // More often than there are lanes: each is used again.
            for _ in 1...2 {
                try server.deploy("server-starter")
                #expect(try server.get("/") == "blocking")
                try server.waitUntilDrained()
                try server.deploy("listen-fds")
                #expect(try server.get("/") == "non-blocking")
                try server.waitUntilDrained()
            }
            try server.finish()
        }

        @Test("A worker of the einhorn protocol is ready when it has said so, and not before")
        func acknowledges() throws {
            let manifest = "inherit: \"einhorn\", readiness: \"notify\", readyTimeout: \"1s\", watch: \"0\""
            let server = try Server { releases in
                try releases.worker("says", "--inherit", "einhorn", "--ready", manifest: manifest)
                try releases.worker("silent", "--inherit", "einhorn", manifest: manifest)
            }
            let silent = try server.deployd("deploy", "silent")
            #expect(silent.status == .exited(code: 1), "\(silent.output)\(silent.errors)")
            #expect(try server.status().serving == 1)
            try server.deploy("says")
            try server.finish()
        }
    }
}
