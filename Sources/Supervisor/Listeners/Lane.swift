internal import DeployCore
internal import Linux
internal import Synchronization

/// One listening socket of a listener. The master keeps it open for as long as a connection could still enter it.
final class Lane {
    let number: LaneNumber
    let socket: Socket
    /// Whether a process that is not trusted has it, or had: it may hold the kernel's lock of the socket at any moment, and for
    /// as long as it likes. All calls that take that lock go through here (`perform`).
    var isLent = false
    private let calls = BoundedCalls()
    /// Connections that were accepted when nobody waited for that any longer.
    private let late = LateConnections()
    /// Where a probe connects to enter this lane and no other: the listener's address (with steering), or a name of the
    /// lane's own.
    let address: SocketAddress
    /// The socket's number in the kernel's lists.
    let inode: UInt64?
    /// Set while the master watches it.
    var watch: LaneWatch?
    /// Connections that the kernel keeps, from the next `listen` on.
    var backlog: Int

    /// Takes a bound socket over.
    init(_ number: LaneNumber, _ socket: consuming Socket, address: SocketAddress, backlog: Int) {
        self.number = number
        inode = (try? socket.descriptor.status())?.inode
        self.socket = socket
        self.address = address
        self.backlog = backlog
    }

    /// Whether somebody holds the socket's lock: nothing can be done with it until he lets go.
    var isHeldUp: Bool { calls.isHeldUp }

    /// Makes a call that takes the socket's lock; EBUSY: somebody holds that.
    private func perform(
        _ body: @escaping @Sendable (borrowing Socket) throws(SystemError) -> Void
    ) throws(SystemError) {
        guard isLent else { return try body(socket) }
        let own = try SocketCopy(of: socket)
        let answer = calls.call { () -> SystemError? in
            do throws(SystemError) { try body(own.socket) } catch { return error }
            return nil
        }
        guard let answer else { throw SystemError(call: "lock", errno: .busy, subject: address.description) }
        if let failure = answer { throw failure }
    }

    /// Begins to listen, again after a worker's `shutdown`, or with the backlog that a worker changed.
    func listen() throws(SystemError) {
        let backlog = backlog
        try perform { (socket) throws(SystemError) in try socket.listen(backlog: backlog) }
    }

    /// Takes it out of service for all who hold it.
    func shutDown() throws(SystemError) {
        try perform { (socket) throws(SystemError) in
            do throws(SystemError) { try socket.shutdown(.both) } catch {
                // It was out of service.
                if error.errno != .notConnected { throw error }
            }
        }
    }

    /// See ``Socket/letOthersBind()``.
    func letOthersBind() throws(SystemError) {
        try perform { (socket) throws(SystemError) in try socket.letOthersBind() }
    }

    /// See ``Socket/disown()``.
    func disown() throws(SystemError) { try perform { (socket) throws(SystemError) in try socket.disown() } }

    /// See ``Socket/unbindDevice()``.
    func unbindDevice() throws(SystemError) {
        try perform { (socket) throws(SystemError) in try socket.unbindDevice() }
    }

    /// Whether the programs that are about to have it wait in `accept` itself. It may have been another generation's before.
    func setBlocking(_ isBlocking: Bool) throws(SystemError) {
        try socket.descriptor.setNonBlocking(!isBlocking)
    }

    /// Takes the next connection, without ever waiting for one: workers may let the socket block, at any moment. EBUSY: one
    /// of them holds its lock, or plays with that flag.
    func accept() -> AcceptResult {
        if let number = late.next() { return .accepted(Socket(adopting: FileDescriptor(owning: number))) }
        do throws(SystemError) {
            try socket.descriptor.setNonBlocking(true)
            guard isLent else { return socket.accept() }
            let (own, late) = (try SocketCopy(of: socket), late)
            return Accepted(calls.call({ own.accept() }, late: { late.add($0) })).result
        } catch {
            return .failed(error.errno)
        }
    }

