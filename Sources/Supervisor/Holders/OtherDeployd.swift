internal import Handoff
internal import Linux

/// Another deployd, which has an address that we want: a live site, never to be ended by the pids of its processes.
package struct OtherDeployd: Hashable, Sendable {
    /// The directory of its sockets, as its processes see it.
    let runtime: String
    /// Its configuration file; nil if not known.
    let file: String?
    /// Its paths are ours: it is in no container.
    private let isHere: Bool

    /// The deployd that a process belongs to, as its keeper or as one of its workers says; nil: it says nothing.
    init?(of pid: Int32) {
        let words = LaneHolder.words(of: pid)
        guard let runtime = Self.keeperDirectory(words) ?? Self.workerDirectory(of: pid) else { return nil }
        self.init(runtime: runtime, keeper: words, isHere: Self.shares(runtime, pid))
    }

    /// - Parameters:
    ///   - keeper: the words of its keeper's command, as far as it is one.
    ///   - isHere: whether its paths are ours: not those of a container.
    init(runtime: String, keeper: [String], isHere: Bool) {
        self.runtime = runtime
        self.isHere = isHere
        let told = Self.keeperDirectory(keeper) == nil ? nil : keeper.dropFirst(5).first
        let candidates = [told].compactMap { $0 } + Self.guesses(runtime)
        file = isHere ? candidates.first { $0.hasPrefix("/") && (told == $0 || Self.means($0, runtime)) } : nil
    }

    /// Places of its configuration by that of its sockets: beside the directory, or installed.
    private static func guesses(_ runtime: String) -> [String] {
        let first = Paths.name(Defaults.systemRuntime)
        let name = Paths.name(runtime)
        let installed = name.hasPrefix("\(first)-") ? "\(name.dropFirst(first.count + 1)).json" : ""
        return [
            Paths.join(Paths.parent(runtime), Defaults.configurationFile), Defaults.systemConfigurationFile,
            Paths.join(Paths.parent(Defaults.systemConfigurationFile), installed),
        ]
    }

    /// A file exists and names that directory for its sockets.
    private static func means(_ file: String, _ runtime: String) -> Bool {
        guard let bytes = try? Files.read(file, limit: JSONDocument.maxBytes) else { return false }
        let surroundings = Surroundings(workingDirectory: "/")
        return Configuration.read(bytes, file: file, surroundings: surroundings).value.runtimeDirectory == runtime
    }

    /// Which one it is, as a clause.
    package var description: String {
        "another deployd (\(file.map { "of \($0), " } ?? "")sockets in \(ForeignText.line(runtime)))"
    }

    /// The command to type for who means it, in backticks; nil: it is not known where it is at home.
    ///
    /// - Parameter words: the verb and its operands.
    package func way(to words: String) -> String? {
        if let file { return "`deployd \(words) --config \(ShellWord.quoted(file))`" }
        // (Without a file it runs by the defaults of a directory.)
        guard isHere, Paths.name(runtime) == Defaults.state else { return nil }
        return "`cd \(ShellWord.quoted(Paths.parent(runtime)))`"
    }

    /// The command that ends it, as a clause.
    package var remedy: String {
        if let file, !isChanged { return "`\(CommandAdvice(configurationFile: file).command("stop"))` ends it" }
        guard let changed = file ?? suspect else { return "`deployd stop --config FILE`, with its own file, ends it" }
        let stop = CommandAdvice(configurationFile: changed).command("stop")
        let place = JSONValue.quoted(Paths.shortened(runtime, from: Paths.parent(changed)))
        return
            "if it was started with \(changed), `state` in that has changed since: put it back, { state: \(place) }, and "
            + "`\(stop)` ends it"
    }

    /// Its file, which it names itself, has another state directory by now.
    private var isChanged: Bool { isHere && file.map { Files.kind($0) != nil && !Self.means($0, runtime) } ?? false }

    /// The file beside its directory, which names another one.
    private var suspect: String? {
        let file = Paths.join(Paths.parent(runtime), Defaults.configurationFile)
        return isHere && Files.kind(file) != nil ? file : nil
    }

    private static func keeperDirectory(_ words: [String]) -> String? {
        Keeper.socket(named: words).flatMap { $0.hasPrefix("/") ? Paths.parent($0) : nil }
    }

    private static func workerDirectory(of pid: Int32) -> String? {
        guard let socket = LaneHolder.environment(of: pid)[WorkerEnvironment.notifySocket], socket.hasPrefix("/"),
            StateDirectory.worker(ofFile: Paths.name(socket)) != nil
        else { return nil }
        return Paths.parent(socket)
    }

    /// A directory is the same for that process: it is not in a container that has one of the same name.
    private static func shares(_ directory: String, _ pid: Int32) -> Bool {
        FileIdentity(directory).map { $0 == FileIdentity("/proc/\(pid)/root\(directory)") } ?? false
    }
}

extension LaneHolders {
    /// The other deployds that some of the strangers belong to, each once.
    package var otherDeployds: [OtherDeployd] {
        // Its keeper knows its file, and its workers do not.
        let found = strangers.compactMap { OtherDeployd(of: $0.pid) }
        let known = Set(found.filter { $0.file != nil }.map(\.runtime))
        return found.filter { $0.file != nil || !known.contains($0.runtime) }.uniqued()
    }

    /// The strangers who belong to no deployd: neither say so, nor were started by one who does, nor are its master.
    package var programs: [LaneHolder] {
        let own = Set(strangers.map(\.pid).filter { OtherDeployd(of: $0) != nil })
        guard !own.isEmpty else { return strangers }
        return strangers.filter { !$0.belongs(to: own) && !$0.program.hasPrefix("deployd") }
    }
}
