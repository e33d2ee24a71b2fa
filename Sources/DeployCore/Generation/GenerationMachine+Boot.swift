extension GenerationMachine {
    /// The durable state knows of it: it may have lanes and processes.
    mutating func begin(at now: Instant) -> Step {
        switch state {
        case .preparing:
            enter(.opening, at: now)
            lanes = .requested
            return Step(effects: [.openLanes(number)])
        case .opening, .proving, .standingBy, .serving, .warm, .retiring, .draining, .ending, .gone:
            fatalError("generation \(number) begins in state \(state)")
        }
    }

    /// Its lanes are open, or (`failure`) cannot be had.
    mutating func lanesAnswered(failure: String? = nil, numbering: inout Numbering, at now: Instant) -> Step {
        lanes = failure == nil ? .held : .none
        switch state {
        case .opening:
            if let failure { return Step(news: [.failed(.noLanes(reason: failure))]) }
            enter(.proving(GenerationProof(by: now + policies.readyTimeout)), at: now)
            return Step(effects: pool.begin(numbering: &numbering, at: now))
        case .ending:
            return goneIfEmpty(at: now)
        case .preparing, .proving, .standingBy, .serving, .warm, .retiring, .draining, .gone:
            fatalError("generation \(number) heard of its lanes in state \(state)")
        }
    }

    /// Lets its proof move, if it is not over.
    mutating func prove(at now: Instant, _ move: (inout GenerationProof, WorkerPool) -> Step) -> Step {
        guard case .proving(var proof) = state else { return Step() }
        let step = move(&proof, pool)
        // The probing begins, perhaps anew.
        step.news.contains(.ready) ? enter(.proving(proof), at: now) : (state = .proving(proof))
        if step.news.contains(.proven) {
            enter(.standingBy, at: now)
            pool.allReady(at: now)
        }
        return step
    }
}
