internal import DeployCore
internal import Linux

/// A hook that is under way.
struct RunningHook {
    let kind: HookKind
    let session: CommandSession
}

/// A test of a watched generation that is under way.
struct RunningTest {
    let session: CommandSession
    let limit: Duration
    /// The time of the kill; nil once it was sent.
    var deadline: Instant?
    /// The last line of its output.
    var lastLine = ""

    /// The next time the loop has to look at it.
    var nextDeadline: Instant? {
        session.output.nextDeadline.earlier(deadline)
    }

    /// The failure, as a clause that lacks its subject; nil for success.
    var failure: String? {
        if deadline == nil { return "did not finish within \(limit.text), and was terminated" + said }
        return session.end == .exited(code: 0) ? nil : "\(session.end)" + said
    }

    private var said: String { lastLine.isEmpty ? "" : ": \(lastLine)" }
}

/// The commands of a release that are no workers: its hook that is under way, and its test; each in a session of its own.
///
/// A part of the master: it owns their processes and what they print, and what comes of them are events for the machine.
final class ReleaseCommands {
    private let loop: EventLoop
    private let log: MasterLog
    private let logs: GenerationLogs
    private let children: Children
    private let launcher: Launcher
    private let directory: StateDirectory
    private(set) var hook: RunningHook?
    private(set) var test: RunningTest?
    /// Lines that the hook has printed, for who waits for its deploy.
    var printed: (_ lines: [String], _ generation: GenerationNumber) -> Void = { _, _ in }

    init(
        _ loop: EventLoop, _ log: MasterLog, _ logs: GenerationLogs, _ children: Children, _ launcher: Launcher,
        _ directory: StateDirectory
    ) {
        self.loop = loop
        self.log = log
        self.logs = logs
        self.children = children
        self.launcher = launcher
        self.directory = directory
    }

    /// The leaders of their sessions.
    var pids: [Int32] { [hook?.session.pid, test?.session.pid].compactMap(\.self) }

    /// The files into which they print.
    var outputs: Set<String> { Set([hook?.session.output.path, test?.session.output.path].compactMap(\.self)) }

    /// The next time to look: for output that one turn left to the next, or for a test whose time is up.
    var nextDeadline: Instant? {
        (hook?.session.output.nextDeadline).earlier(test?.nextDeadline)
    }

    func expire(at now: Instant) {
        if let due = hook?.session.output.nextDeadline, due <= now { hookPrinted() }
        guard let test, let due = test.nextDeadline, due <= now else { return }
        if let due = test.session.output.nextDeadline, due <= now { testPrinted() }
        guard let deadline = test.deadline, deadline <= now else { return }
        self.test?.deadline = nil
        test.session.signal(.kill)
    }
}

// The effects `spawnHook`, `launchHook`, `terminateHook`, `killHook`, and what comes of them.
extension ReleaseCommands {
    /// Starts the launch step of a hook.
    ///
    /// - Parameter order: what the release says of it; nil: nothing.
    func spawnHook(_ kind: HookKind, _ generation: GenerationNumber, _ order: LaunchOrder?) -> [Event] {
        guard let order else { return [.hook(kind, generation, .notSpawned(reason: "its release does not say how"))] }
        do {
            let output = try CommandOutput(
                directory.hookOutput(kind, of: generation), isNew: true, group: order.account?.gid)
            let session = try CommandSession(generation, output: output, serial: loop.nextSerial())
            try adopt(RunningHook(kind: kind, session: session))
            let startTime = ProcessStatus(of: session.pid)?.startTime ?? 0
            return [.hook(kind, generation, .spawned(ProcessIdentity(pid: session.pid, startTime: startTime)))]
        } catch {
            return [.hook(kind, generation, .notSpawned(reason: error.explained))]
        }
    }

    /// Waits for what the hook prints, and for its end. On an error it is killed.
    func adopt(_ hook: RunningHook) throws(SystemError) {
        try watch(hook.session, process: .hook, output: .hookOutput)
        self.hook = hook
    }

    /// Lets the launch step become the hook.
    ///
    /// - Parameters:
    ///   - order: what the release says of it; nil: nothing.
    ///   - name: the generation's.
    func launchHook(_ kind: HookKind, of deployment: DeploymentMachine?, _ order: LaunchOrder?, _ name: String) {
        guard let deployment, let order else { return }
        do { try hook?.session.launch(launcher.complete(order, kind.variables(deployment))) } catch {
            hook?.session.signal(.kill)
            log("\(name): the \(kind) hook: \(error)", .warning)
        }
    }

