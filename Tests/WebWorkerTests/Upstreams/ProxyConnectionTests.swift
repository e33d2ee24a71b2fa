import Linux
import TestSupport
import Testing

@testable import WebWorker

/// PROXY headers on connections, and upgraded connections in a drain.
@Suite struct ProxyConnectionTests {
    private static func application(_ server: ServerByHand, trusted: [String]) -> Application {
        var app = Application()
        app.configuration.trustedProxies = trusted.map { TrustedProxy(stringLiteral: $0) }
        app.configuration.proxyProtocol = true
        app.get("/own") { _ in Response(text: "own\n") }
        app.forward("/", to: "\(server.address)")
        return app
    }

    private let get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
    private let header = "PROXY TCP4 203.0.113.9 198.51.100.7 51234 80\r\n"

    /// What the server behind hears of the client, who hears "hello" in return.
    private func forwarded(_ server: ServerByHand, _ client: TestClient) throws -> String {
        let peer = try server.accept()
        let request = try peer.read()
        try peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello")
        #expect(try client.answer().body == "hello")
        return request.split(separator: "\r\n").filter { $0.hasPrefix("X-Forwarded-For: ") }.joined()
    }

    @Test func aTrustedBalancerSaysWhoTheClientIs() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try TestWorker(Self.application(server, trusted: ["127.0.0.0/8"]))
        let client = try TestClient(worker.address)
        for byte in Array(header.utf8) { try client.send([byte]) }
        for _ in 0..<2 {
            try client.send(get)
            #expect(try forwarded(server, client) == "X-Forwarded-For: 203.0.113.9")
        }
        let binary = try TestClient(worker.address)
        let signature: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
        let addresses: [UInt8] = [203, 0, 113, 9, 198, 51, 100, 7, 0x12, 0x34, 0, 80]
        try binary.send(signature + [0x21, 0x11, 0, 12] + addresses + Array(get.utf8))
        #expect(try forwarded(server, binary) == "X-Forwarded-For: 203.0.113.9")
    }

    @Test func theHeaderMayBeLeftOutAndIsNobodyElsesToSend() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try TestWorker(Self.application(server, trusted: ["127.0.0.1"]))
        let plain = try TestClient(worker.address)
        try plain.send(get)
        #expect(try forwarded(server, plain) == "X-Forwarded-For: 127.0.0.1")
        let wrong = try TestClient(worker.address)
        try wrong.send("PROXY TCP4 nonsense\r\n")
        #expect(try wrong.answer().status == 400)
        let stranger = try TestWorker(Self.application(server, trusted: ["192.0.2.1"]))
        let client = try TestClient(stranger.address)
        try client.send(header + get)
        #expect(try client.answer().status == 400)
    }

    @Test func aConnectionThatIsHandedOverIsStillThatClients() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let port = try HandoverSocket()
        let old = try TestWorker(Self.application(server, trusted: ["127.0.0.1"]))
        let new = try TestWorker(Self.application(server, trusted: ["127.0.0.1"]), port: port)
        let client = try TestClient(old.address)
        try client.send(header + "GET /own HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "own\n")
        try old.drain(requests: .seconds(60), to: port)
        #expect(old.waitForEnd() == .drained)
        try client.send(get)
        #expect(try forwarded(server, client) == "X-Forwarded-For: 203.0.113.9")
        #expect(new.isRunning)
    }

    // MARK: Upgraded connections in a drain

    private func tunnel(_ worker: TestWorker, _ server: ServerByHand) throws -> (
        client: ServerByHand.Peer, server: ServerByHand.Peer
    ) {
        let client = try ServerByHand.Peer(to: worker.address)
        try client.send("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
        _ = try client.read()
        return (client, peer)
    }

    @Test func upgradedConnectionsHaveATimeOfTheirOwn() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try TestWorker(Self.application(server, trusted: []))
        let (client, peer) = try tunnel(worker, server)
        // The time of requests is over at once, that of upgraded connections is not.
        try worker.drain(requests: .zero, upgrades: .seconds(600))
        for _ in 0..<3 {
            try client.send("ping")
            #expect(try peer.read(4) == Array("ping".utf8))
            try peer.send("pong")
            #expect(try client.read(4) == Array("pong".utf8))
        }
        #expect(worker.isRunning)
        peer.close()
        #expect(client.isClosed())
        #expect(worker.waitForEnd() == .drained)
    }

    @Test func inTheEndUpgradedConnectionsAreCut() throws {
        let server = try ServerByHand()
        defer { withExtendedLifetime(server) {} }
        let worker = try TestWorker(Self.application(server, trusted: []))
        let tunnels = try (0..<5).map { _ in try tunnel(worker, server) }
        try worker.drain(requests: .seconds(600), upgrades: .milliseconds(200))
        for (client, peer) in tunnels { #expect(client.isClosed() && peer.isClosed()) }
        #expect(worker.waitForEnd() == .drained)
    }

    @Test func theEndsAreSpreadOverTheSecondHalf() {
        var ends = TunnelEnds([1, 2, 3, 4], from: 1000, within: 800)
        #expect(ends.nextDeadline == 1500)
        var found: [Int64] = []
        for now in stride(from: Int64(1000), through: 1800, by: 1) {
            while ends.next(at: now) != nil { found.append(now) }
        }
        #expect(found == [1500, 1600, 1700, 1800] && ends.nextDeadline == nil)
    }
}
