internal import DeployCore
internal import Handoff
internal import Linux

/// A process that holds a socket which listens at an address of ours, as the kernel tells: whether a state knows it or not.
package struct LaneHolder: Equatable, Sendable {
    /// The relation of the process to this state directory.
    package enum Kind: Equatable, Sendable {
        /// A worker of this state directory, or a process that one has started.
        case worker
        /// The keeper of this state directory's lanes.
        case keeper
        /// Not ours, as far as can be told: never to be ended by us.
        case stranger
    }

    package let pid: Int32
    /// The start time in clock ticks since boot: see ``ProcessStatus/startTime``.
    let startTime: UInt64
    /// The name of its program, as `ps` shows it.
    package let program: String
    package let kind: Kind
    /// The process that began its session, when that is ours; else itself.
    let leader: Int32
    /// The session, of which each worker has its own.
    let session: Int32
    /// The generation and the place that the master gave it; nil: it does not say.
    let generation: GenerationNumber?
    let slot: Slot?
    /// The worker that it is, or was started by.
    let worker: WorkerNumber?
    /// The environment or the control group proves that it is ours, and not only what it holds.
    let isMarked: Bool

    /// Looks at a process; nil when it has ended, or is a master on its way: one that is tried by systemd has our sockets
    /// before it has the lock.
    ///
    /// - Parameter holdsKept: whether it holds a socket that our keeper has, too.
    init?(_ pid: Int32, holdsKept: Bool, _ directory: StateDirectory) {
        guard let status = ProcessStatus(of: pid), !status.isZombie else { return nil }
        self.pid = pid
        startTime = status.startTime
        program = Self.program(of: pid)
        let own = Self.mark(of: pid, directory)
        let leads = Self.mark(of: status.session, directory)
        leader = leads.isEmpty ? pid : status.session
        let marked = own.isEmpty ? leads : own
        generation = marked[WorkerEnvironment.generation].flatMap { Int($0) }.map { GenerationNumber(rawValue: $0) }
        slot = marked[WorkerEnvironment.worker].flatMap { Int($0) }.map { number in
            let process = marked[WorkerEnvironment.process]
            return Slot(number, of: process == Manifest.Process.web ? nil : process)
        }
        worker = marked[WorkerEnvironment.notifySocket].flatMap { StateDirectory.worker(ofFile: Paths.name($0)) }
        isMarked = !marked.isEmpty || Self.isGrouped(pid, directory)
        session = status.session
        if holdsKept, !isMarked, Self.isMaster(Self.words(of: pid)) { return nil }
        if Self.isKeeper(pid, directory) {
            kind = .keeper
        } else {
            kind = holdsKept || isMarked ? .worker : .stranger
        }
    }

    /// The process is one of these, or belongs to one: by its session, or as a child.
    func belongs(to leaders: Set<Int32>) -> Bool {
        var process = pid
        while process > 1 {
            guard let status = ProcessStatus(of: process) else { return false }
            if leaders.contains(process) || leaders.contains(status.session) { return true }
            process = status.parent
        }
        return false
    }

    /// As a clause: "pid 7 (site-v1)".
    package var description: String { "pid \(pid) (\(program))" }

    private static func program(of pid: Int32) -> String {
        let name = (try? Files.read("/proc/\(pid)/comm")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return ForeignText.line(String(name.prefix { $0 != "\n" }))
    }

    /// The environment at its start. A program may have overwritten it, and only root sees that of another user's
    /// process.
    static func environment(of pid: Int32) -> [String: String] {
        guard let content = try? Files.read("/proc/\(pid)/environ") else { return [:] }
        let pairs = content.split(separator: 0).compactMap { entry -> (String, String)? in
            let parts = entry.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            return (String(decoding: parts[0], as: UTF8.self), String(decoding: parts[1], as: UTF8.self))
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// What a master of this state directory started it with: it says READY=1 to a socket that only that one makes. Empty
    /// where it was another, that of a container with the same paths included.
    private static func mark(of pid: Int32, _ directory: StateDirectory) -> [String: String] {
        let environment = environment(of: pid)
        guard let socket = environment[WorkerEnvironment.notifySocket], Paths.parent(socket) == directory.runtime,
            StateDirectory.worker(ofFile: Paths.name(socket)) != nil
        else { return [:] }
        return shares(directory, pid) ? environment : [:]
    }

    /// Whether our directory's path leads a process to the same directory. One that is removed is so for both, below a root
    /// that is the same.
    private static func shares(_ directory: StateDirectory, _ pid: Int32) -> Bool {
        let root = "/proc/\(pid)/root"
        let ours = FileIdentity(directory.runtime)
        return FileIdentity("\(root)\(directory.runtime)") == ours
            && (ours != nil || FileIdentity("\(root)/") == FileIdentity("/"))
    }

    private static func isGrouped(_ pid: Int32, _ directory: StateDirectory) -> Bool {
        guard let content = try? Files.read("/proc/\(pid)/cgroup") else { return false }
        return String(decoding: content, as: UTF8.self).contains("/\(GenerationGroups.prefix(of: directory))")
    }

    /// Whether a process was started as the keeper of this directory's lanes. It may have become another's business since:
    /// see ``OrphanKeepers``.
    static func isKeeper(_ pid: Int32, _ directory: StateDirectory) -> Bool {
        Keeper.socket(named: words(of: pid)) == directory.keeper && shares(directory, pid)
    }

    /// These are the words of a deployd that is, or may become, a master.
    static func isMaster(_ words: [String]) -> Bool {
        guard words.count > 1, Paths.name(words[0]).hasPrefix("deployd") else { return false }
        return words.dropFirst().contains("start") || words[1] == TrialRun.verb
    }

    /// The words that a process was started with; empty: it has ended, or has none.
    static func words(of pid: Int32) -> [String] {
        let content = (try? Files.read("/proc/\(pid)/cmdline")) ?? []
        return content.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
