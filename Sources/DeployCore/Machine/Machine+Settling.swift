extension Machine {
    /// What follows from the whole, after each event: what is gone is dropped, what waited begins, limits are kept.
    mutating func settle(at now: Instant) -> [Effect] {
        lineage.dropGone()
        stopAfterFailedStart()
        var effects = beginQueued(at: now) + lookAfterUsers(at: now)
        if phase == .running { effects += lineage.handOverJobs(to: deployment.jobHolder(serving: serving), at: now) }
        effects += shareKept()
        effects += scaling.finish(
            phase == .running ? generation(serving) : nil, after: policies.readyTimeout, at: now)
        effects += exitIfEmpty()
        return effects
    }

    /// There is nothing to go back to, and nobody to serve: its failure hook is the last thing that is waited for.
    private mutating func stopAfterFailedStart() {
        guard phase == .running, let deployment, deployment.kind == .start,
            let outcome = deployment.outcome, !outcome.isCommitted
        else { return }
        phase = .stopping(code: 1)
    }

    private mutating func beginQueued(at now: Instant) -> [Effect] {
        guard phase == .running else { return queue.refuseAll() }
        guard deployment == nil, let next = queue.next(where: hasRoom) else { return [] }
        return begin(next, at: now)
    }

    private mutating func exitIfEmpty() -> [Effect] {
        guard case .stopping(let code) = phase, generations.isEmpty, deployment == nil else { return [] }
        phase = .ended(code: code)
        return stopRequests.map { .finish($0, .done) } + [.exit(code: code)]
    }
}
