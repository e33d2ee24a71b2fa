extension GenerationMachine {
    /// Why it does not serve yet, or is still here: one clause for people; nil while it serves.
    package func reason(successor: GenerationNumber?, counters: GenerationCounters?, at now: Instant) -> String? {
        switch state {
        case .preparing: "waits for the state to be saved and for its before hook, if it has one"
        case .opening: "waits for its sockets"
        case .booting(let deadline): "\(waitingFor()); deadline in \(seconds(until: deadline, at: now))"
        case .probing(let deadline): "\(probeCount()); deadline in \(seconds(until: deadline, at: now))"
        case .standingBy: "proven, waits for the cut-over"
        case .serving: nil
        case .warm: "\(warmth(at: now)), while generation \(successor?.description ?? "?") is watched"
        case .retiring(let retirement):
            "its queue is emptying: \(CountText.of(counters?.queued ?? retirement.waiting, "connection")) waiting"
        case .draining: workers.contains { $0.stage == .draining } ? draining(counters, at: now) : exiting(at: now)
        case .ending: exiting(at: now)
        case .gone: nil
        }
    }

    private func warmth(at now: Instant) -> String {
        if mayServe(at: now) { return "can serve again at once" }
        let isLooping = workers.contains { $0.slot.isWeb && $0.isReady } && crashes.isLooping(at: now)
        return isLooping ? "its workers keep crashing" : "no worker is ready"
    }

    private func waitingFor() -> String {
        let names = awaited.map { "\($0)" }.joined(separator: ", ")
        let probe = probes.lastFailure.map { ", the last probe: \($0)" } ?? ""
        return "waits for worker \(names) to be ready\(probe)"
    }

    private func probeCount() -> String {
        let probe = probes.lastFailure.map { ", the last bad one: \($0)" } ?? ""
        return "\(probes.successes) of \(policies.probe.count) good answers in a row\(probe)"
    }

    private func draining(_ counters: GenerationCounters?, at now: Instant) -> String {
        let counted = [
            counters?.requests.map { CountText.of($0, "request") + " in flight" },
            counters?.upgraded.map { CountText.of($0, "upgraded connection") },
            counters?.idle.map { CountText.of($0, "idle connection") },
        ]
        let parts = counted.compactMap(\.self).filter { !$0.hasPrefix("0 ") }
        let what = parts.isEmpty ? "\(CountText.of(workers.count, "worker")) finishing" : parts.joined(separator: ", ")
        guard let deadline = drainsUntil(hasUpgrades: counters?.upgraded != 0) else { return what }
        return "\(what), deadline in \(seconds(until: deadline, at: now))"
    }

    private func exiting(at now: Instant) -> String {
        let workers = CountText.of(workers.count, "worker")
        guard let killAt = self.workers.compactMap(\.nextDeadline).max() else {
            return "\(workers) killed, not gone yet"
        }
        return "\(workers) asked to exit at once, killed in \(seconds(until: killAt, at: now))"
    }

    /// Whole seconds, rounded up: a deadline that is still to come is never "0 s" away.
    private func seconds(until instant: Instant, at now: Instant) -> String {
        let left = max(.zero, instant - now)
        let parts = left.components
        return "\(parts.seconds + (parts.attoseconds > 0 ? 1 : 0)) s"
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

extension WorkerMachine {
    /// Until it is started; nil: it is not waiting for that.
    package func startsIn(at now: Instant) -> Duration? {
        if case .waiting(let until) = state { max(.zero, until - now) } else { nil }
    }
}
