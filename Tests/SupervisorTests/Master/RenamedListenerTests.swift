import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite struct RenamedListenerTests {
    static func generation(_ number: Int) -> GenerationNumber { GenerationNumber(rawValue: number) }

    /// Connects to the path, and says whose lane has the connection.
    static func enters(_ listener: RenamedListener, among generations: [Int]) throws -> Int? {
        let client = try Socket.stream(.unix)
        _ = try client.connect(listener.setting.address)
        return generations.first { number in
            guard let lane = listener.lane(of: generation(number)), case .accepted = lane.socket.accept() else {
                return false
            }
            return true
        }
    }

    static func listener(in directory: TemporaryDirectory) throws -> RenamedListener {
        try RenamedListener(
            ListenerSetting(name: "web", address: .unix(path: directory.path("web.sock"))), keeper: LaneKeeper(at: nil))
    }

    @Test func `the path leads to the serving generation, and a connection made before stays where it was`() throws {
        let directory = try TemporaryDirectory()
        let listener = try Self.listener(in: directory)
        try listener.open(for: Self.generation(1))
        try listener.steer(to: .only(Self.generation(1)))
        try listener.open(for: Self.generation(2))
        #expect(try Self.enters(listener, among: [1, 2]) == 1)
        let early = try Socket.stream(.unix)
        _ = try early.connect(listener.setting.address)
        try listener.steer(to: .only(Self.generation(2)))
        #expect(try Self.enters(listener, among: [2]) == 2)
        guard case .accepted = try #require(listener.lane(of: Self.generation(1))).socket.accept() else {
            throw Missing(what: "the early connection is not in the old lane")
        }
        listener.release(Self.generation(1))
        #expect(try Self.enters(listener, among: [2]) == 2)
        #expect(try Files.list(directory.path) == ["web.sock", "web.sock.2"])
        listener.close()
        #expect(try Files.list(directory.path) == [])
    }

    @Test func `steered to somebody without a lane, the path is taken away, and comes back`() throws {
        let directory = try TemporaryDirectory()
        let listener = try Self.listener(in: directory)
        try listener.open(for: Self.generation(1))
        try listener.steer(to: .only(Self.generation(1)))
        try listener.steer(to: .only(Self.generation(2)))
        #expect(try Files.list(directory.path) == ["web.sock.1"])
        #expect(!listener.isUnused)
        try listener.steer(to: .only(Self.generation(1)))
        #expect(try Self.enters(listener, among: [1]) == 1)
        listener.release(Self.generation(1))
        #expect(listener.isUnused)
    }

    @Test func `a path that somebody accepts on is refused, and one that a dead program left is taken`() throws {
        let directory = try TemporaryDirectory()
        do {
            let other = try Socket.stream(.unix)
            try other.bind(.unix(path: directory.path("web.sock")))
            try other.listen(backlog: 1)
            #expect(
                throws: SystemError(call: "bind", errno: .addressInUse, subject: "unix:\(directory.path("web.sock"))")
            ) {
                try Self.listener(in: directory)
            }
        }
        let listener = try Self.listener(in: directory)
        try listener.open(for: Self.generation(1))
        try listener.steer(to: .only(Self.generation(1)))
        #expect(try Self.enters(listener, among: [1]) == 1)
    }

    @Test func `a name that somebody removed comes back as long as there is another`() throws {
        let directory = try TemporaryDirectory()
        let listener = try Self.listener(in: directory)
        try listener.open(for: Self.generation(1))
        try listener.steer(to: .only(Self.generation(1)))
        #expect(listener.mend() == nil)
        for name in ["web.sock", "web.sock.1"] {
            try Files.unlink(directory.path(name))
            _ = listener.mend()
            #expect(try Files.list(directory.path) == ["web.sock", "web.sock.1"])
            #expect(try Self.enters(listener, among: [1]) == 1)
            #expect(listener.trouble == nil)
        }
        for name in ["web.sock", "web.sock.1"] { try Files.unlink(directory.path(name)) }
        #expect(try #require(listener.mend()).contains("was removed by somebody"))
        #expect(listener.mend() == nil)
        #expect(listener.trouble?.advice == "`deployd restart` creates it again")
        try listener.open(for: Self.generation(2))
        try listener.steer(to: .only(Self.generation(2)))
        #expect(listener.mend() == nil)
        #expect(listener.trouble == nil)
        #expect(try Self.enters(listener, among: [2]) == 2)
    }

    @Test func `where the directory was removed it is to be made before a restart`() throws {
        let directory = try TemporaryDirectory()
        let folder = directory.path("run dir")
        try Files.makeDirectory(folder)
        let listener = try RenamedListener(
            ListenerSetting(name: "web", address: .unix(path: "\(folder)/web.sock")), keeper: LaneKeeper(at: nil))
        try listener.open(for: Self.generation(1))
        try listener.steer(to: .only(Self.generation(1)))
        try Files.removeTree(folder)
        #expect(try #require(listener.mend()).contains("\(folder) was removed by somebody"))
        #expect(listener.trouble?.advice == "`mkdir -p '\(folder)'`, then `deployd restart` creates it again")
        try Files.makeDirectory(folder)
        try listener.open(for: Self.generation(2))
        try listener.steer(to: .only(Self.generation(2)))
        #expect(try Self.enters(listener, among: [2]) == 2)
    }

    @Test func `what somebody put in the place of the path stays, and is told`() throws {
        let directory = try TemporaryDirectory()
        let listener = try Self.listener(in: directory)
        try listener.open(for: Self.generation(1))
        try listener.steer(to: .only(Self.generation(1)))
        try Files.unlink(directory.path("web.sock"))
        _ = try Files.create(directory.path("web.sock"))
        #expect(try #require(listener.mend()).contains("something else"))
        #expect(Files.kind(directory.path("web.sock")) == .file)
        // It is no reason to stay with a generation: nobody comes in by it.
        try listener.open(for: Self.generation(2))
        try listener.steer(to: .only(Self.generation(2)))
        #expect(listener.trouble != nil)
        listener.shutDoor()
        #expect(Files.kind(directory.path("web.sock")) == .file)
        try Files.unlink(directory.path("web.sock"))
        try listener.steer(to: .only(Self.generation(2)))
        #expect(try Self.enters(listener, among: [1, 2]) == 2)
        #expect(listener.mend() == nil)
        #expect(listener.trouble == nil)
    }

    @Test func `as long as the path leads to another generation, a steering that fails is not done`() throws {
        let directory = try TemporaryDirectory()
        let listener = try Self.listener(in: directory)
        for number in 1...2 { try listener.open(for: Self.generation(number)) }
        try listener.steer(to: .only(Self.generation(1)))
        try Files.unlink(directory.path("web.sock.2"))
        #expect(throws: SystemError.self) { try listener.steer(to: .only(Self.generation(2))) }
        #expect(try Self.enters(listener, among: [1, 2]) == 1)
        // Back to where it leads anyway, with whatever is left.
        try Files.unlink(directory.path("web.sock.1"))
        try listener.steer(to: .only(Self.generation(1)))
        #expect(try Self.enters(listener, among: [1, 2]) == 1)
    }

    @Test func `a lane is reached, and steered to, whatever somebody put in the place of its name`() throws {
        let directory = try TemporaryDirectory()
        let listener = try Self.listener(in: directory)
        try listener.open(for: Self.generation(1))
        let thief = try Socket.stream(.unix)
        try thief.bind(.unix(path: directory.path("thief")))
        try thief.listen(backlog: 8)
        try Files.exchange(directory.path("thief"), directory.path("web.sock.1"))
        let probe = try Socket.stream(.unix)
        _ = try probe.connect(try #require(listener.probeTarget(of: Self.generation(1))))
        guard case .accepted = try #require(listener.lane(of: Self.generation(1))).socket.accept() else {
            throw Missing(what: "the probe is not in the lane")
        }
        try listener.steer(to: .only(Self.generation(1)))
        #expect(try Self.enters(listener, among: [1]) == 1)
        // Without any name the lane can be probed all the same.
        for name in try Files.list(directory.path) { try Files.unlink(directory.path(name)) }
        _ = try Socket.stream(.unix).connect(try #require(listener.probeTarget(of: Self.generation(1))))
    }

    @Test func `the watch hears of a name that goes`() throws {
        let directory = try TemporaryDirectory()
        let listener = try Self.listener(in: directory)
        try listener.open(for: Self.generation(1))
        try listener.steer(to: .only(Self.generation(1)))
        let watch = try NameWatch()
        for name in listener.names { watch.watch(name) }
        try Files.unlink(directory.path("web.sock"))
        #expect(try Poll.readable(watch.number, timeout: .seconds(5)))
        watch.clear()
        #expect(try !Poll.readable(watch.number, timeout: .zero))
    }
}
