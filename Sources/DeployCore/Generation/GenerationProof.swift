/// The proof of a generation, before users meet it: its workers get ready, and then answer probes, all of it by one deadline.
package struct GenerationProof: Equatable, Sendable {
    /// A worker that is ready may still have to load what answers.
    private(set) var deadline: Instant
    /// The workers are ready, and the probes decide.
    private(set) var isProbing = false
    /// Good answers in a row.
    private var successes = 0
    /// What was wrong with the last bad one.
    private var lastFailure: String?
    /// Since when there are only bad answers that more time does not make better.
    private var definiteSince: Instant?
    /// A probe is under way.
    private var inFlight = false
    /// When the next one is due.
    private var nextAt: Instant?

    init(by deadline: Instant, isProbing: Bool = false) {
        self.deadline = deadline
        self.isProbing = isProbing
    }

    var nextDeadline: Instant? { nextAt.earlier(deadline) }

    mutating func extend(to instant: Instant) { deadline = max(deadline, instant) }

    /// A worker has said READY=1. Also after a first answer: from now on, all are waited for.
    mutating func announced(_ pool: WorkerPool) -> GenerationStep {
        nextAt = nil
        return proceed(pool)
    }

    /// Goes on with the proof, once everybody runs and whoever says READY=1 has said so.
    mutating func proceed(_ pool: WorkerPool) -> GenerationStep {
        guard pool.workers.allSatisfy({ $0.process != nil }), !pool.waitsForWord else { return .init() }
        guard pool.plan.readiness.isProbed else { return prove() }
        // What was answered while some workers were not ready says nothing of them.
        if pool.announces || isProbing { return startProbing(successes: 0, pool) }
        return .init(effects: inFlight ? [] : probe(pool))
    }

    private mutating func startProbing(successes: Int, _ pool: WorkerPool) -> GenerationStep {
        isProbing = true
        self.successes = successes
        var step = GenerationStep(news: [.ready])
        if successes >= pool.policies.probe.count {
            step += prove()
        } else if !inFlight {
            step.effects += probe(pool)
        }
        return step
    }

    private mutating func prove() -> GenerationStep {
        nextAt = nil
        return .init(news: [.proven])
    }

    private mutating func probe(_ pool: WorkerPool) -> [Effect] {
        inFlight = true
        nextAt = nil
        return [.probe(pool.generation)]
    }

    mutating func probeSucceeded(_ pool: WorkerPool) -> GenerationStep {
        inFlight = false
        definiteSince = nil
        guard !pool.waitsForWord else { return .init() }
        guard isProbing else { return startProbing(successes: 1, pool) }
        successes += 1
        return successes >= pool.policies.probe.count ? prove() : .init(effects: probe(pool))
    }

    mutating func probeFailed(_ failure: ProbeFailure, _ pool: WorkerPool, at now: Instant) -> GenerationStep {
        inFlight = false
        successes = 0
        lastFailure = failure.text
        definiteSince = failure.isDefinite ? definiteSince ?? now : nil
        guard !pool.waitsForWord else {
            nextAt = nil
            return .init()
        }
        if let since = definiteSince, now - since >= pool.policies.probe.steadyLimit {
            return .init(news: [.failed(.answersBadly(lasting: now - since, lastProbe: failure.text))])
        }
        nextAt = now + pool.policies.probe.interval
        return .init()
    }

    /// The next probe, if it is due.
    mutating func tick(_ pool: WorkerPool, at now: Instant) -> GenerationStep {
        guard let nextAt, now >= nextAt else { return .init() }
        return .init(effects: probe(pool))
    }

    /// The deadline has come.
    func outOfTime(_ pool: WorkerPool) -> Failure {
        let limit = pool.policies.readyTimeout
        // Nobody is asked for a word that its program does not know.
        guard pool.waitsForWord else {
            return .notAnswering(after: limit, lastProbe: lastFailure ?? (inFlight ? "it was still unanswered" : nil))
        }
        return .neverReady(slots: pool.awaited, after: limit, lastProbe: lastFailure)
    }

    /// What is waited for: one clause for people.
    func reason(_ pool: WorkerPool, at now: Instant) -> String {
        "\(isProbing ? probeCount(pool) : waitingFor(pool)); deadline in \(deadline.seconds(from: now))"
    }

    private func waitingFor(_ pool: WorkerPool) -> String {
        let names = pool.awaited.map { "\($0)" }.joined(separator: ", ")
        let probe = lastFailure.map { ", the last probe: \($0)" } ?? ""
        return "waits for worker \(names) to be ready\(probe)"
    }

    private func probeCount(_ pool: WorkerPool) -> String {
        let probe = lastFailure.map { ", the last bad one: \($0)" } ?? ""
        return "\(successes) of \(pool.policies.probe.count) good answers in a row\(probe)"
    }
}
