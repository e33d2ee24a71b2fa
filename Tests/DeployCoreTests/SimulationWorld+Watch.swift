@testable import DeployCore

// The watch: what the world's generations count, what the watch was shown, and what must follow from it.
extension SimulationWorld {
    private static func evidence(of book: SimulationGeneration) -> EvidencePolicy {
        guard book.predecessor != nil else { return .exitsOnly }
        return book.plan.overrides.evidence ?? policies.evidence
    }

    /// Whether the deploy under way watches the generation.
    private func isWatched(_ number: GenerationNumber) -> Bool {
        guard let deployment = machine.deployment, deployment.generation == number else { return false }
        return deployment.stage == .watching || deployment.stage == .canary
    }

    func observe(new: GenerationNumber, old: GenerationNumber) throws(SimulationViolation) {
        let index = try known(new)
        let boots = machine.deployment.map { $0.generation == new && $0.stage == .booting } ?? false
        try expect(isWatched(new) || boots, "generation \(new) is looked at, and not watched")
        guard !boots else { return observed.append(.observed(new: new, old: old, Observation(old: Self.usual))) }
        try expect(generations[index].predecessor == old, "generation \(new) is held against generation \(old)")
        try expect(Self.evidence(of: generations[index]).looks, "generation \(new) is looked at, and nothing counts")
        if random.chance(trouble / 10) { generations[index].isBad = true }
        let isBad = generations[index].isBad
        generations[index].counted.answers += isBad ? 100 : 10
        generations[index].counted.accepted += 10
        generations[index].counted.serverErrors += isBad ? 100 : 0
        var seen = Observation(new: GenerationCounts(traffic: generations[index].counted))
        if generations[index].isCompared { seen.old = Self.usual }
        // Workers that do not count, or a scoreboard that cannot be read.
        if random.chance(trouble / 10) { seen.new.traffic = nil }
        observed.append(.observed(new: new, old: old, seen))
    }

    /// An old generation that has answered, always well.
    private static let usual = GenerationCounts(traffic: TrafficCounts(answers: 1000))

    /// The loop answers looks at once.
    func deliverObserved() throws(SimulationViolation) {
        while !observed.isEmpty { try deliver(observed.removeFirst()) }
    }

    /// The watch was shown something: 5xx after its first look convict.
    func noteLook(_ number: GenerationNumber, _ seen: Observation) {
        let isWatched = isWatched(number)
        let hasWayBack = hasWayBack(from: number)
        let now = now
        change(number) { book in
            book.lastLook = now
            guard isWatched, let traffic = seen.new.traffic else {
                if isWatched { (book.firstLook, book.answersSeen) = (nil, nil) }
                return
            }
            if let first = book.firstLook {
                book.answersSeen = traffic.answers - first.answers
                guard traffic.serverErrors > first.serverErrors else { return }
                guard !book.isCompared else { return book.isSuspect = true }
                book.convict(hasWayBack: hasWayBack)
            } else {
                book.answersSeen = 0
                book.firstLook = traffic
            }
        }
    }

    func noteWatchProbe(_ number: GenerationNumber, failed: Bool) {
        guard isWatched(number) else { return }
        let hasWayBack = hasWayBack(from: number)
        change(number) { book in
            guard let limit = Self.evidence(of: book).probes else { return }
            book.failedProbes = failed ? book.failedProbes + 1 : 0
            if failed, book.failedProbes >= limit.count { book.convict(hasWayBack: hasWayBack) }
        }
    }

    /// A release with a test of its own.
    static let tested: EvidencePolicy = {
        var policy = policies.evidence
        var test = WatchTest()
        test.interval = .milliseconds(200)
        test.count = 2
        policy.test = test
        return policy
    }()

    /// A release whose watch goes on until users have got enough answers.
    static let patient: EvidencePolicy = {
        var policy = policies.evidence
        policy.leastAnswers = 260
        policy.atMost = .milliseconds(1600)
        return policy
    }()

