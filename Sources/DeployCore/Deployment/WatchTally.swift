// The watch of a deploy: how it begins, what is looked at, and what is told of it.

extension WatchRun {
    /// A watch of the deploy's new generation.
    init(_ deploy: Deploy, until: Instant?, at now: Instant) {
        var policy = deploy.evidence
        // A canary's steps are watches too, and all of them together may be wrong as seldom as one.
        if deploy.hasCanary { policy.alpha /= Double(deploy.plan.canary.count + 1) }
        // Only the last of them waits for enough answers: a step has the time that its manifest gives it.
        if deploy.step == .canary { policy.leastAnswers = nil }
        self.init(
            policy, isProbed: deploy.plan.readiness.isProbed,
            against: WatchJudge.Old(deploy.predecessor ?? deploy.generation, before: deploy.before), until: until,
            at: now)
    }

    /// The looks and probes whose time has come.
    mutating func looks(of deploy: Deploy, at now: Instant) -> [DeployOrder] {
        var orders: [DeployOrder] = []
        if looks(at: now), let predecessor = deploy.predecessor {
            orders.append(.effect(.observe(new: deploy.generation, old: predecessor)))
        }
        if probes(at: now) { orders.append(.effect(.probe(deploy.generation))) }
        if tests(at: now) { orders.append(.effect(.test(deploy.generation))) }
        return orders
    }
}

extension Deploy {
    /// The watch is over, and nothing has decided against the release: what it was judged by.
    mutating func judged(_ run: WatchRun, at now: Instant) -> [DeployOrder] {
        seen.add(run, at: now)
        return seen.verdict.map { [report(.judged($0))] } ?? []
    }

    /// The figures of the watch under way, for who waits.
    func news(_ run: inout WatchRun, at now: Instant) -> [DeployOrder] {
        guard request != nil, let summary = run.news(at: now) else { return [] }
        return [report(.seen(summary, awaited: run.awaitedAnswers(at: now)))]
    }
}

/// What users have got in watches that are over.
struct WatchTally: Equatable, Sendable {
    private var answers = 0
    private var errors = 0
    private var connections = 0
    private var lasted = Duration.zero
    /// Whether the workers counted in any of them.
    private var isCounted = false
    /// Whether the release's own test asked as users do.
    private var isTested = false

    mutating func add(_ run: WatchRun, at now: Instant) {
        lasted += now - run.since
        guard let summary = run.summary, let new = summary.new else { return }
        isCounted = true
        isTested = run.isTested
        answers += new.answers
        errors += new.errors
        connections += summary.connections
    }

    /// By what a release was judged; nil: its workers do not count.
    var verdict: String? {
        guard isCounted else { return nil }
        guard answers > 0 else { return "committed unseen: no user's answer came within \(lasted.text)" }
        let bad = errors == 0 ? "" : ", \(CountText.grouped(errors)) of them 5xx"
        let own = isTested ? ", with what its own test has asked" : ""
        return "judged by \(CountText.of(answers, "answer")) on \(CountText.of(connections, "connection"))\(bad)\(own)"
    }
}