    /// Takes out what waits, up to so many in all; false: somebody may still wait there.
    func empty(into taken: inout [Socket.Box], atMost limit: Int) -> Bool {
        while taken.count < limit {
            switch accept() {
            case .accepted(let connection): taken.append(Socket.Box(connection))
            case .wouldBlock: return !mayHaveLate
            // It was shut down, with all that was in it.
            case .failed(let errno): return errno == .invalid
            }
        }
        return false
    }

    /// Whether somebody may have been accepted late, or may be yet: `accept` has to be asked again, whatever epoll says.
    var mayHaveLate: Bool { calls.isHeldUp || !late.isEmpty }

    /// Whether it can be connected to. A worker's `shutdown` ends that for a TCP socket; it cannot be undone for a unix
    /// socket, whose option keeps its value. (The kernel takes no lock for it.)
    var isListening: Bool { (try? socket.isListening()) ?? false }

    /// Whether somebody who holds it has bound it to a network device: see ``Socket/boundDevice()``.
    var isAstray: Bool { address.family != .unix && ((try? socket.boundDevice()) ?? 0) != 0 }

    /// Connections that wait to be accepted. Of a unix lane the kernel tells no more than that there are some.
    var acceptQueue: Int {
        switch address.family {
        case .v4, .v6: info?.acceptQueue ?? 0
        case .unix: (try? Poll.readable(socket.number, timeout: .zero)) == true ? 1 : 0
        }
    }

    /// Whether somebody may wait in its queue: also when that cannot be told.
    var mayHaveWaiting: Bool { address.family == .unix ? acceptQueue > 0 : (info?.acceptQueue ?? 1) > 0 }

    /// Length and limit of the queue, for `status`; nil: a unix lane has none, or somebody holds the socket's lock. (While it
    /// listens the kernel takes none for that; a worker may shut it down at any moment.)
    var info: ListenerInfo? {
        guard address.family != .unix else { return nil }
        guard isLent else { return try? socket.listenerInfo() }
        guard let own = try? SocketCopy(of: socket) else { return nil }
        return calls.call { try? own.socket.listenerInfo() } ?? nil
    }
}

extension SocketCopy {
    fileprivate func accept() -> Accepted {
        switch socket.acceptUnlessInterrupted() {
        case .accepted(let connection): .connection(connection.release().release())
        case .wouldBlock: .nobody
        case .failed(let errno): .failure(errno)
        }
    }
}

/// What an `accept` on another thread came to; who has it owns the descriptor.
private enum Accepted: Sendable {
    case connection(CInt)
    case nobody
    case failure(Errno)

    /// Nil: it has not come back.
    init(_ answer: Accepted?) { self = answer ?? .failure(.busy) }

    var result: AcceptResult {
        switch self {
        case .connection(let number): .accepted(Socket(adopting: FileDescriptor(owning: number)))
        case .nobody: .wouldBlock
        case .failure(let errno): .failed(errno)
        }
    }
}

/// Connections that were accepted late; those that nobody takes are closed with it.
private final class LateConnections: Sendable {
    private let numbers = Mutex<[CInt]>([])

    func add(_ accepted: Accepted) {
        if case .connection(let number) = accepted { numbers.withLock { $0.append(number) } }
    }

    var isEmpty: Bool { numbers.withLock(\.isEmpty) }

    func next() -> CInt? { numbers.withLock { $0.popLast() } }

    deinit { while let number = next() { _ = FileDescriptor(owning: number) } }
}

/// What a lane is to those who watch it.
enum LaneState: Equatable {
    /// A generation's, which accepts from it.
    case generation(GenerationNumber)
    /// Of a generation that is gone.
    case retired
    /// Nobody's. Connections come here while nobody serves, and when somebody has tampered with steering.
    case fresh
}

/// How the master watches a lane.
struct LaneWatch {
    let token: Token
    var interest: Epoll.Interest
}
