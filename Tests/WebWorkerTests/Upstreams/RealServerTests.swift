import Dispatch
import Linux
import Synchronization
import TestSupport
import Testing

@testable import WebWorker

/// A worker in front of real servers in Python.
@Suite struct RealServerTests {
    /// A WSGI application: what it was asked, an echo, a stream, and a slow answer.
    private static let wsgi = """
        import os, time
        def app(environ, start_response):
            path = environ["PATH_INFO"]
            body = environ["wsgi.input"].read() if path == "/echo" else b""
            if path == "/slow":
                time.sleep(float(environ["QUERY_STRING"]))
            if path == "/stream":
                start_response("200 OK", [("Content-Type", "text/plain")])
                return (b"part %d\\n" % n for n in range(5))
            if path == "/die":
                os.kill(os.getpid(), 9)
            text = body or ("%s %s %s" % (environ["REQUEST_METHOD"], environ.get("HTTP_X_FORWARDED_FOR"), os.getppid())).encode()
            start_response("200 OK", [("Content-Length", str(len(text)))])
            return [text]
        """

    private static func gunicorn(_ directory: TemporaryDirectory, _ arguments: String...) throws -> Child? {
        guard let program = Program.find("gunicorn") else {
            skipped("RealServerTests", because: "there is no gunicorn")
            return nil
        }
        try directory.write("wsgi.py", wsgi)
        let server = try Child(
            [program, "--chdir", directory.path, "--bind", "unix:\(directory.path("app.sock"))", "--workers", "2"]
                + arguments + ["wsgi:app"])
        try waitForServer(.unix(path: directory.path("app.sock")))
        return server
    }

    private static func waitForServer(_ address: SocketAddress) throws {
        try wait(for: "the server at \(address)", upTo: .seconds(60)) {
            let socket = try Socket.stream(address.family)
            return (try? socket.connect(address)) == .connected
        }
    }

    private func worker(_ address: String, _ change: (inout UpstreamSettings) -> Void = { _ in }) throws -> TestWorker {
        var app = Application()
        var settings = UpstreamSettings()
        settings.connectTimeout = .seconds(60)
        change(&settings)
        app.forward("/", to: "\(address)", settings)
        return try TestWorker(app)
    }

