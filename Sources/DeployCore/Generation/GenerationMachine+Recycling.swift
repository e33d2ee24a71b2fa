// Recycling: a web worker that has grown too large or too old gets a successor in its slot first, and is drained then. One at
// a time, and only while the generation serves with all its workers.
extension GenerationMachine {
    /// When it wants a tick for it.
    var recycleDeadline: Instant? {
        guard state == .serving else { return nil }
        if let outgoing { return settledAt(outgoing) }
        guard isComplete else { return nil }
        return webWorkers.reduce(nextMeasureAt) { $0.earlier(oldAt($1)) }
    }

    /// The worker that is being replaced.
    private var outgoing: WorkerMachine? { workers.first { $0.recycling != nil && !$0.isLeaving } }

    private func oldAt(_ worker: WorkerMachine) -> Instant? {
        guard case .ready(_, let since) = worker.state else { return nil }
        return policies.recycle.age(of: worker.number).map { since + $0 }
    }

    /// When its successor counts as able to serve in its place; nil: it is not ready.
    private func settledAt(_ outgoing: WorkerMachine) -> Instant? {
        let others = webWorkers
        // Its slot may have been scaled away.
        let successor = others.first { $0.slot == outgoing.slot } ?? others.first(where: \.isReady)
        guard let successor, case .ready(_, let since) = successor.state else { return nil }
        return announces ? since : since + policies.recycle.settling
    }

    /// What has come due.
    mutating func tickRecycling(numbering: inout Numbering, at now: Instant) -> Step {
        guard let deadline = recycleDeadline, now >= deadline else { return Step() }
        if outgoing != nil { return Step(effects: drainOutgoing(at: now)) }
        if let old = webWorkers.first(where: { oldAt($0).map { now >= $0 } ?? false }) {
            return recycle(old.number, .age(now - old.since), numbering: &numbering, at: now)
        }
        nextMeasureAt = nil
        return Step(effects: [.measure(number)])
    }

    /// The memory of its workers, in bytes. The largest that is too large is replaced.
    mutating func measured(_ bytes: [WorkerNumber: Int], numbering: inout Numbering, at now: Instant) -> Step {
        planMeasure(at: now)
        guard let limit = policies.recycle.memory, state == .serving, outgoing == nil, isComplete else { return Step() }
        let largest = webWorkers.map { ($0.number, bytes[$0.number] ?? 0) }.max { $0.1 < $1.1 }
        guard let (worker, size) = largest, size > limit else { return Step() }
        return recycle(worker, .memory(size, limit: limit), numbering: &numbering, at: now)
    }

    /// The next look at the memory, where that has a limit.
    mutating func planMeasure(at now: Instant) {
        nextMeasureAt = policies.recycle.memory == nil ? nil : now + policies.recycle.interval
    }

    private mutating func recycle(
        _ worker: WorkerNumber, _ cause: RecycleCause, numbering: inout Numbering, at now: Instant
    ) -> Step {
        guard let index = index(of: worker) else { return Step() }
        workers[index].recycling = cause
        let old = workers[index]
        var successor = WorkerMachine(
            number: numbering.worker(), generation: number, slot: old.slot, restarts: old.restarts + 1,
            lastEnd: .recycled(cause), startAt: now, grace: policies.terminateGrace, watchdog: policies.watchdog,
            at: now)
        let effects = successor.handle(.tick, at: now)
        workers.append(successor)
        return Step(effects: [.report(nil, .note(.recycled(number, slot: old.slot, cause)))] + effects)
    }

    /// Drains the worker that is being replaced, once its successor serves.
    mutating func drainOutgoing(at now: Instant) -> [Effect] {
        guard state == .serving, let outgoing, let index = index(of: outgoing.number),
            let settled = settledAt(outgoing), now >= settled
        else { return [] }
        return workers[index].handle(.drain(drainDeadlines(at: now)), at: now)
    }
}
