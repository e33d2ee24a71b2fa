package import Linux

/// Where the master keeps what must outlive it, and the sockets by which workers and commands reach it.
package struct StateDirectory: Sendable {
    /// State file, history and logs: absolute.
    package let root: String
    /// Sockets and scoreboards, which need not survive a boot: absolute.
    package let runtime: String

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

    /// The control socket.
    package var control: String { ControlSocketFile.path(in: root) }

    /// A generation's output.
    package func log(of generation: GenerationNumber) -> String { "\(logs)/\(generation).log" }

    /// What a hook of the generation prints, while it runs.
    func hookOutput(_ hook: HookKind, of generation: GenerationNumber) -> String {
        "\(logs)/\(generation).\(hook.rawValue)"
    }

    /// What a test of the generation prints, while it runs.
    func testOutput(of generation: GenerationNumber) -> String { "\(logs)/\(generation).test" }

    /// Where a worker says READY=1.
    func notifySocket(of worker: WorkerNumber) -> String { "\(runtime)/w\(worker).notify" }

    /// Where a worker of the einhorn protocol says that it is up.
    func acknowledgeSocket(of worker: WorkerNumber) -> String { "\(runtime)/w\(worker).einhorn" }

    /// Where a worker hears DRAIN.
    func controlSocket(of worker: WorkerNumber) -> String { "\(runtime)/w\(worker).control" }

    /// Where a worker counts.
    func scoreboard(of worker: WorkerNumber) -> String { "\(runtime)/w\(worker).board" }

    /// Where the keeper of the lanes listens.
    var keeper: String { "\(runtime)/keeper.sock" }

    /// The worker whose socket or scoreboard has this name; nil for any other file.
    static func worker(ofFile name: String) -> WorkerNumber? {
        let parts = name.split(separator: ".")
        let kinds = ["notify", "control", "board", "einhorn"]
        guard parts.count == 2, parts[0].first == "w", kinds.contains(String(parts[1])) else { return nil }
        return Int(parts[0].dropFirst()).map { WorkerNumber(rawValue: $0) }
    }

    /// Where connections of draining workers arrive for a generation.
    func handoverSocket(of generation: GenerationNumber) -> String { "\(runtime)/g\(generation).handover" }

    /// Makes the directories. Others may pass through, since workers of another user must reach their sockets; what is
    /// in them has modes of its own.
    package func make() throws(SystemError) {
        for directory in [root, runtime] where Files.kind(directory) != .directory {
            try Files.makeDirectory(directory, mode: 0o711)
        }
        try Files.makeDirectory(logs, mode: 0o750)
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
