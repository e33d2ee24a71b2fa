import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

/// What the master takes from lanes, against the real kernel.
@Suite("Connections in lanes from which no worker accepts")
struct StragglersTests {
    /// Takes whatever it is handed.
    private final class Host: ListenerHost {
        var taken: [Bool] = []
        /// Whether maintenance takes connections.
        var hasPages = true
        let accepting = Accepting(
            isRunning: true, serving: SteeredListenerTests.generation(1), draining: [:], deaf: [])

        func handOver(_ straggler: borrowing Socket, from listener: ListenerSetting, isKeptOut: Bool) -> Bool {
            guard hasPages || !isKeptOut else { return false }
            taken.append(isKeptOut)
            return true
        }
        func orderChanged() {}
    }

    private let loop: EventLoop
    private let host = Host()
    private let stragglers: Stragglers
    private let listener: SteeredListener

    init() throws {
        loop = try EventLoop()
        stragglers = Stragglers(loop, MasterLog(.plain))
        stragglers.host = host
        listener = try SteeredListenerTests.listener("127.0.0.1:0")
        try listener.open(for: SteeredListenerTests.generation(1))
        try listener.steer(to: .only(SteeredListenerTests.generation(1)))
    }

    private func client(from source: String = "127.0.0.1") throws -> Socket {
        let client = try Socket.stream(.v4)
        try client.bind(.v4(try #require(IPv4Address(source)), port: 0))
        _ = try client.connect(listener.setting.address.reachable)
        return client
    }

    private func turn() throws {
        for index in 0..<(try loop.wait(until: EventLoop.now() + .milliseconds(50))) {
            let ready = loop.ready(index)
            guard let token = Token(number: ready.token), token.kind == .lane else { continue }
            stragglers.laneReady(token.serial, ready.events, [listener])
        }
    }

    @Test("A lane that got workers since it was looked at last is theirs")
    func workersSince() throws {
        stragglers.arrange([listener])
        try listener.open(for: .maintenance)
        try listener.close(Closure(allowed: []))
        let client = try client()
        let lane = try #require(listener.lane(of: .maintenance))
        try wait(for: "the connection to be in the lane") { lane.acceptQueue == 1 }
        try turn()
        #expect(host.taken.isEmpty && lane.acceptQueue == 1)
        _ = consume client
    }

    @Test(
        "Whoever is kept out is handed to the pages of maintenance, waits for them where they take nobody, and gets nothing else"
    )
    func keptOut() throws {
        try listener.open(for: .maintenance)
        try listener.close(Closure(allowed: [try #require(IPNetwork("127.0.0.2"))]))
        let pages = try #require(listener.lane(of: .maintenance))
        let site = try #require(listener.lane(of: SteeredListenerTests.generation(1)))
        let user = try client()
        let guest = try client(from: "127.0.0.2")
        try wait(for: "both to be in their lanes") { pages.acceptQueue == 1 && site.acceptQueue == 1 }
        host.hasPages = false
        for lane in [pages, site] { stragglers.take(from: lane, listener) }
        #expect(host.taken == [])
        stragglers.expire()
        #expect(host.taken == [])
        host.hasPages = true
        stragglers.expire()
        #expect(host.taken == [true])
        stragglers.take(from: site, listener)
        #expect(host.taken == [true, false])
        stragglers.expire()
        #expect(host.taken.count == 2)
        _ = consume user
        _ = consume guest
    }
}
