import Handoff
import Linux
import TLS
import TestSupport
import Testing

@testable import WebWorker

@Suite("A TLS connection that goes to other workers")
struct TLSHandoverTests {
    /// Makes requests over one connection, and prints each answer's body. In between it does what its mode says, and waits for a
    /// file: `idle`, with half a `head` sent, or with a part of a `record`.
    private static let client = """
        import ssl, socket, sys, os, time
        port, mode, gate, version = sys.argv[1:5]
        context = ssl._create_unverified_context()
        context.maximum_version = getattr(ssl.TLSVersion, version)
        plain = socket.create_connection(("127.0.0.1", int(port)))
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_hostname="example.com")
        def flush(): plain.sendall(outgoing.read())
        def pump(call):
            while True:
                try:
                    result = call()
                    flush()
                    return result
                except ssl.SSLWantReadError:
                    flush()
                    piece = plain.recv(65536)
                    if not piece: sys.exit("closed")
                    incoming.write(piece)
        def answer():
            got = b""
            while not got.endswith(b"."):
                got += pump(lambda: tls.read(65536))
            return got.split(b"\\r\\n\\r\\n")[1].decode(), b"onnection: close" in got
        request = b"GET /who HTTP/1.1\\r\\nHost: example.com\\r\\n\\r\\n"
        def say(): print(*answer(), flush=True)
        def wait():
            print("waiting", flush=True)
            while not os.path.exists(gate): time.sleep(0.01)
        pump(tls.do_handshake)
        tls.write(request); flush(); say()
        if mode == "idle":
            wait()
            tls.write(request); flush(); say()
        elif mode == "head":
            tls.write(request[:20]); flush(); wait()
            tls.write(request[20:]); flush(); say()
        elif mode == "record":
            tls.write(request)
            record = outgoing.read()
            plain.sendall(record[:30]); wait()
            plain.sendall(record[30:]); say()
        for _ in range(20):
            tls.write(request); flush(); last = answer()
        print(*last, flush=True)
        """

    private static func application(_ name: String) -> Application {
        var app = Application()
        app.get("/who") { request in Response(text: "\(name) \(request.isSecure).") }
        return app
    }

    private static func worker(_ name: String, port: HandoverSocket? = nil) throws -> TestWorker {
        try TestWorker(application(name), port: port, keys: testKeys(TLSServingTests.certificate.get()))
    }

    private static func client(_ worker: TestWorker, _ mode: String, _ gate: String, _ version: String = "TLSv1_3")
        throws
        -> Child
    {
        try Child(try Program.python(client, "\(worker.address.port ?? 0)", mode, gate, version))
    }

    @Test("It goes on with the next worker, wherever it stands", arguments: ["idle", "head", "record"])
    func goesOn(mode: String) throws {
        let directory = try TemporaryDirectory()
        let port = try HandoverSocket()
        let old = try Self.worker("old")
        let new = try Self.worker("new", port: port)
        let client = try Self.client(old, mode, directory.path("gate"))
        try client.wait(forOutput: "waiting")
        // What is sent of a record must have come.
        if mode != "idle" { try wait(for: "the part") { old.count(.bytesIn) > 0 && old.count(.requests) == 1 } }
        try old.drain(requests: .seconds(30), to: port, version: 2)
        try wait(for: "the connection") { new.count(.adopted) == 1 }
        #expect(old.waitForEnd() == .drained)
        try directory.write("gate", "")
        #expect(try client.wait() == .exited(code: 0), "\(client.errors)")
        #expect(client.output == "old true. False\nwaiting\nnew true. False\nnew true. False\n")
        #expect(new.count(.accepted) == 0)
    }

    @Test("It goes to and fro")
    func toAndFro() throws {
        let directory = try TemporaryDirectory()
        let (firstPort, secondPort) = (try HandoverSocket(), try HandoverSocket())
        let first = try Self.worker("first", port: firstPort)
        let second = try Self.worker("second", port: secondPort)
        let client = try Self.client(first, "idle", directory.path("gate"))
        try client.wait(forOutput: "waiting")
        for round in 1...5 {
            try second.share(keeping: Lots.all, to: firstPort, version: 2)
            try first.share(keeping: 0..<0, to: secondPort, version: 2)
            try wait(for: "the connection") { second.count(.adopted) == round }
            try first.share(keeping: Lots.all, to: secondPort, version: 2)
            try second.share(keeping: 0..<0, to: firstPort, version: 2)
            try wait(for: "the connection") { first.count(.adopted) == round }
        }
        try directory.write("gate", "")
        #expect(try client.wait() == .exited(code: 0), "\(client.errors)")
        #expect(client.output == "first true. False\nwaiting\nfirst true. False\nfirst true. False\n")
    }

