internal import DeployCore
internal import Linux

/// The verb `start`: becomes the master of a state directory, and returns when it has ended.
package enum MasterProcess {
    /// What a master is for.
    package enum Purpose: Equatable, Sendable {
        /// Serves until it is told to stop.
        case serve
        /// Goes on where the last one was killed, and stops.
        case end(atOnce: Bool)
    }

    /// What must be changed by a person before a start can succeed. Source: sysexits.h, EX_CONFIG.
    private static let misconfigured: Int32 = 78
    /// How long a master that was just killed may take to vanish.
    private static let patience = Duration.seconds(2)

    /// Serves `release` (absolute; nil: what served last, else the configured first one) until it is told to stop.
    ///
    /// Call it in a process with one thread: it blocks signals, and takes them by descriptor.
    ///
    /// - Returns: the exit code. What went wrong has been said on standard error.
    ///
    /// - Parameter purpose: to serve, or to end what a master left that is no more.
    package static func run(
        _ configuration: Configuration, _ surroundings: Surroundings, release: String?, purpose: Purpose = .serve
    ) -> Int32 {
        do {
            // The first process of a container is the parent of all orphans, and hears of their end by SIGCHLD.
            let orphans: [Signal] = ThisProcess.pid == 1 ? [.chld] : []
            let signals = try SignalDescriptor([.term, .int, .hup, .usr1, .usr2] + orphans)
            let start = try prepare(configuration, surroundings)
            let untrusted = Check.trustProblems(
                configuration, file: configuration.shownFile(surroundings), surroundings)
            guard untrusted.isEmpty else { throw ProblemsFound(untrusted) }
            if start.passed == nil {
                if let copy = CopiedState(in: start.directory) { throw ProblemsFound([copy.problem]) }
                if purpose == .serve { try start.checkFirst(release) }
            }
            return try run(start, release, purpose, signals)
        } catch let problems as ProblemsFound {
            complain(problems, configuration, surroundings)
            return StateDirectory(configuration).isServed ? 1 : misconfigured
        } catch {
            StandardError.line("deployd: start: \(error)")
        }
        return 1
    }

    /// Makes this process fit for a master, and takes up what it was born with.
    private static func prepare(
        _ configuration: Configuration, _ surroundings: Surroundings
    ) throws(SystemError) -> MasterStart {
        Signal.ignorePipe()
        Signal.ignoreFileSizeLimit()
        Signal.ignoreTerminalOutput()
        let passed = ExecState.take()
        // Many programs take their own limit for a size; so children get what this process was started with.
        let files = passed?["files"].flatMap { UInt64($0) } ?? (try? ResourceLimit.files.current().soft)
        try? ResourceLimit.files.raise()
        let inherited = InheritedSockets(surroundings)
        try closeOnExec(from: 3)
        StandardError.neverWait()
        return MasterStart(
            configuration: configuration, surroundings: surroundings, directory: StateDirectory(configuration),
            inherited: inherited, passed: passed, softFiles: files)
    }

    private static func run(
        _ start: MasterStart, _ release: String?, _ purpose: Purpose, _ signals: borrowing SignalDescriptor
    ) throws -> Int32 {
        let (directory, surroundings) = (start.directory, start.surroundings)
        let made = try directory.make()
        var hasBegun = false
        defer { if !hasBegun { directory.unmake(made) } }
        guard let lock = try lock(directory.lock, start.passed) else {
            StandardError.line("deployd: start: \(surroundings.advice.completed(otherMaster(directory)))")
            return 1
        }
        // On a full disk the kernel still tells who holds it.
        try? lock.sign(LockHolder.signature)
        if case .end(let atOnce) = purpose { return try start.end(signals, lock, atOnce: atOnce) }
        do {
            let code = try start.serve(release, signals, lock)
            hasBegun = true
            if code == 1 { StartPause.wait(directory, surroundings, signals) }
            return code
        } catch let problems as ProblemsFound {
            complain(problems, start.configuration, surroundings)
            // Where workers serve on, the service manager is to try again: mended, the start goes on with them.
            guard directory.isServed else { return misconfigured }
            StartPause.wait(directory, surroundings, signals)
            return 1
        }
    }

    private static func otherMaster(_ directory: StateDirectory) -> String {
        let holder = LockHolder.find(directory.lock)
        let who = holder.map { "another master (pid \($0)) runs" } ?? "another master runs"
        let isReached = (try? ControlClient(to: directory.control)) != nil
        // By what it wrote down: it may be the one that hangs.
        let isStopping = (try? directory.readState())?.machine.isStopping ?? false
        let advice =
            isReached
            ? (isStopping
                ? "it is stopping already: when it is gone, `deployd start` serves again; `deployd status` shows what it waits "
                    + "for, `deployd stop --now` does not wait"
                : "`deployd status` shows it, `deployd stop` ends it")
            : "nothing answers at \(directory.control): "
                + (holder.map {
                    "wait if it has just started; else `kill -HUP \($0)` makes it create that socket again"
                }
                    ?? "`lsof \(ShellWord.quoted(directory.lock))` names it")
        return "\(who) with the state directory \(directory.root); \(advice)"
    }

    private static func complain(
        _ problems: ProblemsFound, _ configuration: Configuration, _ surroundings: Surroundings
    ) {
        for problem in problems.problems {
            StandardError.line("deployd: \(surroundings.advice.completed("\(problem)"))")
        }
        if let note = configuration.defaultsNote(surroundings) { StandardError.line("note: \(note)", .information) }
    }

    private static func lock(_ path: String, _ passed: ExecState?) throws(SystemError) -> FileLock? {
        if let file = passed?.take(ExecState.Name.lock) { return FileLock(adopting: file) }
        let deadline = MonotonicClock.now() + patience
        while true {
            if let lock = try FileLock.acquire(path) { return lock }
            guard MonotonicClock.now() < deadline else { return nil }
            _ = try Poll.readable(anyOf: [], timeout: .milliseconds(20))
        }
    }

    /// The program that runs, as it was named: a path that a newer one may lie at by now.
    static func program(_ surroundings: Surroundings) -> String {
        let word = CommandLine.arguments.first ?? ""
        if word.contains("/") { return Paths.join(surroundings.workingDirectory, word) }
        let folders = (surroundings.environment["PATH"] ?? Defaults.searchPath).split(separator: ":")
        let found = folders.map { Paths.join(String($0), word) }.first { Files.isExecutable($0) }
        return found ?? (try? ThisProcess.executable()) ?? word
    }
}