    @Test(arguments: [["--worker-class", "sync"], ["--worker-class", "gthread", "--threads", "4"]])
    func gunicornAnswersThroughTheWorker(_ kind: [String]) throws {
        let directory = try TemporaryDirectory()
        guard let program = Program.find("gunicorn") else { return skipped("gunicorn", because: "there is none") }
        try directory.write("wsgi.py", Self.wsgi)
        let socket = directory.path("app.sock")
        let server = try Child([program, "--chdir", directory.path, "--bind", "unix:\(socket)"] + kind + ["wsgi:app"])
        try Self.waitForServer(.unix(path: socket))
        let worker = try worker("unix:\(socket)")
        let client = try TestClient(worker.address)
        for _ in 0..<3 {
            try client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().body.hasPrefix("GET 127.0.0.1 "))
            try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
            #expect(try client.answer().body == "abc")
            try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.answer()
            #expect(try client.chunks().joined() == "part 0\npart 1\npart 2\npart 3\npart 4\n")
        }
        withExtendedLifetime((server, directory)) {}
    }

    @Test func pythonsOwnServerAnswersThroughTheWorker() throws {
        let directory = try TemporaryDirectory()
        try directory.write("files/a.txt", "from python\n")
        let source = """
            import http.server, socketserver, sys, os
            class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
                pass
            os.chdir(sys.argv[1])
            server = Server(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
            print(server.server_address[1], flush=True)
            server.serve_forever()
            """
        let server = try Child(try Program.python(source, directory.path("files")))
        defer { withExtendedLifetime((server, directory)) {} }
        try server.wait(forOutput: "\n")
        let port = String(server.output.prefix { $0 != "\n" })
        let worker = try worker("127.0.0.1:\(port)")
        let client = try TestClient(worker.address)
        for _ in 0..<3 {
            try client.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().body == "from python\n")  // HTTP/1.0: a connection for each.
            try client.send("GET /none HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().status == 404)
        }
    }

    @Test func aWebSocketIsEchoed() throws {
        let source = """
            import base64, hashlib, socket
            listener = socket.create_server(("127.0.0.1", 0))
            print(listener.getsockname()[1], flush=True)
            while True:
                peer, _ = listener.accept()
                stream = peer.makefile("rb")
                key = None
                while True:
                    line = stream.readline().strip()
                    if not line: break
                    if line.lower().startswith(b"sec-websocket-key:"): key = line.split(b":", 1)[1].strip()
                if key is None:
                    peer.close()
                    continue
                accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
                peer.sendall(b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
                             b"Sec-WebSocket-Accept: " + accept + b"\\r\\n\\r\\n")
                while True:
                    head = stream.read(2)
                    if len(head) < 2: break
                    length = head[1] & 127
                    mask = stream.read(4)
                    data = bytes(b ^ mask[i % 4] for i, b in enumerate(stream.read(length)))
                    peer.sendall(bytes([head[0], length]) + data)
                    if head[0] & 15 == 8: break
                stream.close()
                peer.close()
            """
        let server = try Child(try Program.python(source))
        defer { withExtendedLifetime(server) {} }
        try server.wait(forOutput: "\n")
        let worker = try worker("127.0.0.1:\(server.output.prefix { $0 != "\n" })")
        let client = try ServerByHand.Peer(to: worker.address)
        try client.send(
            "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        let head = try client.read()
        #expect(head.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        #expect(head.contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))  // RFC 6455 section 1.3
        let hello: [UInt8] = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]  // Section 5.7
        for _ in 0..<3 {
            try client.send(hello)
            #expect(try client.read(7) == [0x81, 0x05] + Array("Hello".utf8))
        }
        try client.send([0x88, 0x80, 1, 2, 3, 4])
        #expect(try client.read(2) == [0x88, 0])
        #expect(client.isClosed())
    }

    /// Clients that ask one request after another until they are told to stop.
    private final class Load: Sendable {
        struct Tally: Sendable {
            var statuses: [Int: Int] = [:]
            var broken = 0
        }

        private let tally = Mutex(Tally())
        private let isOver = Mutex(false)
        private let group = DispatchGroup()

        init(_ address: SocketAddress, clients: Int, request: String) {
            for number in 0..<clients {
                let queue = DispatchQueue(label: "client \(number)")
                queue.async(group: group) { self.run(address, request) }
            }
        }

        private func run(_ address: SocketAddress, _ request: String) {
            var peer: ServerByHand.Peer?
            while !isOver.withLock({ $0 }) {
                do {
                    let current = try peer ?? ServerByHand.Peer(to: address)
                    peer = current
                    try current.send(request)
                    let status = try current.status()
                    tally.withLock { $0.statuses[status, default: 0] += 1 }
                } catch {
                    tally.withLock { $0.broken += 1 }
                    peer = nil
                }
            }
        }

        var answers: Int { tally.withLock { $0.statuses[200] ?? 0 } }

        func end() -> Tally {
            isOver.withLock { $0 = true }
            group.wait()
            return tally.withLock { $0 }
        }
    }

    @Test func aServerThatIsReplacedUnderLoadFailsNobody() throws {
        let directory = try TemporaryDirectory()
        guard let first = try Self.gunicorn(directory, "--worker-class", "gthread", "--threads", "4") else { return }
        let worker = try worker("unix:\(directory.path("app.sock"))")
        let load = Load(worker.address, clients: 4, request: "GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
        try wait(for: "answers of the first", upTo: .seconds(60)) { load.answers > 50 }
        // It finishes what it has and goes; for a moment there is nobody.
        try first.send(.term)
        _ = try first.wait(upTo: .seconds(60))
        let before = load.answers
        guard let second = try Self.gunicorn(directory, "--worker-class", "gthread", "--threads", "4") else { return }
        try wait(for: "answers of the second", upTo: .seconds(60)) { load.answers > before + 50 }
        let tally = load.end()
        // gunicorn closes idle connections when it stops, and a GET that crosses the close is sent again.
        #expect(tally.broken == 0 && tally.statuses.keys.allSatisfy { $0 == 200 }, "\(tally)")
        withExtendedLifetime((second, directory)) {}
    }

    @Test func aKilledServerFailsOnlyWhatItHad() throws {
        let directory = try TemporaryDirectory()
        guard let server = try Self.gunicorn(directory) else { return }
        let worker = try worker("unix:\(directory.path("app.sock"))")
        let load = Load(worker.address, clients: 4, request: "GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
        let client = try ServerByHand.Peer(to: worker.address)
        var died = 0
        for _ in 0..<5 {
            let before = load.answers
            try client.send("POST /die HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            if try client.status() == 502 { died += 1 }
            try wait(for: "answers after a death", upTo: .seconds(60)) { load.answers > before + 20 }
        }
        let tally = load.end()
        #expect(died == 5 && tally.broken == 0, "\(tally)")
        // A request that waited in the dead process's hands may have met its end; nobody else's.
        #expect(tally.statuses.keys.allSatisfy { $0 == 200 || $0 == 502 }, "\(tally)")
        #expect(tally.statuses[502, default: 0] <= 10, "\(tally)")
        withExtendedLifetime((server, directory)) {}
    }
}