    func signalHook(_ signal: Signal) { hook?.session.signal(signal) }

    /// A process of the hook has ended.
    func hookEnded(_ serial: UInt64) -> [Event] {
        guard let hook, let lines = ended(serial, of: hook.session, .hook) else { return [] }
        self.hook = nil
        tell(lines, of: hook)
        return [.hook(hook.kind, hook.session.generation, .ended(hook.session.end))]
    }

    func hookPrinted() { if let hook { tell(hook.session.output.lines(), of: hook) } }

    /// To the generation's log, and to the one who asked for the deploy.
    private func tell(_ lines: [String], of hook: RunningHook) {
        guard !lines.isEmpty else { return }
        note(lines, of: hook.kind.rawValue, hook.session.generation)
        printed(lines, hook.session.generation)
    }
}

// The effect `test`: the release's own test, run while its generation is watched.
extension ReleaseCommands {
    /// Starts the test, unless it runs already: then that one's answer counts.
    ///
    /// - Parameter release: what says how; nil: nobody knows.
    func startTest(_ generation: GenerationNumber, _ release: RunnableRelease?) -> [Event] {
        if let test {
            if test.session.generation == generation { return [] }
            abandon(test.session)
            self.test = nil
        }
        guard let release, let own = release.test else {
            return [.tested(generation, failure: "could not be started: its release does not say how")]
        }
        let order = launcher.complete(own.command, release.testVariables(of: generation, directory))
        let limit = Duration.microseconds(own.timeout)
        do {
            let output = try CommandOutput(
                directory.testOutput(of: generation, at: EventLoop.now()), isNew: true, group: order.account?.gid)
            let session = try CommandSession(generation, output: output, serial: loop.nextSerial())
            try watch(session, process: .test, output: .testOutput)
            test = RunningTest(session: session, limit: limit, deadline: EventLoop.now() + limit)
            try session.launch(order)
            return []
        } catch {
            if let test { abandon(test.session) }
            test = nil
            return [.tested(generation, failure: "could not be started: \(error)")]
        }
    }

    func testPrinted() { if let test { noteTest(test.session.output.lines()) } }

    /// A process of the test has ended.
    func testEnded(_ serial: UInt64) -> [Event] {
        guard let session = test?.session, let lines = ended(serial, of: session, .test) else { return [] }
        noteTest(lines)
        let failure = test?.failure
        test = nil
        return [.tested(session.generation, failure: failure)]
    }

    /// To the generation's log; the last line is for people.
    private func noteTest(_ lines: [String]) {
        guard let generation = test?.session.generation, !lines.isEmpty else { return }
        note(lines, of: "test", generation)
        if let last = lines.last(where: { !$0.isEmpty }) { test?.lastLine = String(last.prefix(200)) }
    }
}

// What both have in common.
extension ReleaseCommands {
    /// Waits for what the session prints, and for its end. On an error it is killed, and nobody waits for it.
    private func watch(
        _ session: CommandSession, process: Token.Kind, output: Token.Kind
    ) throws(SystemError) {
        do {
            try loop.add(session.output.number, .readable, Token(output, loop.nextSerial()))
            for serial in session.processes.keys { try watch(serial, of: session, process) }
        } catch {
            abandon(session)
            throw error
        }
    }

    private func watch(_ serial: UInt64, of session: CommandSession, _ kind: Token.Kind) throws(SystemError) {
        guard let process = session.processes[serial] else { return }
        try loop.add(process.process.number, .readable, Token(kind, serial))
    }

    /// Kills a session that nobody waits for any more, and has its processes reaped.
    private func abandon(_ session: CommandSession) {
        loop.remove(session.output.number)
        session.signal(.kill)
        for process in session.processes.values { children.adopt(HelperProcess(adopting: process)) }
    }

    /// A process of the session has ended: the last lines that it printed, when nothing is left of it; else nil, and what
    /// was found still alive is waited for too.
    private func ended(_ serial: UInt64, of session: CommandSession, _ kind: Token.Kind) -> [String]? {
        guard let process = session.processes[serial] else { return nil }
        loop.remove(process.process.number)
        guard session.ended(serial, next: loop.nextSerial) else {
            for serial in session.processes.keys { try? watch(serial, of: session, kind) }
            return nil
        }
        loop.remove(session.output.number)
        return session.output.rest()
    }

    /// Writes lines of a command into its generation's log, each with what it is.
    private func note(_ lines: [String], of command: String, _ generation: GenerationNumber) {
        logs.append(lines.map { "[\(command)] \($0)\n" }.joined(), to: generation)
    }
}
