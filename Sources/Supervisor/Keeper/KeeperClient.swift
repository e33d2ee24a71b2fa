internal import Handoff
internal import Linux

/// The master's line to the keeper.
final class KeeperClient {
    /// The time that a starting master waits for the keeper's answer.
    private static let patience = Duration.seconds(5)

    private let socket: Socket
    /// The keeper's process, when this master started it.
    let process: HelperProcess?

    /// The connection's number, lent, for epoll: it is readable when the keeper is gone.
    var number: CInt { socket.number }

    private init(_ socket: consuming Socket, process: HelperProcess?) {
        self.socket = socket
        self.process = process
        // Its answers then say who it is: as its peer the kernel names the master that made its listening socket.
        try? self.socket.set(.passCredentials, to: true)
    }

    /// A keeper that an earlier master left; nil when there is none.
    static func find(at path: String) -> KeeperClient? {
        guard let socket = try? Socket(.sequencedPackets, .unix), (try? socket.connect(.unix(path: path))) != nil else {
            return nil
        }
        return KeeperClient(socket, process: nil)
    }

    /// Starts a keeper, which listens at `path`, in the place of one that may listen there.
    static func start(at path: String) throws(SystemError) -> KeeperClient {
        let (client, draft) = try startBeside(path)
        try Files.rename(draft, to: path)
        return client
    }

    /// Starts a keeper that nobody finds yet: it does when `draft` is moved to `path`.
    static func startBeside(_ path: String) throws(SystemError) -> (client: KeeperClient, draft: String) {
        // Not longer than the path itself, whose length the kernel limits.
        let draft = "\(path.dropLast(2))~"
        try Files.unlink(draft)
        let listener = try Socket(.sequencedPackets, .unix)
        try listener.bind(path: draft, mode: 0o600)
        try listener.listen(backlog: 4)
        let process = try HelperProcess(
            SpawnRequest(
                executable: "/proc/self/exe",
                arguments: ["deployd", Keeper.verb, "3", path] + ServiceWatch.arguments(),
                environment: ThisProcess.environment(),
                descriptors: [(listener.number, 3), (2, 2)]))
        let socket = try Socket(.sequencedPackets, .unix)
        _ = try socket.connect(.unix(path: draft))
        return (KeeperClient(socket, process: process), draft)
    }

    /// Has a descriptor kept under a name. It stays the caller's.
    func store(_ descriptor: CInt, _ name: String) throws(SystemError) {
        try send([("STORE", name)], [descriptor])
    }

    /// Has a descriptor let go.
    func forget(_ name: String) { try? send([("FORGET", name)]) }

    func quit() { try? send([("QUIT", "1")]) }

    /// All that is kept, in the order of storing, the version of the keeper, and its process, which is 0 out of our sight. It
    /// blocks until the keeper has answered.
    func list() throws(SystemError) -> (kept: [(name: String, socket: Socket.Box)], version: String, pid: Int32) {
        try send([("LIST", "1")])
        var kept: [(name: String, socket: Socket.Box)] = []
        while true {
            guard try Poll.readable(socket.number, timeout: Self.patience),
                let message = try socket.receiveMessage(maxDescriptors: 1), !message.bytes.isEmpty
            else { throw SystemError(call: "recvmsg", errno: .timedOut, subject: "the keeper of the lanes") }
            let fields = Fields(parsing: message.bytes)
            if let version = fields["END"] { return (kept, version, message.sender?.pid ?? 0) }
            guard let name = fields["NAME"], let number = message.descriptors.first else { continue }
            kept.append((name, Socket.Box(Socket(adopting: FileDescriptor(owning: number)))))
        }
    }

    /// The inodes of what the keeper at a path holds: whoever else holds one of these got it from deployd. None where there
    /// is no keeper.
    static func inodes(at path: String) -> Set<UInt64> {
        Set(((try? find(at: path)?.list())?.kept ?? []).compactMap(\.socket.inode))
    }

    private func send(_ fields: [(key: String, value: String)], _ descriptors: [CInt] = []) throws(SystemError) {
        guard case .bytes = try socket.sendMessage(Fields(fields).bytes, descriptors: descriptors) else {
            throw SystemError(call: "sendmsg", errno: .wouldBlock, subject: "the keeper of the lanes")
        }
    }
}

extension Socket {
    /// A socket that stands in a collection until somebody takes it.
    final class Box {
        private var socket: Socket?
        init(_ socket: consuming Socket) { self.socket = consume socket }

        /// Gives the socket away, once.
        func take() -> Socket? {
            let taken = socket.take()
            return taken
        }

        /// The socket's number in the kernel's lists; nil when it was given away.
        var inode: UInt64? {
            guard let held = socket.take() else { return nil }
            let number = (try? held.descriptor.status())?.inode
            socket = consume held
            return number
        }

        /// Nil if the socket was given away, or has no such option.
        func isOn(_ option: SocketOption) -> Bool? {
            guard let held = socket.take() else { return nil }
            let isOn = try? held.isOn(option)
            socket = consume held
            return isOn
        }

        /// Where it is bound; nil: it was given away, or somebody holds its lock.
        var localAddress: SocketAddress? {
            guard let held = socket.take() else { return nil }
            let address = held.localAddressUnlessHeld()
            socket = consume held
            return address
        }

        /// The socket was given away, or closed.
        var isEmpty: Bool { socket == nil }

        /// Closes it, unless it was given away.
        func close() { socket = nil }
    }
}
