internal import DeployCore
internal import Handoff
internal import Linux

/// The making of a worker: its sockets, its scoreboard, its log, and the launch step as its process.
struct WorkerSpawn {
    let directory: StateDirectory
    /// Lanes in the order of the listeners, lent.
    let lanes: [CInt]
    /// The generation's log, lent.
    let log: CInt
    /// The generation's hand-over socket, lent; nil when it has none.
    let handover: CInt?
    /// What it speaks TLS with; nil: it speaks none.
    let bundle: CertificateBundle?
    /// The user that must be able to write to the notify socket; nil: the master's own.
    let owner: UInt32?
    let inherit: SocketProtocol
    /// What it reads as its standard input, lent; nil: nothing, or a lane.
    var input: CInt?

    /// Descriptors as the worker will have them: the lanes from 3 on, then these.
    struct Layout {
        let control: CInt
        let scoreboard: CInt
        let handover: CInt
        let tls: CInt
        let order: CInt

        init(lanes: Int) {
            control = Handoff.WorkerEnvironment.firstListener + CInt(lanes)
            scoreboard = control + 1
            handover = control + 2
            tls = control + 3
            order = control + 4
        }
    }

    /// Starts the launch step, which waits for its order.
    func start(_ number: WorkerNumber, _ generation: GenerationNumber, slot: Slot) throws(SystemError) -> WorkerProcess
    {
        do { return try make(number, generation, slot) } catch {
            directory.forget(number)
            throw error
        }
    }

    private func make(
        _ number: WorkerNumber, _ generation: GenerationNumber, _ slot: Slot
    ) throws(SystemError) -> WorkerProcess {
        directory.forget(number)
        let notify = try Self.notifySocket(at: directory.notifySocket(of: number), owner: owner)
        let control = try Self.bound(directory.controlSocket(of: number), owner: nil)
        let board = try FileDescriptor.sealedMemory(Scoreboard.memoryName, byteCount: Scoreboard.byteCount)
        let acknowledge =
            try inherit == .einhorn
            ? AcknowledgeSocket(at: directory.acknowledgeSocket(of: number), owner: owner) : nil
        let null = try Files.openNull()

        let layout = Layout(lanes: lanes.count)
        let input = input ?? (inherit == .stdin ? lanes.first ?? null.number : null.number)
        var inherited: [(source: CInt, target: CInt)] = [(input, 0), (log, 1), (log, 2)]
        inherited += lanes.enumerated().map { ($1, Handoff.WorkerEnvironment.firstListener + CInt($0)) }
        inherited += [(control.number, layout.control), (board.number, layout.scoreboard)]
        if let handover { inherited.append((handover, layout.handover)) }
        if let bundle { inherited.append((bundle.descriptor, layout.tls)) }
        let line = try LaunchLine(starting: inherited, number: layout.order)
        // Until it is reaped the pid is the child's, so this cannot be another process.
        let process = try ProcessDescriptor(pid: line.pid)
        let worker = WorkerProcess(
            number: number, generation: generation, slot: slot, line: line, process: process, notifySocket: notify,
            scoreboard: board, controlPath: directory.controlSocket(of: number), acknowledge: acknowledge)
        worker.hasHandover = handover != nil
        worker.bundle = bundle?.number
        return worker
    }

    /// The socket on which a worker is heard, with the sender of each message.
    static func notifySocket(at path: String, owner: UInt32?) throws(SystemError) -> Socket {
        let socket = try Socket.datagram(.unix)
        try socket.set(.passCredentials, to: true)
        refuseDescriptors(socket)
        try bind(socket, to: path, owner: owner)
        return socket
    }

    /// Lets nobody send descriptors to it: closing one can take as long as its sender likes (SO_LINGER). A kernel before
    /// Linux 6.16 knows no way to. Whoever is accepted from a listening socket inherits it.
    static func refuseDescriptors(_ socket: borrowing Socket) { try? socket.set(.passDescriptors, to: false) }

    /// A datagram socket at a path; `owner` (nil: the master alone) may write to it.
    static func bound(_ path: String, owner: UInt32?) throws(SystemError) -> Socket {
        let socket = try Socket.datagram(.unix)
        try bind(socket, to: path, owner: owner)
        return socket
    }

    /// Binds a socket to a path; `owner` (nil: the master alone) may use it.
    static func bind(_ socket: borrowing Socket, to path: String, owner: UInt32?) throws(SystemError) {
        try socket.bind(path: path, mode: 0o600)
        if let owner { try Files.setOwner(path, uid: owner, gid: nil, of: .socket) }
    }
}
