import Handoff
import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

/// A worker that was taken over keeps the kernel's lock of what it shares with the master, for as long as it lives. The master
/// goes on; what it could not do is done when the lock is free. (Without that the tests would not end.)
@Suite struct HeldLockTests {
    /// A process that holds the lock of an open socket or file; nil, and said so, where none can.
    private static func holder(of descriptor: Int32, by call: String) throws -> Child? {
        guard ThisProcess.uid == 0 else {
            skipped("HeldLockTests", because: "userfaultfd needs root")
            return nil
        }
        let directory = try TemporaryDirectory()
        let program = directory.path("lock-holder")
        let source = Paths.join(#filePath, "../../../Fixtures/lock-holder.c")
        try Child.expect([try Program.path("gcc"), "-O1", "-o", program, source])
        let child = try Child([program, "3", call], descriptors: [(descriptor, 3)])
        try wait(for: "the lock to be held") { child.output.contains("holds") }
        // It prints before the call. Asleep and not on its way: the call has faulted.
        try wait(for: "the call to wait") { try Self.isAsleep(child.pid) }
        return child
    }

    private static func isAsleep(_ pid: Int32) throws -> Bool {
        let words = String(decoding: try Files.read("/proc/\(pid)/stat"), as: UTF8.self).split(separator: " ")
        let wait = String(decoding: (try? Files.read("/proc/\(pid)/wchan")) ?? [], as: UTF8.self)
        return ["S", "D"].contains(words[2]) && (wait.contains("userfault") || wait == "0" || wait.isEmpty)
    }

    @Test func `a lane is neither accepted from nor closed, and is when the lock is free`() throws {
        let listener = try SteeredListenerTests.listener("127.0.0.1:0")
        let (first, second) = (GenerationNumber(rawValue: 1), GenerationNumber(rawValue: 2))
        try listener.open(for: first)
        try listener.steer(to: .only(first))
        let client = try Socket.stream(.v4)
        _ = try client.connect(listener.setting.address)
        let lane = try #require(listener.lane(of: first))
        lane.isLent = true
        try wait(for: "the user to be in its queue") { lane.acceptQueue == 1 }
        guard let holder = try Self.holder(of: lane.socket.number, by: "linger") else { return }
        try listener.open(for: second)
        try listener.steer(to: .only(second))
        #expect(Self.outcome(of: lane.accept()) == .busy)
        #expect(lane.isHeldUp && BoundedCalls.isBusy)
        listener.release(first)
        for lane in listener.expired(at: Master.now() + Handshakes.patience) { listener.end(lane) }
        #expect(listener.has(lane), "it cannot leave the kernel's group")
        #expect(try SteeredListenerTests.enters(listener, among: [2]) == 2)
        try holder.send(.kill)
        try wait(for: "the lock") { !lane.isHeldUp }
        // Who was accepted meanwhile is not lost.
        #expect(Self.outcome(of: lane.accept()) == nil)
        listener.end(lane)
        #expect(!listener.has(lane))
        #expect(try SteeredListenerTests.enters(listener, among: [2]) == 2)
    }

    @Test func `an address that is given up is not, while a lane there cannot be closed`() throws {
        let listener = try SteeredListenerTests.listener("127.0.0.1:0")
        let (first, second) = (GenerationNumber(rawValue: 1), GenerationNumber(rawValue: 2))
        let host = Host()
        let listeners = ListenerSet(
            [listener], keeper: LaneKeeper(at: nil), try EventLoop(), MasterLog(.plain))
        listeners.host = host
        for generation in [first, second] { try listeners.open(for: generation, isBlocking: false) }
        try listeners.steer(to: .only(second))
        let lane = try #require(listener.lane(of: second))
        lane.isLent = true
        guard let holder = try Self.holder(of: lane.socket.number, by: "linger") else { return }
        listeners.arrange(by: [])
        listeners.release(first)
        listeners.release(second)
        listeners.sweep()
        #expect(listener.isUnused && listener.hasLeftLanes && listener.has(lane))
        #expect(listeners.all.count == 1 && listeners.current.isEmpty, "somebody keeps it from being closed")
        #expect(listener.laneCount == 1, "all others are closed, and none is opened in their place")
        try holder.send(.kill)
        try wait(for: "the lock") { !lane.isHeldUp }
        let due = try #require(listeners.nextDeadline)
        listeners.expire(at: due + .seconds(60))
        #expect(!listener.has(lane) && listener.laneCount == 0)
        #expect(listeners.all.isEmpty)
        // The listeners do not keep it.
        #expect(host.accepting.serving == first)
    }

    /// A master whose first generation serves, elsewhere.
    private final class Host: ListenerHost {
        let accepting = Accepting(isRunning: true, serving: 1, draining: [:], deaf: [])

        func handOver(_ straggler: borrowing Socket, from listener: ListenerSetting, isKeptOut: Bool) -> Bool { true }
        func orderChanged() {}
    }

    /// Nil: a connection came.
    private static func outcome(of result: consuming AcceptResult) -> Errno? {
        switch result {
        case .accepted: nil
        case .wouldBlock: .wouldBlock
        case .failed(let errno): errno
        }
    }

    @Test func `a log is cut when the lock is free, and looked at until then`() throws {
        let directory = try TemporaryDirectory()
        let state = StateDirectory(root: directory.path, runtime: directory.path)
        try state.make()
        let limit = 1 << 20
        let logs = try GenerationLogs(state, limit: limit)
        let number = try logs.descriptor(of: GenerationLogsTests.generation)
        let path = state.log(of: GenerationLogsTests.generation)
        try Files.openForAppending(path).writeAll([UInt8](repeating: 10, count: 4 * limit))
        guard let holder = try Self.holder(of: number, by: "write") else { return }
        var now = Instant(sinceBoot: .seconds(100))
        func look() throws {
            logs.handleReady(at: now)
            now = try #require(logs.nextDeadline)
            logs.expire(at: now)
        }
        try look()
        #expect(try Files.status(path).size >= 4 * limit)
        logs.append("a hook\n", to: GenerationLogsTests.generation)
        #expect(logs.nextDeadline != nil, "it is looked at again although nobody writes")
        try holder.send(.kill)
        try wait(for: "the log to be cut") {
            if logs.nextDeadline != nil { try look() }
            return try Files.status(path).size <= limit
        }
    }

    @Test func `what a generation left in its hand-over socket is not waited for`() throws {
        let place = try TemporaryDirectory()
        let sockets = HandoverSockets(
            StateDirectory(root: place.path, runtime: place.path), keeper: LaneKeeper(at: nil))
        let generation = GenerationNumber(rawValue: 1)
        try sockets.open(for: generation)
        let line = try #require(sockets.line(to: generation, version: 1))
        let ends = try Pipe().ends()
        let reading = FileDescriptor(owning: ends.reading)
        do {
            let writing = FileDescriptor(owning: ends.writing)
            let message = HandoverMessage(read: [[]])
            _ = try line.socket.sendMessage(message.bytes, descriptors: [writing.number])
        }
        let number = try #require(sockets.number(of: generation))
        guard let holder = try Self.holder(of: number, by: "receive") else { return }
        #expect(sockets.release(generation) == nil)
        try holder.send(.kill)
        var byte: [UInt8] = [0]
        try wait(for: "what was in it to be closed") { try reading.read(into: &byte) == .bytes(0) }
    }
}
