import DeployCore
import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite struct KernelCountsTests {
    private let counting = KernelCounts(keeper: LaneKeeper(at: nil))

    private static func lane(_ address: SocketAddress) throws -> Lane {
        let socket = try Socket.stream(address.family)
        try socket.bind(address)
        try socket.listen(backlog: 10)
        let own = address.family == .unix ? address : try socket.localAddress()
        return Lane(1, socket, address: own, backlog: 10)
    }

    /// Asks over a lane and answers there, as a probe of ours if asked to.
    private func ask(_ lane: Lane, answer: String, isProbe: Bool) throws -> SocketAddress {
        let client = try Socket.stream(.v4)
        try client.bind(.v4(.loopback, port: 0))
        let source = try client.localAddress()
        if isProbe { counting.admit(source) }
        _ = try client.connect(lane.address)
        let server = try wait(for: "the connection") { () -> Socket.Box? in
            if case .accepted(let socket) = lane.accept() { Socket.Box(socket) } else { nil }
        }
        _ = try client.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        guard let own = server.take() else { throw SystemError(call: "accept", errno: .badDescriptor) }
        var room = [UInt8](repeating: 0, count: 100)
        try wait(for: "the request") { if case .bytes = try own.receive(into: &room) { true } else { false } }
        _ = try own.send(Array(answer.utf8))
        try wait(for: "the answer") { if case .bytes = try client.receive(into: &room) { true } else { false } }
        return source
    }

    @Test func `until an answer was recognized nothing is counted, and a probe's is the first`() throws {
        try KernelCounting.require()
        let lane = try Self.lane(.v4(.loopback, port: 0))
        #expect(counting.counts(of: 1) == nil && counting.obstacle(to: 1) == nil)
        counting.begin(1, on: [lane])
        #expect(counting.counts(of: 1) == nil && counting.obstacle(to: 1) == nil)
        let probe = try ask(lane, answer: "HTTP/1.1 200 OK\r\n\r\n", isProbe: true)
        counting.dismiss(probe, answered: 1)
        let proven = try #require(counting.counts(of: 1))
        #expect(proven.answers == 0 && proven.probes == 1)
        _ = try ask(lane, answer: "HTTP/1.1 500 Broken\r\n\r\n", isProbe: false)
        let traffic = TrafficCounts(try #require(counting.counts(of: 1)))
        #expect(traffic.answers == 1 && traffic.serverErrors == 1 && traffic.accepted == 1 && traffic.inFlight == 0)
        #expect(traffic.latency.buckets.reduce(0, +) == 1)
        counting.end(1)
        #expect(counting.counts(of: 1) == nil)
    }

    @Test func `a probe whose answer was not recognized says that no other will be`() throws {
        try KernelCounting.require()
        let lane = try Self.lane(.v4(.loopback, port: 0))
        counting.begin(1, on: [lane])
        let probe = try ask(lane, answer: "\u{16}\u{3}\u{3} of another protocol", isProbe: true)
        counting.dismiss(probe, answered: nil)
        #expect(counting.obstacle(to: 1) == nil)
        counting.dismiss(probe, answered: 1)
        #expect(counting.obstacle(to: 1) == "the kernel saw no HTTP/1 in its answers")
        _ = try ask(lane, answer: "HTTP/1.1 200 OK\r\n\r\n", isProbe: false)
        #expect(counting.counts(of: 1)?.answers == 1 && counting.obstacle(to: 1) == nil)
    }

    @Test func `generations have slots of their own, and begin at zero`() throws {
        try KernelCounting.require()
        let lanes = try (0..<3).map { _ in try Self.lane(.v4(.loopback, port: 0)) }
        counting.begin(1, on: [lanes[0]])
        counting.begin(65, on: [lanes[1]])
        #expect(counting.obstacle(to: 65) == "too many generations are counted")
        _ = try ask(lanes[0], answer: "HTTP/1.1 200 OK\r\n\r\n", isProbe: false)
        counting.begin(2, on: [lanes[2]])
        counting.end(1)
        counting.end(65)
        counting.begin(65, on: [lanes[1]])
        #expect(counting.counts(of: 65) == nil && counting.obstacle(to: 65) == nil)
        _ = try ask(lanes[1], answer: "HTTP/1.1 200 OK\r\n\r\n", isProbe: false)
        #expect(counting.counts(of: 65)?.answers == 1)
    }

    @Test func `connections over unix sockets are not seen`() throws {
        counting.begin(1, on: [try Self.lane(.abstract(name: "deployd-test-counts-\(ThisProcess.pid)"))])
        #expect(counting.obstacle(to: 1) == "connections over unix sockets are not seen")
    }

    @Test(arguments: [
        ("0000000000000000", false), ("0000008000000000", false), ("0000000000001000", false),
        ("0000008000001000", true), ("0000000000200000", true), ("000001ffffffffff", true),
    ])
    func `it takes two capabilities, or the one that has both`(effective: String, may: Bool) {
        #expect(CountingRights.mayCount(status: "Name:\tx\nCapEff:\t\(effective)\nCapBnd:\t000001ffffffffff\n") == may)
        #expect(!CountingRights.mayCount(status: ""))
    }
}
