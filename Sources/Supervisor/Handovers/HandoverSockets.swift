internal import DeployCore
internal import Handoff
internal import Linux

/// The sockets on which generations take connections from draining workers, one a generation.
///
/// The master holds each of them for as long as its generation lives, so that connections in the queue of a worker that
/// died are still there for the next one; the keeper holds them too, for the next master. Nobody but the workers reads
/// them before all workers of the generation have ended.
final class HandoverSockets {
    private final class Entry {
        let number: CInt
        var socket: HandoverQueue?
        var isRetired = false
        /// What its senders left is closed here: one that lets a close wait holds up no other generation's.
        let closing = ClosingQueue()
        /// A worker that keeps its queue from being read is waited for once.
        let calls = BoundedCalls()
        init(_ socket: consuming Socket) {
            number = socket.number
            self.socket = HandoverQueue(socket, closing)
        }
    }

    /// So many descriptors of a queue are taken out: what a full one has (net.unix.max_dgram_qlen is 512 at most places).
    private static let mostLeft = 512 * HandoverMessage.maxConnections
    /// So many are taken out at once while its workers live.
    private static let mostAtOnce = 16 * HandoverMessage.maxConnections

    /// What stands in the place of a listener's name in the hands of those who keep sockets: a listener's has no dot, and
    /// systemd takes no colon.
    static let keptName = ".handover"

    private let directory: StateDirectory
    private let keeper: LaneKeeper
    private var entries: [GenerationNumber: Entry] = [:]

    /// Opens nothing yet.
    init(_ directory: StateDirectory, keeper: LaneKeeper) {
        self.directory = directory
        self.keeper = keeper
    }

    /// Takes over what the keeper held for an earlier master, by the generation's number, and takes the names of others
    /// away.
    func recover(_ left: [Int: Socket.Box]) {
        for (number, box) in left {
            guard let socket = box.take() else { continue }
            keeper.isKept(socket.number, LaneName.make(Self.keptName, number))
            entries[GenerationNumber(rawValue: number)] = Entry(socket)
        }
        for name in (try? Files.list(directory.runtime)) ?? [] where name.hasSuffix(".handover") {
            let path = "\(directory.runtime)/\(name)"
            if !entries.keys.contains(where: { directory.handoverSocket(of: $0) == path }) { try? Files.unlink(path) }
        }
    }

    /// Opens a generation's socket.
    func open(for generation: GenerationNumber) throws(SystemError) {
        let path = directory.handoverSocket(of: generation)
        try Files.unlink(path)
        let socket = try Socket.datagram(.unix)
        try socket.bind(path: path, mode: 0o600)
        keeper.keep(socket.number, LaneName.make(Self.keptName, generation.rawValue))
        entries[generation] = Entry(socket)
    }

    /// A generation's socket, lent; nil without one.
    func number(of generation: GenerationNumber) -> CInt? { entries[generation]?.number }

    /// Whether connections wait to be taken by a generation's workers.
    func hasWaiting(_ generation: GenerationNumber) -> Bool { entries[generation]?.socket?.hasWaiting == true }

    /// The way to a generation's socket; nil when nothing may be sent there any more.
    ///
    /// - Parameter version: what its readers take.
    func line(to generation: GenerationNumber, version: Int) -> HandoverLine? {
        guard let entry = entries[generation], !entry.isRetired else { return nil }
        return try? HandoverLine(to: directory.handoverSocket(of: generation), version: version)
    }

    /// Lets nothing more in: who sends gets EPIPE from now on, and still has what it wanted to send. What is in the
    /// queue stays there. False when that was done before.
    func retire(_ generation: GenerationNumber) -> Bool {
        guard let entry = entries[generation], !entry.isRetired else { return false }
        entry.isRetired = true
        do { try entry.socket?.shutDown() } catch {
            StandardError.line("deployd: \(directory.handoverSocket(of: generation)): \(error)")
        }
        return true
    }

    /// Whether nothing may be sent to a generation's socket any more.
    func isRetired(_ generation: GenerationNumber) -> Bool { entries[generation]?.isRetired ?? true }

    /// Takes out what waits in a generation's queue now: the descriptors are the taker's. Nil when nothing does, or when a
    /// worker keeps the queue from being read.
    func takeOut(_ generation: GenerationNumber) -> Leavings? {
        guard let entry = entries[generation], (try? Poll.readable(entry.number, timeout: .zero)) == true else {
            return nil
        }
        return takeOut(of: entry, atMost: Self.mostAtOnce)
    }

    private func takeOut(of entry: Entry, atMost limit: Int) -> Leavings? {
        guard let socket = entry.socket else { return nil }
        let closing = entry.closing
        let messages = entry.calls.call({ socket.drain(atMost: limit) }) { messages in
            for message in messages { closing.close(message.descriptors) }
        }
        return messages.map { Leavings(messages: $0, closing: closing) }
    }

    /// What a generation's workers have left in its queue, and where those of the descriptors are closed that nobody takes.
    struct Leavings {
        var messages: [ReceivedMessage] = []
        let closing: ClosingQueue
    }

    /// Gives a generation's socket up, retired first, and returns what its workers have left in the queue: the
    /// descriptors are the taker's. Nil when it had none, or when one of them keeps the queue from being read: then what is
    /// in it is closed as soon as it can be.
    func release(_ generation: GenerationNumber) -> Leavings? {
        _ = retire(generation)
        guard let entry = entries.removeValue(forKey: generation), entry.socket != nil else { return nil }
        keeper.forget(LaneName.make(Self.keptName, generation.rawValue))
        try? Files.unlink(directory.handoverSocket(of: generation))
        defer { entry.socket = nil }
        return takeOut(of: entry, atMost: Self.mostLeft)
    }
}
