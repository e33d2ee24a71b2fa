import Linux
import TestSupport
import Testing

@testable import DeployCore
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
        _ = try client.connect(listener.setting.address.reachable)
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
        #expect(listener.isUnused && listener.laneCount > 0)
        let last = listener.lastLane
        listener.closeFreeLanes()
        #expect(listener.laneCount == 0)
        try listener.open(for: Self.generation(3))
        try listener.steer(to: .only(Self.generation(3)))
        #expect(try #require(listener.lane(of: Self.generation(3))).number.rawValue > last)
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

    /// Ends the lanes whose time has come at `now`.
    static func endQuiet(_ listener: SteeredListener) {
        let handshakes = Handshakes(atPorts: [listener.setting.address.port ?? 0])
        for lane in listener.quiet(handshakes) { listener.end(lane) }
    }

    static func expire(_ listener: SteeredListener, at now: Instant) {
        for lane in listener.expired(at: now) { listener.end(lane) }
    }

    @Test func `a handshake that began before the cut-over ends in the old lane, which stays until none can`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        try listener.open(for: Self.generation(1))
        try listener.steer(to: .only(Self.generation(1)))
        let lane = try #require(listener.lane(of: Self.generation(1)))
        // The kernel takes the end of a handshake for it only when data comes: so it stays half-way.
        try lane.socket.deferAccept(seconds: 60)
        let slow = try Socket.stream(.v4)
        _ = try slow.connect(listener.setting.address)
        _ = try Poll.writable(slow.number, timeout: .seconds(5))
        #expect(lane.acceptQueue == 0)
        try listener.open(for: Self.generation(2))
        try listener.steer(to: .only(Self.generation(2)))
        listener.release(Self.generation(1))
        Self.expire(listener, at: Master.now())
        #expect(listener.has(lane))
        #expect(try slow.send(Array("GET".utf8)) == .bytes(3))
        try wait(for: "the connection", upTo: .seconds(30)) { lane.acceptQueue == 1 }
        guard case .accepted = lane.accept() else { throw Missing(what: "accept said nothing") }
        Self.expire(listener, at: Master.now() + Handshakes.patience)
        #expect(!listener.has(lane))
        for _ in 1...10 { #expect(try Self.enters(listener, among: [2]) == 2) }
    }

    @Test func `before anything serves users wait in a lane that no worker has, and the probe does not`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        try listener.open(for: Self.generation(1))
        let user = try Socket.stream(.v4)
        _ = try user.connect(listener.setting.address)
        let probe = try Socket.stream(.v4)
        try probe.bind(listener.setting.address.withPort(0))
        try listener.admit(try probe.localAddress(), to: Self.generation(1))
        _ = try probe.connect(listener.setting.address)
        let lane = try #require(listener.lane(of: Self.generation(1)))
        try wait(for: "the probe's connection") { lane.acceptQueue == 1 }
        guard case .accepted(let first) = lane.socket.accept() else { throw Missing(what: "accept said nothing") }
        #expect(try first.peerAddress() == probe.localAddress())
        let room = try #require(listener.watchable.first { $0.state == .fresh && $0.lane.acceptQueue == 1 }?.lane)
        guard case .accepted(let second) = room.accept() else { throw Missing(what: "accept said nothing") }
        #expect(try second.peerAddress() == user.localAddress())
        try listener.steer(to: .only(Self.generation(1)))
        for _ in 1...10 { #expect(try Self.enters(listener, among: [1]) == 1) }
    }

    @Test func `a thousand generations never share a lane, and have few at a time`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        var lanes: Set<Int> = []
        for number in 1...1000 {
            try listener.open(for: Self.generation(number))
            try listener.steer(to: .only(Self.generation(number)))
            lanes.insert(try #require(listener.lane(of: Self.generation(number))).number.rawValue)
            if number > 1 { listener.release(Self.generation(number - 1)) }
            Self.expire(listener, at: Master.now() + Handshakes.patience + .seconds(1))
            #expect(listener.laneCount <= 3)
        }
        #expect(lanes.count == 1000)
        #expect(try Self.enters(listener, among: [1000]) == 1000)
    }

    @Test func `a generation that never met a user leaves nothing to wait for`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        for number in 1...2 { try listener.open(for: Self.generation(number)) }
        try listener.steer(to: .only(Self.generation(1)))
        let lane = try #require(listener.lane(of: Self.generation(2)))
        listener.release(Self.generation(2))
        Self.expire(listener, at: Master.now())
        #expect(!listener.has(lane))
    }

    @Test func `behind generations that are gone the lane that users enter comes forward, and nobody is lost`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        for number in 1...4 {
            try listener.open(for: Self.generation(number))
            try listener.steer(to: .only(Self.generation(number)))
        }
        for number in 1...3 {
            listener.release(Self.generation(number))
            Self.endQuiet(listener)
        }
        let before = try #require(listener.pool)
        #expect(before.exposure > 1 && listener.isUnsettled([]))
        // One who waits in a lane that is closed on the way, and one in the lane itself.
        let fresh = try #require(before.advance(draining: [])).before
        let stray = try Socket.stream(.v4)
        try stray.bind(#require(SocketAddress(parsing: "127.0.0.1:0")))
        try listener.put(
            SteeringProgram(base: .constant(index: try #require(before.index(of: fresh))), rules: []))
        _ = try stray.connect(listener.setting.address)
        try wait(for: "the stray") { listener.lanes[fresh].map { $0.acceptQueue == 1 } ?? false }
        try listener.attach()
        let user = try Socket.stream(.v4)
        _ = try user.connect(listener.setting.address)
        listener.settle([])
        let after = try #require(listener.pool)
        #expect(after.exposure == 0)
        #expect(after.group.first == listener.lane(of: Self.generation(4))?.number)
        // To the other fresh lanes somebody may have been on the way in the moment when it moved.
        #expect(!after.retired.isEmpty && listener.isUnsettled([]))
        Self.endQuiet(listener)
        #expect(!listener.isUnsettled([]))
        #expect(try Self.lane(in: listener, among: [4]) == 4)
        let rescued = listener.takeRescued()
        #expect(rescued.count == 1)
        var found: SocketAddress?
        if let socket = rescued.first?.take() { found = try socket.peerAddress() }
        #expect(try found == stray.localAddress())
        for _ in 1...10 { #expect(try Self.enters(listener, among: [4]) == 4) }
    }

    @Test func `a newer generation's lane takes the place of one that is gone, and no user moves`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        for number in 1...2 {
            try listener.open(for: Self.generation(number))
            try listener.steer(to: .only(Self.generation(number)))
        }
        try listener.open(for: Self.generation(3))
        let newest = try #require(listener.lane(of: Self.generation(3))?.number)
        let served = try #require(listener.lane(of: Self.generation(2))?.number)
        listener.release(Self.generation(1))
        // One who has a way of his own keeps it.
        let guest = try Socket.stream(.v4)
        try guest.bind(#require(SocketAddress(parsing: "127.0.0.1:0")))
        try listener.admit(guest.localAddress(), to: Self.generation(3))
        Self.endQuiet(listener)
        #expect(listener.pool?.group.prefix(2) == [newest, served] && !listener.isUnsettled([]))
        _ = try guest.connect(listener.setting.address)
        #expect(try Self.lane(in: listener, among: [2, 3]) == 3)
        try listener.dismiss(guest.localAddress())
        for _ in 1...10 { #expect(try Self.enters(listener, among: [2, 3]) == 2) }
        try listener.steer(to: .only(Self.generation(3)))
        for _ in 1...10 { #expect(try Self.enters(listener, among: [2, 3]) == 3) }
        listener.release(Self.generation(2))
        try listener.open(for: Self.generation(4))
        let fourth = try #require(listener.lane(of: Self.generation(4))?.number)
        Self.endQuiet(listener)
        #expect(listener.pool?.group.prefix(2) == [newest, fourth])
    }

    @Test func `who still holds the lane of a generation that is gone never gets a user`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        try listener.open(for: Self.generation(1))
        try listener.steer(to: .only(Self.generation(1)))
        let lane = try #require(listener.lane(of: Self.generation(1)))
        let stray = Socket(adopting: try lane.socket.descriptor.duplicate())
        try listener.open(for: Self.generation(2))
        try listener.steer(to: .only(Self.generation(2)))
        listener.release(Self.generation(1))
        Self.expire(listener, at: Master.now() + Handshakes.patience)
        #expect(try !stray.listenerInfo().isListening)
        // It has the master's user no more where the master may give it away, and so cannot join the others again.
        if ThisProcess.uid == 0 { #expect(throws: SystemError.self) { try stray.listen(backlog: 100) } }
        for number in 3...5 {
            try listener.open(for: Self.generation(number))
            try listener.steer(to: .only(Self.generation(number)))
            for _ in 1...10 { #expect(try Self.enters(listener, among: [2, 3, 4, 5]) == number) }
            listener.release(Self.generation(number - 1))
            Self.expire(listener, at: Master.now() + Handshakes.patience + .seconds(1))
        }
    }

    @Test func `a worker cannot say where connections go, nor keep new lanes from the address`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        try listener.open(for: Self.generation(1))
        let lane = try #require(listener.lane(of: Self.generation(1)))
        #expect(throws: SystemError.self) {
            try lane.socket.attach(SteeringProgram(base: .constant(index: 0), rules: []))
        }
        try lane.socket.set(.reusePort, to: false)
        try lane.socket.set(.reuseAddress, to: false)
        for number in 2...4 { try listener.open(for: Self.generation(number)) }
        try listener.steer(to: .only(Self.generation(4)))
        #expect(try Self.enters(listener, among: [1, 2, 3, 4]) == 4)
    }

    @Test func `a lane that leaves the group and joins it again moves nobody, and is noticed`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        for number in 1...2 { try listener.open(for: Self.generation(number)) }
        try listener.steer(to: .only(Self.generation(2)))
        let lane = try #require(listener.lane(of: Self.generation(1)))
        let pool = listener.lanePool
        for _ in 1...3 {
            try lane.socket.shutdown(.both)
            for _ in 1...5 { #expect(try Self.enters(listener, among: [1, 2]) == 2) }
            try lane.listen()
            for _ in 1...5 { #expect(try Self.enters(listener, among: [1, 2]) == 2) }
        }
        listener.repair()
        #expect(listener.lanePool != pool)
        try listener.steer(to: .only(Self.generation(1)))
        for _ in 1...5 { #expect(try Self.enters(listener, among: [1, 2]) == 1) }
    }

    @Test func `behind a shut door nobody gets in, and what waits stays`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        try listener.open(for: Self.generation(1))
        try listener.steer(to: .only(Self.generation(1)))
        let lane = try #require(listener.lane(of: Self.generation(1)))
        let early = try Socket.stream(.v4)
        _ = try early.connect(listener.setting.address)
        try wait(for: "the early user") { lane.acceptQueue == 1 }
        listener.shutDoor()
        let late = try Socket.stream(.v4)
        #expect(try late.connect(listener.setting.address) == .inProgress)
        #expect(lane.acceptQueue == 1)
        guard case .accepted = lane.accept() else { throw Missing(what: "accept said nothing") }
        listener.lockUp()
        #expect(try Self.isRefused(listener))
    }

    /// Whether who connects is refused.
    private static func isRefused(_ listener: SteeredListener) throws -> Bool {
        let user = try Socket.stream(.v4)
        do throws(SystemError) { _ = try user.connect(listener.setting.address) } catch {
            return error.errno == .connectionRefused
        }
        guard try Poll.writable(user.number, timeout: .seconds(5)) else { return false }
        return try user.takeError() == .connectionRefused
    }

    @Test func `an address that was given up stays so, whatever happens to its lanes`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        for number in 1...3 {
            try listener.open(for: Self.generation(number))
            try listener.steer(to: .only(Self.generation(number)))
        }
        listener.release(Self.generation(1))
        listener.shutDoor()
        listener.lockUp()
        #expect(try Self.isRefused(listener))
        // What the master does when epoll tells that a lane was shut down, and at the end of a generation.
        listener.repair()
        listener.restoreSteering()
        #expect(try Self.isRefused(listener))
        listener.release(Self.generation(2))
        Self.expire(listener, at: Master.now() + Handshakes.patience)
        listener.setBacklog(64)
        #expect(try Self.isRefused(listener))
        try listener.steer(to: .only(Self.generation(3)))
        #expect(try Self.isRefused(listener))
        #expect(listener.watchable.allSatisfy { !$0.lane.isListening })
    }

    @Test func `the full lane stays the door when a worker's lane leaves the group`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        for number in 1...3 {
            try listener.open(for: Self.generation(number))
            try listener.steer(to: .only(Self.generation(number)))
        }
        listener.shutDoor()
        for number in 1...3 {
            try #require(listener.lane(of: Self.generation(number))).socket.shutdown(.both)
            listener.repair()
            let user = try Socket.stream(.v4)
            #expect(try user.connect(listener.setting.address) == .inProgress)
            #expect(try !Poll.writable(user.number, timeout: .milliseconds(100)), "somebody got in")
        }
    }

    @Test func `a sign that lanes moved while nobody looked brings steering back`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        for number in 1...2 { try listener.open(for: Self.generation(number)) }
        try listener.steer(to: .only(Self.generation(2)))
        let lane = try #require(listener.lane(of: Self.generation(1)))
        // Any holder may take the program away from all; then the kernel spreads connections.
        try lane.socket.detachSteering()
        #expect(listener.unsteered.map(\.number) == [lane.number])
        listener.restoreSteering()
        for _ in 1...20 { #expect(try Self.enters(listener, among: [1, 2]) == 2) }
    }

    @Test func `a lane that its worker took into a group of its own, for a device, comes back`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        for number in 1...2 { try listener.open(for: Self.generation(number)) }
        try listener.steer(to: .only(Self.generation(1)))
        let lane = try #require(listener.lane(of: Self.generation(2)))
        // The loopback device is the first.
        try lane.socket.bindDevice(1)
        try lane.socket.shutdown(.both)
        try lane.listen()
        #expect(try Self.enters(listener, among: [1, 2]) == 2)
        listener.repair()
        // Only who may have raw sockets can give a socket up to all devices.
        #expect(try lane.socket.boundDevice() == 0 || !lane.isListening)
        for _ in 1...20 { #expect(try Self.enters(listener, among: [1, 2]) == 1) }
    }

    @Test func `a lane that a worker shut down listens again`() throws {
        let listener = try Self.listener("127.0.0.1:0")
        try listener.open(for: Self.generation(1))
        try listener.open(for: Self.generation(2))
        try listener.steer(to: .only(Self.generation(1)))
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
