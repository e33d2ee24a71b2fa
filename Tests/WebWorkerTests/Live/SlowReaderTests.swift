import Linux
import TestSupport
import Testing

@testable import WebWorker

/// Who reads slowly but goes on with it is not cut off, however much the kernel has taken for him.
@Suite struct SlowReaderTests {
    private static let length = 12 << 20

    /// Reads a little every 20 ms for a while that is several limits long, then what is left.
    private func readSlowly(_ client: ServerByHand.Peer, idle: TestClient) throws -> Int {
        var received = 0
        let end = MonotonicClock.now() + .milliseconds(2500)
        while MonotonicClock.now() < end {
            _ = try idle.hasAnswer(.milliseconds(20))
            received += try client.skip(upTo: 8 << 10)
        }
        try wait(for: "the rest") {
            received += try client.skip()
            return received >= Self.length
        }
        return received
    }

    @Test(
        "A client of a file, of an answer in memory, of one in pieces", arguments: ["/large.bin", "/large", "/stream"])
    func client(_ path: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write("public/large.bin", String(repeating: "a", count: Self.length))
        var app = testApplication()
        app.configuration.writeTimeout = .seconds(1)
        app.files(directory.path("public"))
        app.get("/large", always: Response(text: String(repeating: "a", count: Self.length)))
        app.on(.get, "/stream", stream: Source(Self.length).endpoint)
        let worker = try TestWorker(app)
        let client = try ServerByHand.Peer(to: worker.address, room: 64 << 10)
        try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try client.read()
        #expect(try readSlowly(client, idle: TestClient(worker.address)) == Self.length)
    }

    @Test("A server behind that reads a body slowly")
    func server() throws {
        let server = try ServerByHand(room: 64 << 10)
        let worker = try server.front { settings, app in
            settings.sendTimeout = .seconds(1)
            app.configuration.maxBodyBytes = 1 << 30
        }
        let client = try ServerByHand.Peer(to: worker.address)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(Self.length)\r\n\r\n")
        let peer = try server.accept()
        _ = try peer.read()
        let block = [UInt8](repeating: 0x61, count: 1 << 16)
        let idle = try TestClient(worker.address)
        var received = 0
        var sent = try client.sendWhileTaken(block, upTo: Self.length)
        let end = MonotonicClock.now() + .milliseconds(2500)
        try wait(for: "all of the body", upTo: .seconds(60)) {
            sent += try client.sendNow(Array(block.prefix(Self.length - sent)))
            let isSlow = MonotonicClock.now() < end
            if isSlow { _ = try idle.hasAnswer(.milliseconds(20)) }
            received += try peer.skip(upTo: isSlow ? 8 << 10 : 1 << 16)
            return received == Self.length
        }
        try peer.send(.hello)
        #expect(try client.read(until: "hello").hasPrefix("HTTP/1.1 200 OK\r\n"))
    }
}
