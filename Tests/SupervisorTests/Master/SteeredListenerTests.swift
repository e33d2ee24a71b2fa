import Linux
import TestSupport
import Testing

@testable import Supervisor

/// The listener against the real kernel: which lane's queue does a connection enter?
@Suite struct SteeredListenerTests {
    static func listener(_ address: String) throws -> SteeredListener {
        try SteeredListener(
            ListenerSetting(name: "web", address: try #require(SocketAddress(parsing: address))),
            keeper: LaneKeeper(at: nil))
    }

    static func generation(_ number: Int) -> GenerationNumber { GenerationNumber(rawValue: number) }

    /// Makes a connection to the listener, and says which of the generations' lanes it waits in.
    static func enters(_ listener: SteeredListener, among generations: [Int]) throws -> Int? {
        let client = try Socket.stream(listener.setting.address.family)
        _ = try client.connect(SteeredListener.reachable(listener.setting.address))
        return try lane(in: listener, among: generations)
    }

    static func lane(in listener: SteeredListener, among generations: [Int]) throws -> Int? {
        var found: Int?
        try wait(for: "the connection to be in a queue") {
            for number in generations {
                guard let lane = listener.lane(of: generation(number)), lane.acceptQueue > 0 else { continue }
                if case .accepted = lane.socket.accept() { found = number }
            }
            return found != nil
        }
        return found
    }

    @Test(arguments: ["127.0.0.1:0", "[::1]:0", "[::]:0", "0.0.0.0:0"])
    func `steering moves new connections from one lane to the other and back`(address: String) throws {
        let listener = try Self.listener(address)
        try listener.open(for: Self.generation(1))
        try listener.steer(to: .only(Self.generation(1)))
        try listener.open(for: Self.generation(2))
        for _ in 1...20 { #expect(try Self.enters(listener, among: [1, 2]) == 1) }
        try listener.steer(to: .only(Self.generation(2)))
        for _ in 1...20 { #expect(try Self.enters(listener, among: [1, 2]) == 2) }
        try listener.steer(to: .only(Self.generation(1)))
        for _ in 1...20 { #expect(try Self.enters(listener, among: [1, 2]) == 1) }
    }

    @Test func `steered to somebody without a lane, it goes on as it was`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        for number in 1...2 { try listener.open(for: Self.generation(number)) }
        try listener.steer(to: .only(Self.generation(2)))
        try listener.steer(to: .only(Self.generation(3)))
        for _ in 1...10 { #expect(try Self.enters(listener, among: [1, 2]) == 2) }
    }

    @Test func `its free lanes are closed when nobody serves there, and the next one has another number`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        try listener.open(for: Self.generation(1))
        try listener.open(for: Self.generation(2))
        try listener.steer(to: .only(Self.generation(2)))
        listener.release(Self.generation(1))
        #expect(!listener.isUnused)
        listener.release(Self.generation(2))
        #expect(listener.isUnused && listener.laneCount == 2)
        listener.closeFreeLanes()
        #expect(listener.laneCount == 0)
        try listener.open(for: Self.generation(3))
        try listener.steer(to: .only(Self.generation(3)))
        #expect(listener.lastLane == 3)
        #expect(try Self.enters(listener, among: [3]) == 3)
    }

    @Test func `a new backlog counts at once, for lanes that listen`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        try listener.open(for: Self.generation(1))
        listener.setBacklog(7)
        #expect(listener.lane(of: Self.generation(1))?.info?.backlog == 7)
        try listener.open(for: Self.generation(2))
        #expect(listener.lane(of: Self.generation(2))?.info?.backlog == 7)
    }

    @Test(arguments: ["127.0.0.1:0", "[::]:0"])
    func `a probe enters the new lane while users enter the old one`(address: String) throws {
        let listener = try Self.listener(address)
        try listener.open(for: Self.generation(1))
        try listener.steer(to: .only(Self.generation(1)))
        try listener.open(for: Self.generation(2))
        let target = try #require(listener.probeTarget(of: Self.generation(2)))
        let probe = try Socket.stream(target.family)
        try probe.bind(target.withPort(0))
        try listener.admit(try probe.localAddress(), to: Self.generation(2))
        #expect(try Self.enters(listener, among: [1, 2]) == 1)
        _ = try probe.connect(target)
        #expect(try Self.lane(in: listener, among: [1, 2]) == 2)
        listener.dismiss(try probe.localAddress())
        #expect(try Self.enters(listener, among: [1, 2]) == 1)
    }

    @Test func `a handshake that began with another generation waits until the lane's next one is proven`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        try listener.open(for: Self.generation(1))
        try listener.steer(to: .only(Self.generation(1)))
        // A client that hears nothing: its handshake stays half-way, in the lane of generation 1.
        let slow = try Socket.stream(.v4)
        try slow.admitOnly([])
        #expect(try slow.connect(listener.setting.address) == .inProgress)
        let lane = try #require(listener.lane(of: Self.generation(1)))
        try listener.open(for: Self.generation(2))
        try listener.steer(to: .only(Self.generation(2)))
        listener.release(Self.generation(1))
        try listener.open(for: Self.generation(3))
        #expect(listener.lane(of: Self.generation(3)) === lane)

        // It hears the server's second or third try, and asks.
        try slow.admitAll()
        try wait(for: "the client to take itself for connected", upTo: .seconds(60)) {
            if case .bytes = try? slow.send(Array("GET".utf8)) { true } else { false }
        }
        #expect(lane.acceptQueue == 0)
        try listener.steer(to: .only(Self.generation(3)))
        try wait(for: "the connection", upTo: .seconds(60)) { lane.acceptQueue == 1 }
    }

    @Test func `before anything serves only the probe is let in, and then everybody`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        try listener.open(for: Self.generation(1))
        let user = try Socket.stream(.v4)
        #expect(try user.connect(listener.setting.address) == .inProgress)
        let probe = try Socket.stream(.v4)
        try probe.bind(listener.setting.address.withPort(0))
        try listener.admit(try probe.localAddress(), to: Self.generation(1))
        _ = try probe.connect(listener.setting.address)
        let lane = try #require(listener.lane(of: Self.generation(1)))
        try wait(for: "the probe's connection") { lane.acceptQueue == 1 }
        guard case .accepted(let first) = lane.socket.accept() else { throw Missing(what: "accept said nothing") }
        #expect(try first.peerAddress() == probe.localAddress())
        #expect(lane.acceptQueue == 0)
        try listener.steer(to: .only(Self.generation(1)))
        // The user's machine tries again by itself.
        try wait(for: "the user's connection") { lane.acceptQueue == 1 }
    }

