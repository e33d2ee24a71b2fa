extension Machine {
    /// What follows from the whole, after each event: what is gone is dropped, what waited begins, limits are kept.
    mutating func settle(at now: Instant) -> [Effect] {
        dropGone()
        stopAfterFailedStart()
        var effects = beginQueued(at: now)
        effects += lookAfterUsers(at: now)
        effects += shareKept()
        effects += finishScaling(at: now)
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

    private mutating func dropGone() {
        if generations.indices.contains(where: { generations[$0].state == .gone }) {
            generations.removeAll { $0.state == .gone }
        }
    }

    private mutating func beginQueued(at now: Instant) -> [Effect] {
        guard case .running = phase else {
            defer { queue = [] }
            return queue.map { .finish($0.request, .refused(.stopping)) }
        }
        guard deployment == nil, let next = queue.firstIndex(where: hasRoom) else { return [] }
        return begin(queue.remove(at: next), at: now)
    }

    private mutating func finishScaling(at now: Instant) -> [Effect] {
        guard let waiting = scaling else { return [] }
        guard phase == .running, let generation = generation(serving) else {
            scaling = nil
            return [.finish(waiting.request, .refused(.stopping))]
        }
        if generation.isComplete {
            scaling = nil
            return [.finish(waiting.request, .done)]
        }
        guard now >= waiting.deadline else { return [] }
        scaling = nil
        let late = generation.staying.filter { !$0.isReady }.sorted { $0.slot < $1.slot }
        for worker in late {
            guard let reason = worker.spawnFailure else { continue }
            return [.finish(waiting.request, .failed(.notSpawned(slot: worker.slot, reason: reason)))]
        }
        let failure = Failure.neverReady(slots: late.map(\.slot), after: policies.readyTimeout, lastProbe: nil)
        return [.finish(waiting.request, .failed(failure))]
    }

    private mutating func exitIfEmpty() -> [Effect] {
        guard case .stopping(let code) = phase, generations.isEmpty, deployment == nil else { return [] }
        phase = .ended(code: code)
        return stopRequests.map { .finish($0, .done) } + [.exit(code: code)]
    }
}
