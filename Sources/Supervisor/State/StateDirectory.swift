package import DeployCore
package import Linux

/// Where the master keeps what must outlive it, and the sockets by which workers and commands reach it.
package struct StateDirectory: Equatable, Sendable {
    /// State file, history and logs: absolute.
    package let root: String
    /// Sockets and scoreboards, which need not survive a boot: absolute.
    package let runtime: String

    /// The places that a configuration means.
    init(_ configuration: Configuration) {
        self.init(root: configuration.stateDirectory, runtime: configuration.runtimeDirectory)
    }

    /// Names the places; makes nothing.
    package init(root: String, runtime: String) {
        self.root = root
        self.runtime = runtime
    }

    /// The lock that the one master of this directory holds.
    package var lock: String { "\(root)/lock" }
    /// What the master knows of its generations and workers.
    package var stateFile: String { "\(root)/state.json" }
    /// One line a deploy.
    package var history: String { "\(root)/history.jsonl" }
    /// Where the generations' output is.
    package var logs: String { "\(root)/logs" }

    package var control: String { ControlSocketFile.path(in: root) }

    /// The output of a generation's web workers, or of another kind of its processes.
    package func log(of generation: GenerationNumber, process: String? = nil) -> String {
        log(LogName(generation, process))
    }

    /// The file of a log.
    package func log(_ name: LogName) -> String { "\(logs)/\(name.file)" }

    /// What a hook of the generation prints, while it runs: a file in a directory of its own. Who keeps the file's lock keeps
    /// that of its directory too, where somebody wants to remove it: that must not be the logs'.
    func hookOutput(_ hook: HookKind, of generation: GenerationNumber) -> String {
        "\(logs)/\(generation).\(hook.rawValue)/output"
    }

    /// What a test of the generation prints, while it runs; each has another.
    func testOutput(of generation: GenerationNumber, at moment: Instant) -> String {
        "\(logs)/\(generation).test-\(moment.sinceBoot.microseconds)/output"
    }

    /// Whether a name among the logs is that of such a directory. (In earlier versions it was the file itself.)
    func isCommandOutput(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, Int(parts[0]) != nil else { return false }
        return HookKind.allCases.contains { $0.rawValue == parts[1] } || parts[1] == "test"
            || parts[1].hasPrefix("test-")
    }

    /// Is there from the moment when a run of a kind with a schedule has begun.
    func runMark(_ process: String) -> String { "\(runtime)/r-\(process).begun" }

    /// Where a worker says READY=1.
    func notifySocket(of worker: WorkerNumber) -> String { "\(runtime)/w\(worker).notify" }

    /// Where a worker of the einhorn protocol says that it is up.
    func acknowledgeSocket(of worker: WorkerNumber) -> String { "\(runtime)/w\(worker).einhorn" }

    /// Where a worker hears DRAIN.
    func controlSocket(of worker: WorkerNumber) -> String { "\(runtime)/w\(worker).control" }

    /// Where a worker of an earlier version counts.
    func scoreboard(of worker: WorkerNumber) -> String { "\(runtime)/w\(worker).board" }

    /// Is there from the moment when lanes turn out to be lost with their keeper until a state is saved that knows it.
    var lostLanes: String { "\(runtime)/lanes-lost" }

    /// Where the keeper of the lanes listens.
    var keeper: String { "\(runtime)/keeper.sock" }

    /// The longest name that a socket in here can come to, by numbers that no server ever reaches.
    var longestSocket: String {
        let worker = WorkerNumber(rawValue: 999_999_999)
        return [controlSocket(of: worker), acknowledgeSocket(of: worker), keeper, control].max {
            $0.utf8.count < $1.utf8.count
        } ?? control
    }

    /// The longer of the two directories: the one that `longestSocket` is about.
    var longerPath: String { longestSocket.hasPrefix("\(runtime)/") ? runtime : root }

    /// The worker whose socket or scoreboard has this name; nil for any other file.
    static func worker(ofFile name: String) -> WorkerNumber? {
        let parts = name.split(separator: ".")
        let kinds = ["notify", "control", "board", "einhorn"]
        guard parts.count == 2, parts[0].first == "w", kinds.contains(String(parts[1])) else { return nil }
        return Int(parts[0].dropFirst()).map { WorkerNumber(rawValue: $0) }
    }

    /// Where connections of draining workers arrive for a generation.
    func handoverSocket(of generation: GenerationNumber) -> String { "\(runtime)/g\(generation).handover" }

    /// Where the processes of a kind are reached in a generation; nil: at a port, or nowhere.
    func processSocket(
        _ process: String, of generation: GenerationNumber, _ rule: Manifest.Process.SocketRule
    ) -> String? {
        switch rule {
        case .listen: "\(runtime)/g\(generation)-\(process).sock"
        case .path: "\(processDirectory(process, of: generation))/\(process).sock"
        case .port, .nowhere: nil
        }
    }

    /// Where a process may make its socket itself.
    func processDirectory(_ process: String, of generation: GenerationNumber) -> String {
        "\(runtime)/g\(generation)-\(process)"
    }

    /// The generation whose process has this socket or directory; nil for any other file.
    static func generation(ofProcessFile name: String) -> GenerationNumber? {
        guard name.first == "g", let dash = name.firstIndex(of: "-") else { return nil }
        let number = name[..<dash].dropFirst()
        guard !number.isEmpty, number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(number).map { GenerationNumber(rawValue: $0) }
    }

    /// Makes the directories. Others may pass through, since workers of another user must reach their sockets; what is
    /// in them has modes of its own.
    ///
    /// - Returns: those that were not there before, the innermost first.
    @discardableResult
    package func make() throws(SystemError) -> [String] {
        let missing = [root, runtime, logs].flatMap(Paths.ancestry).filter { Files.kind($0) == nil }.uniqued()
        for directory in [root, runtime] where Files.kind(directory) != .directory {
            try Files.makeDirectory(directory, mode: 0o711)
        }
        try Files.makeDirectory(logs, mode: 0o750)
        return missing.reversed()
    }

    /// Takes away what a start that failed has made: these directories, with nothing in them but what is made first of all.
    func unmake(_ made: [String]) {
        guard made.contains(root) else { return }
        for path in [lock, keeper, control] { try? Files.unlink(path) }
        for place in made { try? Files.removeEmptyDirectory(place) }
    }

    /// Takes a worker's sockets and its scoreboard away.
    func forget(_ worker: WorkerNumber) {
        for path in [
            notifySocket(of: worker), controlSocket(of: worker), scoreboard(of: worker), acknowledgeSocket(of: worker),
        ] {
            try? Files.unlink(path)
        }
    }
}
