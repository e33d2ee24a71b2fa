import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("By whom a release is judged")
    struct CertaintyTests {
        private static func waitForWatch(of server: Server) throws {
            try wait(for: "the watch") { try server.currentStatus()?.deployment?.step == .watching }
        }

        /// Six processes' worth of a server that reads a request's whole body before it answers.
        private static let uploads = """
            import select, socket, threading
            lane = socket.socket(fileno=3)
            def serve():
                while True:
                    select.select([lane], [], [])
                    try: client, _ = lane.accept()
                    except BlockingIOError: continue
                    client.setblocking(True)
                    with client:
                        data = b""
                        while b"\\r\\n\\r\\n" not in data: data += client.recv(65536)
                        head, _, body = data.partition(b"\\r\\n\\r\\n")
                        length = [int(l[15:]) for l in head.lower().split(b"\\r\\n") if l.startswith(b"content-length:")]
                        missing = (length + [0])[0] - len(body)
                        while missing > 0: missing -= len(client.recv(65536)) or missing
                        client.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\nConnection: close\\r\\n\\r\\nok\\n")
            for _ in range(6): threading.Thread(target=serve).start()
            """

        /// A release whose files deployd serves, and whose other paths a program behind it.
        private static func web(
            _ releases: Server.Releases, _ name: String, command: String, watch: String
        ) throws {
            try releases.directory.write("releases/\(name)/public/healthz", "ok\n")
            try releases.directory.write(
                "releases/\(name)/release.json",
                """
                { web: { files: "public", forward: { "/app": "app" } }, health: { path: "/healthz" }, watch: \(watch),
                  processes: { app: { command: \(command), socket: "listen" } } }
                """)
        }

        @Test("Without a user it is committed unseen, whatever its probes got, and the history says so")
        func unseen() throws {
            let server = try Server(watch: "1200ms")
            let deploy = try server.deployd("deploy", "v2")
            #expect(deploy.status == .exited(code: 0), "\(deploy.errors)")
            let words = "committed unseen: no user's answer came within 1.2 s"
            #expect(deploy.output.contains(words), "\(deploy.output)")
            #expect(try server.history().last?.judged == words)
            #expect(try server.deployd("history").output.contains(words))
            try server.finish()
        }

        @Test("A watch that wants so many answers goes on until users have got them, and says what it waits for")
        func waits() throws {
            let server = try Server { releases in
                try Self.web(
                    releases, "next", command: "[\"sleep\", \"600\"]",
                    watch: "{ for: \"100ms\", answers: 20, atMost: \"10m\" }")
            }
            let deploy = try server.begin("deploy", "next", "--json")
            try wait(for: "the watch to wait for users") {
                try server.currentStatus()?.deployment?.evidence?.contains("waiting for 20 answers") == true
            }
            for _ in 0..<20 { #expect(try server.get("/healthz") == "ok\n") }
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 0), "\(deploy.output)\(deploy.errors)")
            #expect(deploy.output.contains("\"detail\":\"judged by 20 answers on 20 connections\""), "\(deploy.output)")
            try server.finish()
        }

        @Test("A release that answers its probes, and no user, is taken back")
        func hangsForUsers() throws {
            let server = try Server { releases in
                try Self.web(
                    releases, "bad", command: "[\"sleep\", \"600\"]", watch: "\"60s\"")
            }
            let deploy = try server.begin("deploy", "bad")
            try Self.waitForWatch(of: server)
            let users = try (0..<12).map { _ in try KeptConnection(try server.address()) }
            for user in users { try user.send("GET /app HTTP/1.1\r\nHost: www.foobar.com\r\n\r\n") }
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 1), "\(deploy.output)\(deploy.errors)")
            #expect(
                deploy.errors.contains("no user's request was answered for") && deploy.errors.contains("are in flight"),
                "\(deploy.errors)")
            try server.finish(now: true)
        }

        @Test("Six uploads of slow clients are no hang")
        func slowUploads() throws {
            let python = try Program.path("python3")
            let server = try Server { releases in
                try releases.directory.write("releases/next/app.py", Self.uploads)
                try Self.web(
                    releases, "next", command: "[\"\(python)\", \"app.py\"]", watch: "{ for: \"6s\", probes: false }")
            }
            let deploy = try server.begin("deploy", "next")
            try Self.waitForWatch(of: server)
            let users = try (0..<6).map { _ in try KeptConnection(try server.address()) }
            for user in users {
                try user.send("POST /app HTTP/1.1\r\nHost: www.foobar.com\r\nContent-Length: 8000000\r\n\r\n")
            }
            try wait(for: "six requests in hand") {
                try server.status().generations.first { $0.number == 2 }?.scoreboard?.inFlight == 6
            }
            let part = String(repeating: "x", count: 2000)
            try wait(for: "the end of the watch", upTo: .seconds(60)) {
                for user in users { try user.send(part) }
                return try server.currentStatus()?.deployment?.step != .watching
            }
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 0), "\(deploy.output)\(deploy.errors)")
            #expect(deploy.output.contains("committed unseen"), "\(deploy.output)")
            try server.finish(now: true)
        }

        @Test("Two users a second are enough to find a release that fails for all")
        func fewUsers() throws {
            let server = try Server { releases in
                try Self.web(
                    releases, "bad", command: "[\"worker\", \"--ready\", \"--status\", \"500 Oops\"]", watch: "\"60s\"")
                try Repository.copy(Repository.fixture("worker"), to: releases.directory.path("releases/bad/worker"))
            }
            for _ in 0..<100 { #expect(try server.get("/version") == "v1\n") }
            let deploy = try server.begin("deploy", "bad")
            try Self.waitForWatch(of: server)
            var asked = 0
            try wait(for: "the way back", upTo: .seconds(60)) {
                // The next one comes when the last one is seen: no two are in one block.
                guard let deployment = try server.currentStatus()?.deployment else { return true }
                if deployment.evidence?.contains("bad: \(asked) of \(asked) ") == true {
                    _ = try KeptConnection(try server.address()).get("/app")
                    asked += 1
                }
                return false
            }
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 1), "\(deploy.output)")
            #expect(deploy.errors.contains("answers were 5xx"), "\(deploy.errors)")
            #expect(asked < 20, "the thresholds want twenty")
            try server.finish()
        }
    }
}