    /// A watch that is over had enough to judge by, or all the time that it may take, or nobody counts.
    func checkPatience(of book: SimulationGeneration, watched: Duration) throws(SimulationViolation) {
        let policy = Self.evidence(of: book)
        guard let least = policy.leastAnswers, let seen = book.answersSeen, watched < policy.atMost else { return }
        try expect(seen >= least, "generation \(book.number) is committed after \(seen) answers, not \(least)")
    }

    /// One at a time, but for one that an earlier run of the watch began: it speaks for this one.
    func test(_ number: GenerationNumber) throws(SimulationViolation) {
        let index = try known(number)
        try expect(isWatched(number), "generation \(number) is tested, and not watched")
        try expect(Self.evidence(of: generations[index]).test != nil, "generation \(number) is tested, and has no test")
        guard !generations[index].testInFlight else { return }
        generations[index].testInFlight = true
        let failure = random.chance(trouble) ? "exited with code 1" : nil
        post(.tested(number, failure: failure), after: random.delay(upTo: .milliseconds(1500)))
    }

    func noteTest(_ number: GenerationNumber, failed: Bool) {
        let counts = isWatched(number)
        let hasWayBack = hasWayBack(from: number)
        change(number) { book in
            book.testInFlight = false
            guard counts, let test = Self.evidence(of: book).test else { return }
            book.failedTests = failed ? book.failedTests + 1 : 0
            if failed, book.failedTests >= test.count { book.convict(hasWayBack: hasWayBack) }
        }
    }

    /// What is committed was shown to be bad by nothing while there was somebody to go back to, or forbids to go back; then
    /// its warnings say so.
    func checkInnocence(of book: SimulationGeneration, _ entry: HistoryEntry) throws(SimulationViolation) {
        let isBad = book.isConvicted || !book.evidence.isEmpty
        guard book.plan.overrides.neverGoesBack, book.predecessor != nil else {
            try expect(book.guilt.isEmpty, "generation \(book.number) lost a worker, and is committed")
            return try expect(!book.isGuilty, "generation \(book.number) is bad, and is committed")
        }
        try expect(
            !isBad || book.commitWasOrdered || book.isExcused || !entry.warnings.isEmpty,
            "generation \(book.number) is bad, and nobody is warned")
    }

    /// Who goes back says why, and it was so; who may not go back does not.
    func checkRollBack(_ entry: HistoryEntry) throws(SimulationViolation) {
        guard case .rolledBack(let failure) = entry.outcome else { return }
        let book = generations[try known(entry.generation)]
        if case .evidence = failure {
            try expect(
                book.isConvicted || book.isSuspect, "generation \(book.number) is rolled back for nothing: \(failure)")
        }
        let isForced = failure == .undoneByOperator
        try expect(!book.plan.overrides.neverGoesBack || isForced, "generation \(book.number) goes back: \(failure)")
    }

    /// A watch is over when its time is, and when its wait for answers is; only a test that runs is waited for.
    func checkWatchEnds(after event: Event?) throws(SimulationViolation) {
        guard event == .tick, let deployment = machine.deployment, deployment.stage == .watching,
            machine.phase == .running
        else { return }
        let book = generations[try known(deployment.generation)]
        guard let since = [book.watchedSince, book.watchResumed].compactMap(\.self).max() else { return }
        let policy = Self.evidence(of: book)
        guard policy.test == nil else { return }
        let watch = book.plan.overrides.watch ?? Self.policies.watch
        let most = policy.leastAnswers == nil ? watch : max(watch, policy.atMost)
        try expect(now - since < most, "generation \(book.number) is watched for ever")
    }

    /// Whoever is watched is looked at.
    func checkLooks() throws(SimulationViolation) {
        guard let deployment = machine.deployment, isWatched(deployment.generation), machine.phase == .running,
            observed.isEmpty
        else { return }
        let book = generations[try known(deployment.generation)]
        guard Self.evidence(of: book).looks else { return }
        let due = (book.lastLook ?? now) + Self.evidence(of: book).interval
        try expect(
            machine.nextDeadline.map { $0 <= due } ?? false, "generation \(book.number) is watched, and not looked at")
    }
}
