internal import DeployCore
internal import Handoff
internal import Linux

/// The sockets of kinds of processes beside the web workers: one a kind and generation.
///
/// A socket that the processes inherit is held by the master for as long as their generation lives, so that connections
/// wait in its queue while a process that died is replaced; the keeper holds it too, for the next master. For a program
/// that makes its socket itself there is a directory that its user may write to.
final class ProcessSockets {
    private final class Entry {
        let socket: Socket
        init(_ socket: consuming Socket) { self.socket = socket }
    }

    /// A kind in a generation.
    struct Place: Hashable {
        let process: String
        let generation: GenerationNumber
    }

    /// Prefixed to a kind's name in the keeper and in systemd's store: a listener's name has no dot.
    static let keptPrefix = ".process."

    private let directory: StateDirectory
    private let keeper: LaneKeeper
    private var entries: [Place: Entry] = [:]
    /// Directories whose generation is gone, with whatever its processes made in them: to be removed by somebody who may
    /// take his time.
    private(set) var condemned: [String] = []

    init(_ directory: StateDirectory, keeper: LaneKeeper) {
        self.directory = directory
        self.keeper = keeper
    }

    /// Those of the sockets that an earlier master left, by their kept names; the others stay.
    static func take(from left: inout [String: [Int: Socket.Box]]) -> [String: [Int: Socket.Box]] {
        let own = left.filter { $0.key.hasPrefix(keptPrefix) }
        for name in own.keys { left[name] = nil }
        return own
    }

    /// Takes over what the keeper held for an earlier master, and takes the names of others away.
    ///
    /// - Parameter left: the sockets, by the generation's number and the name under which they were kept. Those of
    ///   generations that are not `living` are closed.
    func recover(_ left: [String: [Int: Socket.Box]], living: Set<GenerationNumber>) {
        for (name, sockets) in left {
            let process = String(name.dropFirst(Self.keptPrefix.count))
            for (number, box) in sockets {
                let place = Place(process: process, generation: GenerationNumber(rawValue: number))
                guard living.contains(place.generation) else { box.close(); continue }
                guard let socket = box.take() else { continue }
                keeper.isKept(socket.number, Self.keptName(place))
                entries[place] = Entry(socket)
            }
        }
        for name in (try? Files.list(directory.runtime)) ?? [] {
            guard let generation = StateDirectory.generation(ofProcessFile: name), !living.contains(generation) else {
                continue
            }
            discard("\(directory.runtime)/\(name)")
        }
    }

    /// Removes a socket, or a directory that is empty; another directory is condemned.
    private func discard(_ path: String) {
        if (try? Files.removeOne(path)) == nil { condemned.append(path) }
    }

    /// Gives away the paths that are to be removed.
    func takeCondemned() -> [String] {
        defer { condemned = [] }
        return condemned
    }

    /// Opens what the kinds of a generation need, and gives each that asks for one a port, which is none of `taken`.
    ///
    /// - Parameter owner: the user who must be able to connect, and to make sockets; nil: the master's own.
    func open(
        _ processes: inout [RunnableProcess], for generation: GenerationNumber, owner: UInt32?, taken: Set<UInt16>
    ) throws(SystemError) {
        var taken = taken
        for index in processes.indices {
            let place = Place(process: processes[index].name, generation: generation)
            switch processes[index].socket {
            case .listen: try listen(place, owner: owner, isBlocking: processes[index].inherit.wantsBlocking)
            case .path: try makeDirectory(place, owner: owner)
            case .port:
                let port = try Self.freePort(besides: taken)
                taken.insert(port)
                processes[index].port = port
            case .nowhere: break
            }
        }
    }

    private func listen(_ place: Place, owner: UInt32?, isBlocking: Bool) throws(SystemError) {
        guard let path = directory.processSocket(place.process, of: place.generation, .listen) else { return }
        try Files.unlink(path)
        let socket = try Socket.stream(.unix)
        try WorkerSpawn.bind(socket, to: path, owner: owner)
        keeper.keep(socket.number, Self.keptName(place))
        try socket.listen(backlog: Defaults.backlog)
        if isBlocking { try socket.descriptor.setNonBlocking(false) }
        entries[place] = Entry(socket)
    }

    private func makeDirectory(_ place: Place, owner: UInt32?) throws(SystemError) {
        let path = directory.processDirectory(place.process, of: place.generation)
        try Files.removeTree(path)
        try Files.makeDirectory(path, mode: 0o700)
        if let owner { try Files.setOwner(path, uid: owner, gid: nil, of: .directory) }
    }

    /// A port on which nobody listens now. Somebody else may take it before its process does: then the boot fails.
    private static func freePort(besides taken: Set<UInt16>) throws(SystemError) -> UInt16 {
        while true {
            let socket = try Socket.stream(.v4)
            try socket.bind(.v4(.loopback, port: 0))
            if let port = try socket.localAddress().port, !taken.contains(port) { return port }
        }
    }

    /// The socket that a kind of a generation inherits, lent; nil when there is none.
    func number(of process: String, in generation: GenerationNumber) -> CInt? {
        entries[Place(process: process, generation: generation)]?.socket.number
    }

    /// Takes away what a process that made its socket itself and has died left at its path.
    func clear(_ process: String, in generation: GenerationNumber) {
        guard let path = directory.processSocket(process, of: generation, .path) else { return }
        try? Files.unlink(path)
    }

    /// Gives a generation's sockets up: no process of it is left.
    func release(_ generation: GenerationNumber) {
        for place in entries.keys where place.generation == generation {
            entries[place] = nil
            keeper.forget(Self.keptName(place))
        }
        for name in (try? Files.list(directory.runtime)) ?? []
        where StateDirectory.generation(ofProcessFile: name) == generation {
            discard("\(directory.runtime)/\(name)")
        }
    }

    private static func keptName(_ place: Place) -> String { keptName(place.process, place.generation) }

    /// The name of a kind's socket in the keeper and in systemd's store.
    static func keptName(_ process: String, _ generation: GenerationNumber) -> String {
        LaneName.make(keptPrefix + process, generation.rawValue)
    }
}