    @Test("A receiver of version 1 gets none: the next answer is the last one")
    func versionOne() throws {
        let directory = try TemporaryDirectory()
        let port = try HandoverSocket()
        let old = try Self.worker("old")
        let client = try Self.client(old, "idle", directory.path("gate"))
        try client.wait(forOutput: "waiting")
        try old.drain(requests: .seconds(30), to: port, version: 1)
        try wait(for: "the drain") { old.count(.draining) == 1 }
        try directory.write("gate", "")
        try client.wait(forOutput: "old true. True")
        #expect(old.waitForEnd() == .drained)
        #expect(old.count(.handedOver) == 0)
    }

    @Test("TLS 1.2 stays, and ends politely")
    func olderTLS() throws {
        let directory = try TemporaryDirectory()
        let port = try HandoverSocket()
        let old = try Self.worker("old")
        let new = try Self.worker("new", port: port)
        let client = try Self.client(old, "idle", directory.path("gate"), "TLSv1_2")
        try client.wait(forOutput: "waiting")
        try old.drain(requests: .seconds(30), to: port, version: 2)
        try wait(for: "the drain") { old.count(.draining) == 1 }
        try directory.write("gate", "")
        try client.wait(forOutput: "old true. True")
        #expect(old.waitForEnd() == .drained)
        #expect(new.count(.adopted) == 0)
    }

    @Test("A connection that has said nothing goes too")
    func fresh() throws {
        let port = try HandoverSocket()
        let old = try Self.worker("old")
        let new = try Self.worker("new", port: port)
        let source = """
            import ssl, socket, sys, os, time
            plain = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
            print("connected", flush=True)
            while not os.path.exists(sys.argv[2]): time.sleep(0.01)
            client = ssl._create_unverified_context().wrap_socket(plain)
            client.sendall(b"GET /who HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
            print(client.recv(4096).split(b"\\r\\n\\r\\n")[1].decode())
            """
        let directory = try TemporaryDirectory()
        let client = try Child(try Program.python(source, "\(old.address.port ?? 0)", directory.path("gate")))
        try client.wait(forOutput: "connected")
        try wait(for: "the connection") { old.count(.accepted) == 1 }
        try old.drain(requests: .seconds(30), to: port, version: 2)
        try wait(for: "the connection") { new.count(.adopted) == 1 }
        try directory.write("gate", "")
        #expect(try client.wait() == .exited(code: 0), "\(client.errors)")
        #expect(client.output == "connected\nnew true.\n")
    }

    @Test("A predecessor that sends nonsense harms nobody")
    func hostile() throws {
        let port = try HandoverSocket()
        let worker = try Self.worker("new", port: port)
        let secret = [UInt8](repeating: 1, count: 32)
        let good = TLSState(suite: 0x1301, client: (secret, 0), server: (secret, 0), decrypted: [], names: ([], []))
        var random: [UInt8] = []
        for _ in 0..<300 { random.append(.random(in: 0...255)) }
        let states: [[UInt8]] = [
            [], [1], random, Array(good.bytes.dropLast()), good.bytes + [0],
            TLSState(suite: 0x1301, client: (secret, .max), server: (secret, .max), decrypted: [], names: ([], []))
                .bytes,
            TLSState(
                suite: 0x1301, client: (secret, 0), server: (secret, 0),
                decrypted: [UInt8](repeating: 0, count: TLSState.maxDecryptedBytes), names: ([], [])
            ).bytes,
            good.bytes,
        ]
        var sent = 0
        for state in states {
            for read in [[], random, [UInt8](repeating: 23, count: HandoverMessage.maxReadBytes)] {
                let listener = try Socket.stream(.v4)
                try listener.bind(.v4(.loopback, port: 0))
                try listener.listen(backlog: 1)
                let near = try TestClient(try listener.localAddress())
                guard try Poll.readable(listener.number, timeout: .seconds(10)),
                    case .accepted(let far) = listener.accept()
                else { continue }
                let message = HandoverMessage(read: [read], transports: [.establishedTLS(state)])
                _ = try port.line().socket.sendMessage(message.bytes, descriptors: [far.number])
                sent += 1
                withExtendedLifetime(near) {}
            }
        }
        #expect(sent == states.count * 3)
        try wait(for: "all messages") { try !Poll.readable(port.socket.number, timeout: .zero) }
        let directory = try TemporaryDirectory()
        try directory.write("gate", "")
        let client = try Self.client(worker, "idle", directory.path("gate"))
        #expect(try client.wait() == .exited(code: 0), "\(client.errors)")
    }
}
