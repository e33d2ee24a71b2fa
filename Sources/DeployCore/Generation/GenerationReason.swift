/// Why a generation does not serve yet, or is still here: one clause for people.
private struct GenerationReason {
    let generation: GenerationMachine
    let successor: GenerationNumber?
    let counters: GenerationCounters?
    let now: Instant

    private var pool: WorkerPool { generation.pool }
    private var workers: [WorkerMachine] { pool.workers }

    /// Nil while it serves, and when it is gone.
    var text: String? {
        switch generation.state {
        case .preparing: "waits for the state to be saved and for its before hook, if it has one"
        case .opening: "waits for its sockets"
        case .proving(let proof): proof.reason(pool, at: now)
        case .standingBy: "proven, waits for the cut-over"
        case .serving: nil
        case .warm(let until?): "\(warmth), kept for `deployd rollback`, \(until.seconds(from: now)) more"
        case .warm(nil): "\(warmth), while generation \(successor?.description ?? "?") is watched"
        case .retiring(let retirement):
            "its queue is emptying: \(CountText.of(counters?.queued ?? retirement.waiting, "connection")) waiting"
        case .draining: workers.contains { $0.stage == .draining } ? draining : exiting
        case .ending: exiting
        case .gone: nil
        }
    }

    private var warmth: String {
        if pool.mayServe(at: now) { return "can serve again at once" }
        let isLooping = workers.contains { $0.slot.isWeb && $0.isReady } && pool.crashes.isLooping(at: now)
        return isLooping ? "its workers keep crashing" : "no worker is ready"
    }

    private var draining: String {
        let counted = [
            counters?.requests.map { CountText.of($0, "request") + " in flight" },
            counters?.upgraded.map { CountText.of($0, "upgraded connection") },
            counters?.idle.map { CountText.of($0, "idle connection") },
        ]
        let parts = counted.compactMap(\.self).filter { !$0.hasPrefix("0 ") }
        let what = parts.isEmpty ? "\(CountText.of(workers.count, "worker")) finishing" : parts.joined(separator: ", ")
        guard let deadline = generation.drainsUntil(hasUpgrades: counters?.upgraded != 0) else { return what }
        return "\(what), deadline in \(deadline.seconds(from: now))"
    }

    private var exiting: String {
        let workers = CountText.of(workers.count, "worker")
        guard let killAt = self.workers.compactMap(\.nextDeadline).max() else {
            return "\(workers) killed, not gone yet"
        }
        return "\(workers) asked to exit at once, killed in \(killAt.seconds(from: now))"
    }
}

extension GenerationMachine {
    /// Why it does not serve yet, or is still here: one clause for people; nil while it serves.
    package func reason(successor: GenerationNumber?, counters: GenerationCounters?, at now: Instant) -> String? {
        GenerationReason(generation: self, successor: successor, counters: counters, now: now).text
    }

    /// When its next worker is started after a crash; nil: none waits for that.
    package func nextRespawn(at now: Instant) -> Duration? { workers.compactMap { $0.startsIn(at: now) }.min() }

    /// What to type when its workers crash again and again. Where it does not serve, a rollback would leave the
    /// generation that does.
    package func crashLoopAdvice(serving: GenerationNumber?) -> String {
        let logs = "`deployd logs \(number)`"
        switch stage {
        case _ where number == serving: return "\(logs); `deployd rollback` goes back"
        case .warm, .retiring, .draining, .ending, .gone: return "\(logs); it no longer serves, and ends by itself"
        case .preparing, .opening, .booting, .probing, .standingBy, .serving:
            return "\(logs); the deploy under way decides what becomes of it"
        }
    }
}

extension Instant {
    /// Whole seconds, rounded up: a deadline that is still to come is never "0 s" away.
    func seconds(from now: Instant) -> String {
        let left = max(.zero, self - now).components
        return "\(left.seconds + (left.attoseconds > 0 ? 1 : 0)) s"
    }
}

extension WorkerMachine {
    /// Until it is started; nil: it is not waiting for that.
    package func startsIn(at now: Instant) -> Duration? {
        if case .waiting(let until) = state { max(.zero, until - now) } else { nil }
    }
}
