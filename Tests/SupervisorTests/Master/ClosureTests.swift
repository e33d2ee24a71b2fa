import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

/// Listeners that are closed for maintenance, against the real kernel. Generation 0 stands for maintenance.
@Suite("A listener that is closed")
struct ClosureTests {
    private typealias Listeners = SteeredListenerTests

    private static func closure(_ networks: String...) -> Closure {
        Closure(allowed: networks.compactMap { IPNetwork($0) })
    }

    /// Where a connection from an address goes.
    private static func enters(_ listener: SteeredListener, from source: String, among generations: [Int]) throws
        -> Int?
    {
        let client = try Socket.stream(.v4)
        try client.bind(.v4(try #require(IPv4Address(source)), port: 0))
        _ = try client.connect(listener.setting.address.reachable)
        return try Listeners.lane(in: listener, among: generations)
    }

    private static func served() throws -> SteeredListener {
        let listener = try Listeners.listener("127.0.0.1:0")
        try listener.open(for: Listeners.generation(1))
        try listener.steer(to: .only(Listeners.generation(1)))
        return listener
    }

    @Test("sends users to the lane of maintenance, those who are let in to the site, and all to the site again")
    func closes() throws {
        let listener = try Self.served()
        try listener.open(for: .maintenance)
        #expect(try Self.enters(listener, from: "127.0.0.1", among: [0, 1]) == 1)
        try listener.close(Self.closure("127.0.0.2", "127.3.0.0/16"))
        for (source, lane) in [("127.0.0.1", 0), ("127.0.0.2", 1), ("127.3.9.9", 1), ("127.4.0.1", 0)] {
            #expect(try Self.enters(listener, from: source, among: [0, 1]) == lane, "\(source)")
        }
        try listener.close(nil)
        listener.release(.maintenance)
        #expect(listener.lane(of: .maintenance) == nil)
        for _ in 1...10 { #expect(try Self.enters(listener, from: "127.0.0.1", among: [1]) == 1) }
    }

    @Test("stays so while generations come, get users and go, and probes have their way")
    func deploys() throws {
        let listener = try Self.served()
        try listener.open(for: .maintenance)
        try listener.close(Self.closure("127.0.0.2"))
        for number in 2...6 {
            let generation = Listeners.generation(number)
            try listener.open(for: generation)
            let probe = try Socket.stream(.v4)
            try probe.bind(.v4(.loopback, port: 0))
            try listener.admit(try probe.localAddress(), to: generation)
            _ = try probe.connect(listener.setting.address.reachable)
            #expect(try Listeners.lane(in: listener, among: [0, number - 1, number]) == number)
            listener.dismiss(try probe.localAddress())
            try listener.steer(to: .split(generation, percent: 50, old: Listeners.generation(number - 1)))
            #expect(try Self.enters(listener, from: "127.0.0.1", among: [0, number - 1, number]) == 0)
            try listener.steer(to: .only(generation))
            listener.release(Listeners.generation(number - 1))
            listener.settle([])
            #expect(listener.unsteered.isEmpty)
            #expect(try Self.enters(listener, from: "127.0.0.1", among: [0, number]) == 0)
            #expect(try Self.enters(listener, from: "127.0.0.2", among: [0, number]) == number)
        }
        try listener.close(nil)
        #expect(try Self.enters(listener, from: "127.0.0.1", among: [0, 6]) == 6)
    }

    @Test("is so before anything serves, and no longer when the master stops")
    func beginsAndStops() throws {
        let listener = try Listeners.listener("127.0.0.1:0")
        try listener.open(for: .maintenance)
        #expect(listener.isUnused)
        try listener.close(Self.closure())
        try listener.open(for: Listeners.generation(1))
        #expect(try Self.enters(listener, from: "127.0.0.1", among: [0, 1]) == 0)
        try listener.steer(to: .only(Listeners.generation(1)))
        #expect(try Self.enters(listener, from: "127.0.0.1", among: [0, 1]) == 0)
        listener.shutDoor()
        #expect(listener.closure == nil)
        listener.release(Listeners.generation(1))
        listener.closeFreeLanes()
        #expect(listener.lane(of: .maintenance) == nil)
    }

    @Test("is so again for a master that goes on, with the lanes that are left")
    func resumes() throws {
        let before = try Self.served()
        try before.open(for: .maintenance)
        try before.close(Self.closure())
        let sockets = try before.lanes.values.map { lane in
            (lane.number.rawValue, Socket.Box(Socket(adopting: try lane.socket.descriptor.duplicate())))
        }
        let after = try SteeredListener(
            before.setting, isV6Only: false, keeper: LaneKeeper(at: nil), pool: before.lanePool,
            Dictionary(uniqueKeysWithValues: sockets))
        try after.close(Self.closure("127.0.0.2"))
        try after.steer(to: .only(Listeners.generation(1)))
        #expect(try Self.enters(after, from: "127.0.0.1", among: [0, 1]) == 0)
        #expect(try Self.enters(after, from: "127.0.0.2", among: [0, 1]) == 1)
    }

    @Test("While the lane of maintenance does not listen, users wait in one that no worker has")
    func withoutLane() throws {
        let listener = try Self.served()
        try listener.open(for: .maintenance)
        try listener.close(Self.closure("127.0.0.2"))
        let lane = try #require(listener.lane(of: .maintenance))
        try lane.shutDown()
        listener.lanePool.lost(lane.number)
        try listener.attach()
        let client = try Socket.stream(.v4)
        try client.bind(.v4(.loopback, port: 0))
        _ = try client.connect(listener.setting.address.reachable)
        try wait(for: "the connection to be in a fresh lane") {
            listener.watchable.contains { $0.state == .fresh && $0.lane.acceptQueue == 1 }
        }
        #expect(try Self.enters(listener, from: "127.0.0.2", among: [1]) == 1)
    }
}
