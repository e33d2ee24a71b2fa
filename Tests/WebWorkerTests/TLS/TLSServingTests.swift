import Handoff
import Linux
import TestSupport
import Testing

@testable import WebWorker

/// A bundle of certificates, with ticket keys that are always the same.
func testKeys(_ certificates: TestCertificate..., seed: UInt8 = 1) throws -> TLSKeys {
    TLSKeys(
        certificates: certificates.map { TLSKeys.Certificate(chain: $0.chain, key: $0.key) },
        ticketKeys: [try #require(TLSKeys.TicketKey((0..<80).map { UInt8($0) &+ seed }))])
}

@Suite("HTTPS")
struct TLSServingTests {
    static let certificate = Result { try TestCertificate("localhost", "example.com", "*.example.com") }

    private static func worker(_ app: Application = testApplication()) throws -> TestWorker {
        try TestWorker(app, keys: testKeys(certificate.get()))
    }

    private static func curl(_ worker: TestWorker, _ path: String, _ arguments: String...) throws -> Child.Finished {
        try Child.run(
            [Program.path("curl"), "-sk", "--max-time", "100"] + arguments
                + ["https://localhost:\(worker.address.port ?? 0)\(path)"])
    }

    /// Compares texts too long to be printed.
    private static func expect(_ got: String, is text: String, at place: SourceLocation = #_sourceLocation) {
        let isSame = got == text
        #expect(isSame, "\(got.utf8.count) bytes of \(text.utf8.count)", sourceLocation: place)
    }

    @Test("curl gets an answer", arguments: ["--tlsv1.3", "--tls-max 1.2"])
    func curl(version: String) throws {
        let worker = try Self.worker()
        let words = version.split(separator: " ").map { String($0) }
        let got = try Child.run(
            [Program.path("curl"), "-skv", "--max-time", "20"] + words
                + ["https://localhost:\(worker.address.port ?? 0)/hello"])
        #expect(got.output == "hello")
        #expect(got.errors.contains(version.hasSuffix("1.2") ? "TLSv1.2" : "TLSv1.3"))
        #expect(got.errors.contains("server accepted http/1.1"))
        #expect(got.status == .exited(code: 0))
    }

    @Test("Bodies go both ways, of any size", arguments: ["1.2", "1.3"], [1, 20_000, 3_000_000])
    func bodies(version: String, size: Int) throws {
        var app = Application()
        app.configuration.maxBodyBytes = 8 << 20
        app.post("/echo") { request in Response(body: request.body, type: "text/plain") }
        let worker = try Self.worker(app)
        let directory = try TemporaryDirectory()
        let text = String(repeating: "0123456789", count: size / 10 + 1)
        let file = try directory.write("body", text)
        let got = try Self.curl(worker, "/echo", "--tls-max", version, "--data-binary", "@\(file)")
        Self.expect(got.output, is: text)
    }

    @Test("Files are sent whole, and in parts", arguments: ["1.2", "1.3"])
    func files(version: String) throws {
        let directory = try TemporaryDirectory()
        let text = String(repeating: "0123456789abcdef", count: 200_000)
        try directory.write("large.txt", text)
        var app = Application()
        app.files(directory.path)
        let worker = try Self.worker(app)
        Self.expect(try Self.curl(worker, "/large.txt", "--tls-max", version).output, is: text)
        let part = try Self.curl(worker, "/large.txt", "--tls-max", version, "-r", "100000-1100000")
        Self.expect(part.output, is: String(text.dropFirst(100_000).prefix(1_000_001)))
        let parts = try Self.curl(worker, "/large.txt", "--tls-max", version, "-r", "0-9,1000000-1000009")
        #expect(parts.output.contains("\r\n\r\n0123456789\r\n"))
    }

    @Test("A connection is kept, and a session is resumed")
    func kept() throws {
        let worker = try Self.worker()
        let source = """
            import ssl, socket, sys
            context = ssl._create_unverified_context()
            context.minimum_version = getattr(ssl.TLSVersion, sys.argv[2])
            context.maximum_version = context.minimum_version
            session = None
            for turn in range(3):
                with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as plain:
                    with context.wrap_socket(plain, server_hostname="example.com", session=session) as client:
                        for request in range(50):
                            client.sendall(b"GET /hello HTTP/1.1\\r\\nHost: example.com\\r\\n\\r\\n")
                            got = b""
                            while not got.endswith(b"\\r\\n\\r\\nhello"):
                                piece = client.recv(65536)
                                if not piece: sys.exit("closed")
                                got += piece
                        print(client.version(), client.session_reused)
                        session = client.session
            """
        for (name, version) in [("TLSv1_2", "TLSv1.2"), ("TLSv1_3", "TLSv1.3")] {
            let done = try Child.run(try Program.python(source, "\(worker.address.port ?? 0)", name))
            #expect(done.output == "\(version) False\n\(version) True\n\(version) True\n", "\(done.errors)")
        }
        #expect(worker.count(.requests) == 300)
    }

    @Test("Plain HTTP gets an answer in plain text")
    func plainHTTP() throws {
        let worker = try Self.worker()
        let client = try TestClient(worker.address)
        try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try client.answer()
        #expect(answer.status == 400)
        #expect(answer.has("Content-Type: text/plain; charset=utf-8"))
        #expect(answer.has("Connection: close"))
        #expect(answer.body == "This port speaks HTTPS: use https:// in the address.\n")
        #expect(try client.rest() == "")
    }

    @Test("What is neither gets an alert, and an end")
    func nonsense() throws {
        var app = testApplication()
        app.configuration.headTimeout = .milliseconds(500)
        let worker = try Self.worker(app)
        for bytes: [UInt8] in [
            [0x16, 3, 1, 0xff, 0xff, 1], [0x80, 0x2e, 1, 3, 1, 0], [0, 0, 0, 0, 0, 0], [0x16, 3, 1, 0, 4, 9, 9, 9, 9],
            [0x17, 3, 3, 0, 1, 1],
        ] {
            let client = try TestClient(worker.address)
            try client.send(bytes)
            let rest = (try? client.rest()) ?? ""
            #expect(rest.utf8.first == 0x15 || rest.isEmpty)
        }
        #expect(try Self.curl(worker, "/hello").output == "hello")
    }

    @Test("The certificate is the one for the host that the client names")
    func serverName() throws {
        let keys = try testKeys(
            TestCertificate("first.example"), TestCertificate("second.example", "*.second.example"),
            TestCertificate("third.example", kind: .rsa), TestCertificate("third.example", kind: .ec))
        let worker = try TestWorker(testApplication(), keys: keys)
        func subject(_ name: String?, _ more: String...) throws -> String {
            let openssl = try Program.path("openssl")
            let names = name.map { ["-servername", $0] } ?? ["-noservername"]
            let done = try Child.run(
                [openssl, "s_client", "-connect", "127.0.0.1:\(worker.address.port ?? 0)"] + names + more)
            let line = done.output.split(separator: "\n").first { $0.hasPrefix("subject=") }
            return line.map { String($0) } ?? done.errors
        }
        #expect(try subject(nil) == "subject=CN = first.example")
        #expect(try subject("other.example") == "subject=CN = first.example")
        #expect(try subject("SECOND.example") == "subject=CN = second.example")
        #expect(try subject("www.second.example") == "subject=CN = second.example")
        #expect(try subject("a.b.second.example") == "subject=CN = first.example")
        for algorithm in ["ECDSA+SHA256", "RSA-PSS+SHA256"] {
            #expect(try subject("third.example", "-sigalgs", algorithm) == "subject=CN = third.example")
        }
    }

    @Test("New keys are for new handshakes, and keys that cannot be used change nothing")
    func newKeys() throws {
        let worker = try TestWorker(testApplication(), keys: testKeys(TestCertificate("old.example")))
        func name() throws -> String {
            let done = try Child.run([
                Program.path("openssl"), "s_client", "-connect", "127.0.0.1:\(worker.address.port ?? 0)",
            ])
            return done.output.split(separator: "\n").first { $0.hasPrefix("subject=") }.map { String($0) } ?? ""
        }
        #expect(try name() == "subject=CN = old.example")
        try worker.use(TLSKeys(certificates: [.init(chain: [1], key: [2])], ticketKeys: []))
        #expect(try name() == "subject=CN = old.example")
        try worker.use(testKeys(TestCertificate("new.example")))
        try wait(for: "the new certificate") { try name() == "subject=CN = new.example" }
    }

    @Test("Whoever asks learns that the connection is encrypted")
    func isSecure() throws {
        var app = Application()
        app.get("/secure") { request in Response(text: "\(request.isSecure)") }
        #expect(try Self.curl(try Self.worker(app), "/secure").output == "true")
        let plain = try TestWorker(app)
        #expect(try plain.get("/secure").body == "false")
    }

    @Test("The end says close_notify")
    func closeNotify() throws {
        let worker = try Self.worker()
        let source = """
            import ssl, socket, sys
            context = ssl._create_unverified_context()
            context.maximum_version = getattr(ssl.TLSVersion, sys.argv[2])
            with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as plain:
                with context.wrap_socket(plain, suppress_ragged_eofs=False) as client:
                    client.sendall(b"GET /hello HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n")
                    got = b""
                    while True:
                        piece = client.recv(65536)
                        if not piece: break
                        got += piece
                    print(got.endswith(b"hello"))
            """
        for version in ["TLSv1_2", "TLSv1_3"] {
            let done = try Child.run(try Program.python(source, "\(worker.address.port ?? 0)", version))
            #expect(done.output == "True\n", "\(done.errors)")
        }
    }

    @Test("A handshake that stalls ends, and costs others nothing")
    func stalled() throws {
        var app = testApplication()
        app.configuration.headTimeout = .milliseconds(300)
        let worker = try Self.worker(app)
        let silent = try (0..<50).map { _ in try TestClient(worker.address) }
        for (place, client) in silent.enumerated() where place % 2 == 0 { try client.send([0x16, 3, 1, 2, 0, 1]) }
        #expect(try Self.curl(worker, "/hello").output == "hello")
        for client in silent { #expect(try client.rest() == "") }
    }
}

@Suite("Handshakes under way")
struct HandshakeQueueTests {
    @Test("The oldest ends when there are too many")
    func oldest() {
        var queue = HandshakeQueue(limit: 3)
        for token: UInt64 in 1...3 { #expect(queue.add(token) == nil) }
        queue.remove(1)
        #expect(queue.add(4) == nil)
        #expect(queue.add(5) == 2)
        #expect(queue.add(6) == 3)
        #expect(queue.count == 3)
    }

    @Test("Those that are done are forgotten")
    func forgotten() {
        var queue = HandshakeQueue(limit: 2)
        for token: UInt64 in 1...1000 {
            #expect(queue.add(token) == nil)
            if token > 1 { queue.remove(token - 1) }
        }
        #expect(queue.count == 1)
    }
}
