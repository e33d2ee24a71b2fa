/// Recycling: a web worker that has grown too large or too old gets a successor in its slot first, and is drained then. One
/// at a time, and only while the generation serves with all its workers.
struct Recycling: Equatable, Sendable {
    /// When the memory of the workers is looked at next; nil: it is being, or nobody wants to know.
    private var nextMeasureAt: Instant?

    /// The next look at the memory, where that has a limit.
    mutating func planMeasure(_ policy: RecyclePolicy, at now: Instant) {
        nextMeasureAt = policy.memory == nil ? nil : now + policy.interval
    }

    /// When something of it comes due for a generation that serves.
    func nextDeadline(_ pool: WorkerPool) -> Instant? {
        if let outgoing = pool.outgoing { return pool.settledAt(outgoing) }
        guard pool.isComplete else { return nil }
        return pool.webWorkers.reduce(nextMeasureAt) { $0.earlier(pool.oldAt($1)) }
    }

    /// What has come due in a generation that serves.
    mutating func tick(_ pool: inout WorkerPool, numbering: inout Numbering, at now: Instant) -> [Effect] {
        guard let deadline = nextDeadline(pool), now >= deadline else { return [] }
        if pool.outgoing != nil { return pool.drainOutgoing(at: now) }
        if let old = pool.webWorkers.first(where: { pool.oldAt($0).map { now >= $0 } ?? false }) {
            return pool.recycle(old.number, .age(now - old.since), numbering: &numbering, at: now)
        }
        nextMeasureAt = nil
        return [.measure(pool.generation)]
    }

    /// The memory of the workers, in bytes. The largest that is too large is replaced, in a generation that serves.
    func measured(
        _ bytes: [WorkerNumber: Int], _ pool: inout WorkerPool, numbering: inout Numbering, at now: Instant
    ) -> [Effect] {
        guard let limit = pool.policies.recycle.memory, pool.outgoing == nil, pool.isComplete else { return [] }
        let largest = pool.webWorkers.map { ($0.number, bytes[$0.number] ?? 0) }.max { $0.1 < $1.1 }
        guard let (worker, size) = largest, size > limit else { return [] }
        return pool.recycle(worker, .memory(size, limit: limit), numbering: &numbering, at: now)
    }
}

extension WorkerPool {
    /// The worker that is being replaced.
    fileprivate var outgoing: WorkerMachine? { workers.first { $0.recycling != nil && !$0.isLeaving } }

    fileprivate func oldAt(_ worker: WorkerMachine) -> Instant? {
        guard case .ready(_, let since) = worker.state else { return nil }
        return policies.recycle.age(of: worker.number).map { since + $0 }
    }

    /// When its successor counts as able to serve in its place; nil: it is not ready.
    fileprivate func settledAt(_ outgoing: WorkerMachine) -> Instant? {
        let others = webWorkers
        // Its slot may have been scaled away.
        let successor = others.first { $0.slot == outgoing.slot } ?? others.first(where: \.isReady)
        guard let successor, case .ready(_, let since) = successor.state else { return nil }
        return announces ? since : since + policies.recycle.settling
    }

    /// Drains the worker that is being replaced, once its successor serves.
    mutating func drainOutgoing(at now: Instant) -> [Effect] {
        guard let outgoing, let settled = settledAt(outgoing), now >= settled else { return [] }
        return tell(outgoing.number, .drain(drainDeadlines(of: outgoing.slot, at: now)), at: now)
    }
}
