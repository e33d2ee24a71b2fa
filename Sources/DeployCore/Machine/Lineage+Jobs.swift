// Jobs of which no two generations may have one at a time. One generation holds them: the one that serves, but during a deploy
// the one that served before it, until the commit. Every other one's are told to drain, and the holder's start when the last
// process of their kind is gone elsewhere.
//
// Nothing of this is kept: it follows from who serves, what deploy is under way, and who lives. So a master that follows another
// goes on with it.
extension Lineage {
    /// Lets jobs end that are not where they belong, and start where they do.
    ///
    /// - Parameter holder: the generation that is to have them; nil: none yet.
    mutating func handOverJobs(to holder: GenerationNumber?, at now: Instant) -> [Effect] {
        guard let holder else { return [] }
        let others = generations.map(\.number).filter { $0 != holder }
        let effects = others.flatMap { number in
            change(number) { generation, _ in generation.jobs { $0.giveUpJobs(at: now) } }.effects
        }
        let busy = Set(others.compactMap { self[$0] }.flatMap { $0.workers.compactMap(\.slot.process) })
        return effects
            + change(holder) { generation, numbering in
                generation.jobs { $0.takeJobs(but: busy, numbering: &numbering, at: now) }
            }.effects
    }
}

extension DeploymentMachine? {
    /// The generation that is to have jobs; nil: the first one is not committed yet.
    package func jobHolder(serving: GenerationNumber?) -> GenerationNumber? {
        guard let self, !self.isConcluding else { return serving }
        return self.predecessor
    }
}

extension GenerationMachine {
    /// Lets its jobs move, if users have met it and it does not drain as a whole: what is proven has none yet.
    fileprivate mutating func jobs(_ move: (inout WorkerPool) -> [Effect]) -> Step {
        switch state {
        case .serving, .warm, .retiring: Step(effects: move(&pool))
        case .preparing, .opening, .proving, .standingBy, .draining, .ending, .gone: Step()
        }
    }
}

extension WorkerPool {
    fileprivate mutating func giveUpJobs(at now: Instant) -> [Effect] {
        heldJobs = []
        let jobs = workers.filter { isExclusive($0.slot) && !$0.isLeaving }
        return jobs.flatMap { tell($0.number, .drain(drainDeadlines(of: $0.slot, at: now)), at: now) }
    }

    fileprivate mutating func takeJobs(but busy: Set<String>, numbering: inout Numbering, at now: Instant) -> [Effect] {
        let free = exclusiveKinds.subtracting(busy).subtracting(heldJobs)
        guard !free.isEmpty else { return [] }
        heldJobs.formUnion(free)
        return fill(isLeaving: false, numbering: &numbering, at: now)
    }
}