    @Test func `a lane is used again, so that a thousand generations need two`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        for number in 1...1000 {
            try listener.open(for: Self.generation(number))
            try listener.steer(to: .only(Self.generation(number)))
            if number > 1 { listener.release(Self.generation(number - 1)) }
        }
        #expect(listener.laneCount == 2)
    }

    @Test func `a lane that a worker shut down listens again`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        try listener.open(for: Self.generation(1))
        try listener.steer(to: .only(Self.generation(1)))
        try listener.open(for: Self.generation(2))
        try #require(listener.lane(of: Self.generation(1))).socket.shutdown(.both)
        listener.repair()
        #expect(listener.lane(of: Self.generation(1))?.isListening == true)
        #expect(try Self.enters(listener, among: [1, 2]) == 1)
        try listener.steer(to: .only(Self.generation(2)))
        #expect(try Self.enters(listener, among: [1, 2]) == 2)
    }

    @Test(arguments: [[1, 2], [2, 1]])
    func `lanes that are shut down together leave a group of which nobody knows the order, and it is put right`(
        order: [Int]
    ) throws {
        let listener = try Self.listener("127.0.0.1:0")
        let all = Array(1...4)
        for number in all { try listener.open(for: Self.generation(number)) }
        try listener.steer(to: .only(Self.generation(3)))
        for number in order { try #require(listener.lane(of: Self.generation(number))).socket.shutdown(.both) }
        listener.repair()
        for number in [3, 4, 1, 2] {
            try listener.steer(to: .only(Self.generation(number)))
            for _ in 1...10 { #expect(try Self.enters(listener, among: all) == number) }
        }
    }

    @Test func `an address that somebody listens on is refused, even one of our own groups`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        try listener.open(for: Self.generation(1))
        #expect(throws: SystemError.self) { try SteeredListener(listener.setting, keeper: LaneKeeper(at: nil)) }
    }
}
