internal import Linux

/// The verb `start`: becomes the master of a state directory, and returns when it has ended.
package enum MasterProcess {
    /// Serves `release` (absolute; nil: what served last, else the configured first one) until it is told to stop.
    ///
    /// Call it in a process with one thread: it blocks signals, and takes them by descriptor.
    ///
    /// - Returns: the exit code. What went wrong has been said on standard error.
    package static func run(_ configuration: Configuration, _ surroundings: Surroundings, release: String?) -> Int32 {
        do {
            let signals = try SignalDescriptor([.term, .int, .hup, .usr1, .usr2])
            Signal.ignorePipe()
            try closeOnExec(from: 3)
            let directory = StateDirectory(
                root: configuration.stateDirectory, runtime: configuration.runtimeDirectory)
            try directory.make()
            guard let lock = try FileLock.acquire(directory.lock) else {
                StandardError.line(
                    "deployd: start: another master runs with the state directory \(directory.root); "
                        + "`deployd status` shows it, `deployd stop` ends it")
                return 1
            }
            let code = try serve(configuration, surroundings, directory, release, signals)
            withExtendedLifetime(lock) {}
            return code
        } catch let problems as ProblemsFound {
            for problem in problems.problems { StandardError.line("deployd: \(problem)") }
        } catch {
            StandardError.line("deployd: start: \(error)")
        }
        return 1
    }

    private static func serve(
        _ configuration: Configuration, _ surroundings: Surroundings, _ directory: StateDirectory, _ release: String?,
        _ signals: borrowing SignalDescriptor
    ) throws -> Int32 {
        let layout = ReleaseLayout(configuration)
        let path = release ?? layout.current() ?? configuration.initialRelease
        // A mistake in the release is told before the address is taken.
        _ = try ReleaseResolver(configuration: configuration, surroundings: surroundings).resolve(path)
        let listeners = try open(configuration)
        defer { for listener in listeners { listener.close() } }
        let epoll = try Epoll()
        let access = ControlAccess(
            owner: ThisProcess.uid, group: configuration.controlGroup.flatMap { GroupAccount.find($0) })
        let control = try ControlServer(
            at: directory.control, access: access, baseToken: Token(.control).number, on: epoll)
        defer { try? Files.unlink(directory.control) }
        let master = try Master(
            configuration: configuration, surroundings: surroundings, directory: directory,
            history: History.load(stateDirectory: directory.root), listeners: listeners, control: control, epoll: epoll)
        try master.begin(path)
        return try master.run(signals)
    }

    private static func open(_ configuration: Configuration) throws(ProblemsFound) -> [any Listener] {
        var listeners: [any Listener] = []
        for (index, setting) in configuration.listeners.enumerated() {
            do {
                listeners.append(try makeListener(setting, isV6Only: configuration.isV6Only(setting)))
            } catch {
                throw ProblemsFound([
                    Problem(
                        file: configuration.file ?? "", keyPath: "listen[\(index)]",
                        found: "\(setting.address): \(error.errno)",
                        expected: "an address that this user may use and nobody else listens on",
                        advice: error.errno == .addressInUse ? "`ss -ltnp` shows who does" : "")
                ])
            }
        }
        return listeners
    }
}

extension Master {
    /// Orders the first generation.
    func begin(_ path: String) throws(ProblemsFound) {
        let release = try prepare(path)
        log("master \(ThisProcess.pid) starts \(release.resolved.path), state in \(directory.root)")
        let who = HistoryRecord.Who(
            user: UserAccount.find(uid: ThisProcess.uid)?.name ?? "\(ThisProcess.uid)", uid: ThisProcess.uid,
            pid: ThisProcess.pid)
        let request = requests.add(
            RequestDesk.Pending(
                client: nil, who: who, verb: .restart, askedAt: Self.now(), release: release, deadline: nil))
        feed(.deploy(request, plan(release), .start, wait: false))
    }
}
