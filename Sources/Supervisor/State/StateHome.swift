internal import DeployCore
internal import Linux

/// The place where a state was written, so that a copy elsewhere is not taken for that place's own.
struct StateHome: Codable, Equatable, Sendable {
    /// The state directory, absolute.
    let path: String
    /// Which directory that was; nil: it could not be told.
    let directory: DirectoryIdentity?

    init(path: String, directory: DirectoryIdentity?) {
        self.path = path
        self.directory = directory
    }

    /// A state directory as it is now.
    init(_ path: String) { self.init(path: path, directory: Self.directory(at: path)) }

    /// Which directory a path leads to, by whatever links.
    static func directory(at path: String) -> DirectoryIdentity? {
        DirectoryIdentity(at: (try? Files.realPath(path)) ?? path)
    }
}

/// Whose state it is that lies in a state directory.
enum StateOrigin: Equatable {
    /// It was written here, or in the same directory before that was moved, or is a backup of that; or it does not say
    /// where it was written.
    case own
    /// It is a copy of another directory's, of which nothing lives: its processes were never this directory's.
    case abandoned
    /// It is a copy of another directory's, of which something lives.
    case another(CopiedState)
}

extension SavedState {
    /// Whose state it is, when it was found in this directory.
    func origin(in directory: StateDirectory) -> StateOrigin {
        guard let home else { return .own }
        let here = StateHome.directory(at: directory.root)
        if home.path == directory.root {
            // A backup that was put back is its own; a copy that took the path of one whose master runs on is not.
            guard isOfThisBoot, let here, let there = home.directory, here != there,
                let master = LockHolder.elsewhere(directory.lock)
            else { return .own }
            return .another(
                CopiedState(directory: directory.root, original: home.path, master: master, processes: self.processes))
        }
        // Two paths may lead to one directory.
        if here != nil, here == StateHome.directory(at: home.path) { return .own }
        let master = LockHolder.find(stateDirectory: home.path)
        let processes = isOfThisBoot ? self.processes : []
        // One that was moved as a whole is what it was, whoever is at the old place by now; but while a master runs that has
        // made its names anew there, what lives is that one's.
        if here != nil, here == home.directory, master == nil || processes.isEmpty { return .own }
        if master == nil, processes.isEmpty { return .abandoned }
        return .another(
            CopiedState(directory: directory.root, original: home.path, master: master, processes: processes))
    }

    /// The processes that it names and that live.
    private var processes: [Int32] {
        let hook = machine.deployment?.hook?.process.flatMap { $0.isPresent ? $0.pid : nil }
        return PreviousMaster(self).survivors.compactMap { $0.worker.process?.pid } + [hook].compactMap { $0 }
    }

    /// The part of another directory's state that counts: the numbers, as of one from an earlier boot.
    var disowned: SavedState {
        var state = self
        state.boot = "another directory's"
        state.addresses = nil
        state.leaving = nil
        state.jobs = nil
        state.machine.deployment = nil
        state.machine.unrecorded = []
        return state
    }
}

/// A state directory that was copied from that of a site which runs: whoever went on with it would take over the other's
/// workers.
package struct CopiedState: Equatable, Sendable {
    /// The directory of the copy.
    let directory: String
    /// The state directory that it was copied from.
    let original: String
    /// The master of that one; nil: none runs, or none that can be seen.
    let master: Int32?
    /// The workers of that one which live.
    let processes: [Int32]

    init(directory: String, original: String, master: Int32?, processes: [Int32]) {
        self.directory = directory
        self.original = original
        self.master = master
        self.processes = processes
    }

    /// Looks whether a configuration's state directory is such a copy; nil: it is not, or nothing of the other one lives.
    package init?(of configuration: Configuration) { self.init(in: StateDirectory(configuration)) }

    /// The same for a state directory.
    init?(in directory: StateDirectory) {
        guard let saved = try? StateFile(path: directory.stateFile).read(),
            case .another(let copy) = saved.origin(in: directory)
        else { return nil }
        self = copy
    }

    /// The original, as it stands after "found".
    private var found: String {
        let pids = processes.map { "\($0)" }.joined(separator: ", ")
        let who = master.map { "master (pid \($0)) runs" } ?? "workers (pid \(pids)) serve on"
        if original == directory { return "a copy of what was at this path before, whose \(who) where that is now" }
        return "a copy of \(original), whose \(who)"
    }

    /// A remedy, as a clause without an end.
    package var advice: String {
        let end = "`kill " + (master.map { [$0] } ?? processes).map { "\($0)" }.joined(separator: " ") + "`"
        if original == directory {
            return "put back the directory that was here, or first end that master, with all that it serves: \(end)"
        }
        let remedy =
            "`mv \(ShellWord.quoted(directory)) \(ShellWord.quoted("\(directory).copy"))` (it holds no release), and see "
            + "that `listen` in deployd.json names addresses of its own"
        guard master == nil, Files.kind(original) == nil else { return remedy }
        return "put \(original) back, or end them first: \(end)"
    }

    /// The same as a mistake of the site's.
    var problem: Problem {
        Problem(file: directory, found: found, expected: "this site's own state, or none", advice: advice)
    }
}

extension CopiedState: CustomStringConvertible {
    /// The origin of the state, as a clause without an end.
    package var description: String { "the state in \(directory) is \(found)" }
}
