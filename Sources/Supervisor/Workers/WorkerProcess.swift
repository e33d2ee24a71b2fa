internal import DeployCore
internal import Handoff
internal import Linux

/// A worker as the master holds it: its process, and the three ways to it.
///
/// The names of its sockets stay in the runtime directory for the worker's life, so that a later master finds them.
final class WorkerProcess {
    let number: WorkerNumber
    let generation: GenerationNumber
    let slot: Slot
    let identity: ProcessIdentity
    let process: ProcessDescriptor
    /// The level of the contract that it has shown.
    var level: WorkerLevel = .plain
    /// The last STATUS= that it said.
    var statusText: String?
    /// It inherited its generation's hand-over socket.
    var hasHandover = false
    /// The version of messages up to which it has said that it takes connections there; 0: it takes none.
    var handoverVersion = 0
    /// It has said that it spares connections while users are kept out.
    var spares = false
    /// The number of the ``CertificateBundle`` that it speaks TLS with, as far as it is known.
    var bundle: Int?
    var isLeaving = false
    /// The generation that it was told to give its connections to.
    var handsOverTo: GenerationNumber?
    /// The kept connections that it was told to keep; nil: nobody knows what an earlier master has told it.
    var share: KeptShare? = .everything
    /// The socket on which it says that it is up, in einhorn's way.
    let acknowledge: AcknowledgeSocket?
    /// The processes that may speak for it, and how often.
    var voice = WorkerVoice()
    private let ear: WorkerEar
    private let scoreboard: FileDescriptorBox?
    private let controlPath: String
    private let line: LaunchLine?

    var pid: Int32 { identity.pid }

    var takesHandover: Bool { handoverVersion > 0 }

    /// The notify socket's number, lent, for epoll.
    var notifyNumber: CInt { ear.number }

    /// Takes over what `WorkerSpawn` made.
    init(
        number: WorkerNumber, generation: GenerationNumber, slot: Slot, line: LaunchLine,
        process: consuming ProcessDescriptor, notifySocket: consuming Socket, scoreboard: consuming FileDescriptor,
        controlPath: String, acknowledge: AcknowledgeSocket?
    ) {
        self.number = number
        self.generation = generation
        self.slot = slot
        identity = ProcessIdentity(pid: line.pid, startTime: ProcessStatus(of: line.pid)?.startTime ?? 0)
        self.process = process
        ear = WorkerEar(notifySocket)
        self.scoreboard = FileDescriptorBox(scoreboard)
        self.controlPath = controlPath
        self.acknowledge = acknowledge
        self.line = line
    }

    /// Takes over a worker that an earlier master started. It is not our child: its end can be seen, not its status.
    ///
    /// - Parameters:
    ///   - inherited: its notify socket, when this process was that master: nothing that it says is lost.
    ///   - board: its scoreboard, in the same case; else the worker is asked for it.
    /// - Throws: ESRCH when it is gone, or why its sockets cannot be had.
    init(
        adopting worker: DurableWorker, _ identity: ProcessIdentity, _ generation: GenerationNumber,
        _ directory: StateDirectory, owner: UInt32?, inherit: SocketProtocol,
        inherited: consuming FileDescriptor?, board: consuming FileDescriptor?
    ) throws(SystemError) {
        let process = try ProcessDescriptor(pid: identity.pid)
        // Looked at again: between the first look and the opening the pid may have become another's.
        guard identity.isPresent else {
            throw SystemError(call: "pidfd_open", errno: .noSuchProcess, subject: "pid \(identity.pid)")
        }
        let notifySocket = try Self.notifySocket(
            at: directory.notifySocket(of: worker.number), owner: owner, inherited: inherited)
        let acknowledgePath = directory.acknowledgeSocket(of: worker.number)
        try Files.unlink(acknowledgePath)
        let acknowledge = try inherit == .einhorn ? AcknowledgeSocket(at: acknowledgePath, owner: owner) : nil
        let scoreboard: FileDescriptorBox?
        if let board {
            scoreboard = FileDescriptorBox(board)
        } else {
            scoreboard = ScoreboardSearch.board(
                of: identity.pid, process, earlier: directory.scoreboard(of: worker.number))
        }
        number = worker.number
        self.generation = generation
        slot = worker.slot
        self.identity = identity
        self.process = process
        level = worker.level
        ear = WorkerEar(notifySocket)
        self.scoreboard = scoreboard
        controlPath = directory.controlSocket(of: worker.number)
        self.acknowledge = acknowledge
        line = nil
    }

    private static func notifySocket(
        at path: String, owner: UInt32?, inherited: consuming FileDescriptor?
    ) throws(SystemError) -> Socket {
        if let inherited {
            let socket = Socket(adopting: inherited)
            // (An older master may not have asked for the senders.)
            try socket.set(.passCredentials, to: true)
            WorkerSpawn.refuseDescriptors(socket)
            return socket
        }
        try Files.unlink(path)
        return try WorkerSpawn.notifySocket(at: path, owner: owner)
    }

    /// Lets the launch step become the worker.
    func launch(_ launchOrder: LaunchOrder) throws(SystemError) {
        guard let line else { throw LaunchLine.missing }
        try line.send(launchOrder)
    }

    /// The failure of the launch step; nil if it became the worker. Ask once the process has ended.
    func launchFailure() -> String? { line?.failure() }

    /// The messages on its notify socket since the last call, so many at most.
    func notifications(atMost limit: Int) -> Heard { ear.hear(identity, atMost: limit) }

    /// Tells it to finish what it has: by message where it reads messages, else by the release's signal. `line` is
    /// the way for its idle connections.
    func drain(
        signal: Signal, requests: Duration, upgrades: Duration, laneIsLive: Bool, line: HandoverLine?
    ) throws(SystemError) {
        let message = ControlMessage.drain(
            requests: requests, upgrades: upgrades, laneIsLive: laneIsLive, version: line?.version ?? 1)
        if level == .drains, tell(message, line: line) { return }
        try process.send(signal)
    }

    /// Sends it a control message; false when it could not be sent.
    func tell(_ message: ControlMessage, line: HandoverLine?) -> Bool {
        withExtendedLifetime(line) { tell(message, descriptor: line?.socket.number) }
    }

    /// Sends it a control message with a descriptor, which stays the caller's, beside it; false when it could not be sent.
    func tell(_ message: ControlMessage, descriptor: CInt?) -> Bool {
        let sent = try? Socket.datagram(.unix).sendMessage(
            message.bytes, descriptors: descriptor.map { [$0] } ?? [], to: .unix(path: controlPath))
        if case .bytes = sent { return true } else { return false }
    }

    /// Its counters; nil if it does not count. The file is read, not mapped: a worker may have cut it short.
    func counters() -> ScoreboardSnapshot? { scoreboard?.counters() }

    /// The scoreboard's descriptor, lent; nil without one.
    var scoreboardNumber: CInt? { scoreboard?.number }
}
