internal import Handoff
internal import Linux

/// A test of a watched generation that is under way.
struct RunningTest {
    let session: CommandSession
    /// How long it may take.
    let limit: Duration
    /// When it is killed; nil: it was.
    var deadline: Instant?
    /// What it printed last.
    var lastLine = ""

    /// When the loop has something to do for it.
    var nextDeadline: Instant? {
        session.output.hasMore ? Instant(sinceBoot: .zero) : deadline
    }

    /// How it failed, as a clause that lacks its subject; nil: it did not.
    var failure: String? {
        if deadline == nil { return "did not end within \(limit.text), and was ended" + said }
        return session.end == .exited(code: 0) ? nil : "\(session.end)" + said
    }

    private var said: String { lastLine.isEmpty ? "" : ": \(lastLine)" }
}

// The effect `test`: the release's own test, run while its generation is watched.
extension Master {
    /// Starts the test, unless it runs already: then that one's answer counts.
    func test(_ generation: GenerationNumber) {
        if let test {
            if test.session.generation == generation { return }
            abandon(test.session)
            self.test = nil
        }
        guard let order = runnable(generation)?.test else {
            return feed(.tested(generation, failure: "could not be started: its release does not say how"))
        }
        do {
            let output = try CommandOutput(
                directory.testOutput(of: generation), isNew: true, group: order.command.account?.gid)
            let session = try CommandSession(generation, output: output, serial: nextSerial())
            try watch(session, process: .test, output: .testOutput)
            let limit = Duration.microseconds(order.timeout)
            test = RunningTest(session: session, limit: limit, deadline: Self.now() + limit)
            var own = order.command
            own.softFiles = softFiles
            own.environment += variables(of: generation).map { "\($0)=\($1)" }
            giveHome(to: &own)
            try session.launch(own)
        } catch {
            if let test { abandon(test.session) }
            test = nil
            feed(.tested(generation, failure: "could not be started: \(error)"))
        }
    }

    private func variables(of generation: GenerationNumber) -> [(String, String)] {
        let kinds = releases[generation]?.addresses(in: generation, directory) ?? []
        return [
            (WorkerEnvironment.release, releases[generation]?.path ?? ""),
            (WorkerEnvironment.generation, "\(generation)"),
        ] + kinds.map { (WorkerEnvironment.socket(of: $0.name), $0.address.description) }
    }

    /// The test has printed something.
    func testPrinted() {
        guard let test else { return }
        note(test.session.output.lines())
    }

    /// Its time may be up.
    func expireTest(at now: Instant) {
        guard let test, let due = test.nextDeadline, due <= now else { return }
        if test.session.output.hasMore { testPrinted() }
        guard let deadline = test.deadline, deadline <= now else { return }
        self.test?.deadline = nil
        test.session.signal(.kill)
    }

    /// A process of the test has ended.
    func testEnded(_ serial: UInt64) {
        guard let session = test?.session, let lines = ended(serial, of: session, .test) else { return }
        note(lines)
        let failure = test?.failure
        test = nil
        closeLogIfGone(session.generation)
        feed(.tested(session.generation, failure: failure))
    }

    /// To the generation's log; the last line is for people.
    private func note(_ lines: [String]) {
        guard let generation = test?.session.generation, !lines.isEmpty else { return }
        note(lines, of: "test", generation)
        if let last = lines.last(where: { !$0.isEmpty }) { test?.lastLine = String(last.prefix(200)) }
    }
}
