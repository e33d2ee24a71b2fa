import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Answers of a server that does not count them")
    struct KernelCountTests {
        /// A server of Python's own library, on descriptor 3. It answers a part of the requests with 500, but none of the
        /// probes, which ask for another path.
        private static let program = """
            import http.server, itertools, signal, socket, sys, threading
            count, bad = itertools.count(), int(sys.argv[1])
            class Handler(http.server.BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"
                def do_GET(self):
                    broken = self.path != "/healthz" and next(count) % 10 < bad
                    body = sys.argv[2].encode() + b"\\n"
                    self.send_response(500 if broken else 200)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                def log_message(self, *words): pass
            class Server(http.server.ThreadingHTTPServer):
                daemon_threads = True
                def __init__(self):
                    super().__init__(("", 0), Handler, bind_and_activate=False)
                    self.socket = socket.socket(fileno=3)
            server = Server()
            signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
            server.serve_forever()
            """

        /// Users who ask, a connection a request, until they are killed.
        private static let users = """
            import http.client, sys
            while True:
                connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
                connection.request("GET", "/")
                connection.getresponse().read()
                connection.close()
            """

        /// A server whose releases `good` and `bad` are of that program: of the answers of `bad` three in ten are 500.
        private static func server(rights: String? = nil, watch: String = "50ms") throws -> Server {
            let python = try Program.path("python3")
            return try Server(rights: rights) { releases in
                for (name, bad, watch) in [("good", 0, "50ms"), ("bad", 3, watch)] {
                    try releases.directory.write("releases/\(name)/server.py", program)
                    try releases.directory.write(
                        "releases/\(name)/release.json",
                        """
                        { command: ["\(python)", "server.py", "\(bad)", "\(name)"], health: { path: "/healthz" },
                          watch: "\(watch)" }
                        """)
                }
            }
        }

        private static func users(of server: Server) throws -> Child {
            try Child(try Program.python(users, "\(SocketAddress(parsing: try server.address())?.port ?? 0)"))
        }

        /// What `status` has of the generation that serves.
        private static func serving(_ server: Server) throws -> GenerationReport {
            let report = try server.status()
            return try #require(report.generations.first { $0.number == report.serving })
        }

        @Test("A release whose server begins to answer 500 is rolled back by what the kernel counts")
        func turnsBad() throws {
            try KernelCounting.require()
            let server = try Self.server(watch: "60s")
            try server.deploy("good")
            let users = try Self.users(of: server)
            try wait(for: "users to be counted") { (try Self.serving(server).scoreboard?.requests ?? 0) > 200 }
            let good = try Self.serving(server)
            #expect(good.scoreboard?.countedBy == "kernel" && good.scoreboard?.latency != nil && good.unseen == nil)
            #expect(good.scoreboard?.statusClasses.serverError == 0)
            let deploy = try server.deployd("deploy", "bad")
            #expect(deploy.status == .exited(code: 1), "\(deploy.output)")
            #expect(deploy.errors.contains("answers were 5xx"), "\(deploy.errors)")
            #expect(deploy.errors.contains("was rolled back"), "\(deploy.errors)")
            #expect(!deploy.output.contains("does not count"), "\(deploy.output)")
            #expect(try server.deployd("status").output.contains("REQUESTS"))
            try users.send(.kill)
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("Probes are not counted as users, and who counts for himself needs nobody else")
        func probes() throws {
            try KernelCounting.require()
            // No more rights than it takes: the kernel's verifier then asks more of a program.
            let server = try Self.server(rights: "-all,+bpf,+net_admin,+dac_override,+kill,+sys_resource")
            try #require(try Self.links(of: server).isEmpty, "a program of the kernel's for a worker that counts")
            try server.deploy("good")
            let board = try #require(try Self.serving(server).scoreboard)
            #expect(board.requests == 0 && board.inFlight == 0 && board.countedBy == "kernel")
            for _ in 0..<3 { #expect(try server.get("/") == "good\n") }
            #expect(try Self.serving(server).scoreboard?.requests == 3)
            try server.deploy("v2")
            try server.waitUntilDrained()
            #expect(try Self.serving(server).scoreboard?.countedBy == nil)
            #expect(try Self.links(of: server).isEmpty, "programs are left in the kernel")
            try server.finish()
        }

        @Test("Counting goes on through an upgrade and a kill, and nothing piles up")
        func goesOn() throws {
            try KernelCounting.require()
            let server = try Self.server()
            try server.deploy("good")
            let address = try server.address()
            for _ in 0..<3 { #expect(try server.get("/", from: address) == "good\n") }
            let links = try Self.links(of: server)
            #expect(links.count == 2)
            #expect(try server.deployd("upgrade").status == .exited(code: 0))
            #expect(try server.get("/") == "good\n")
            #expect(try Self.serving(server).scoreboard?.requests == 4)
            #expect(try Self.links(of: server) == links)
            try server.killMaster()
            #expect(try server.get("/", from: address) == "good\n")
            try server.startAgain()
            #expect(try server.get("/") == "good\n")
            #expect(try Self.serving(server).scoreboard?.requests == 6)
            #expect(try Self.links(of: server) == links)
            try server.killMaster(andKeeper: true)
            try server.startAgain()
            // Nobody held what was counted: it begins anew.
            for _ in 0..<2 { #expect(try server.get("/") == "good\n") }
            #expect(try Self.serving(server).scoreboard?.requests == 2)
            let after = try Self.links(of: server)
            #expect(after.count == 2 && after.isDisjoint(with: links))
            try server.finish()
        }

        /// The links of programs in the kernel that the master and its keeper hold.
        private static func links(of server: Server) throws -> Set<String> {
            var links: Set<String> = []
            for pid in [server.master.pid, try server.keeper()].compactMap(\.self) {
                for number in try Files.list("/proc/\(pid)/fdinfo") {
                    guard let info = try? Files.read("/proc/\(pid)/fdinfo/\(number)") else { continue }
                    for line in String(decoding: info, as: UTF8.self).split(separator: "\n")
                    where line.hasPrefix("link_id:") {
                        links.insert(String(line))
                    }
                }
            }
            return links
        }

        @Test("Without the right all is as ever, and check, deploy and status say what is not seen")
        func withoutRight() throws {
            let server = try Self.server(rights: "-bpf,-sys_admin")
            let reason = "deployd lacks CAP_BPF and CAP_NET_ADMIN"
            #expect(try server.deployd("check", server.directory.path("releases/bad")).output.contains(reason))
            let deploy = try server.deployd("deploy", "bad")
            #expect(deploy.status == .exited(code: 0), "\(deploy.errors)")
            #expect(deploy.output.contains("and neither does the kernel (\(reason))"), "\(deploy.output)")
            let bad = try Self.serving(server)
            #expect(bad.scoreboard == nil && bad.unseen == reason)
            let status = try server.deployd("status").output
            #expect(status.contains("not counted  the answers of bad: \(reason)\n"), "\(status)")
            try server.waitUntilDrained()
            try server.finish()
        }
    }
}
