/// What is known of two generations at one moment, while the newer one is watched.
package struct Observation: Equatable, Sendable {
    /// The generation that is judged.
    package var new: GenerationCounts
    /// The one that serves if it is found bad.
    package var old: GenerationCounts

    package init(new: GenerationCounts = GenerationCounts(), old: GenerationCounts = GenerationCounts()) {
        self.new = new
        self.old = old
    }
}

/// What a generation's workers have counted together, and what waits in its lanes.
package struct GenerationCounts: Equatable, Sendable {
    /// Nil: its workers do not count.
    package var traffic: TrafficCounts?
    /// Connections that wait to be accepted; 0 where the kernel does not tell.
    package var queue: Int
    /// Whether kept connections that were handed to it wait to be taken.
    package var handoversWait = false
    /// The master's own probes, which the workers count as they count users.
    package var probes: ProbeCounts

    package init(traffic: TrafficCounts? = nil, queue: Int = 0, probes: ProbeCounts = ProbeCounts()) {
        self.traffic = traffic
        self.queue = queue
        self.probes = probes
    }
}

/// The probes that this master has sent to a generation, in all.
package struct ProbeCounts: Equatable, Sendable {
    /// Those that were sent.
    package var sent: Int
    /// Of these, the ones that are under way.
    package var inFlight: Int
    /// Those that were answered, well or badly.
    package var answered: Int
    /// Of these, the ones whose answer the workers count as a server error.
    package var serverErrors: Int
    /// Bytes of those that are over: requests and answers.
    package var bytes: Int

    package init(sent: Int = 0, inFlight: Int = 0, answered: Int = 0, serverErrors: Int = 0, bytes: Int = 0) {
        self.sent = sent
        self.inFlight = inFlight
        self.answered = answered
        self.serverErrors = serverErrors
        self.bytes = bytes
    }
}

/// The counters of a generation, all since its workers started. The sums fall when a worker is replaced. Probes are among
/// them, but for the figures of a ``UserCounter``.
package struct TrafficCounts: Equatable, Sendable {
    /// Connections taken.
    package var accepted: Int
    /// Connections that another generation has handed over.
    package var adopted: Int
    /// Answers sent.
    package var answers: Int
    /// Of these, the ones with a status of 500 or more.
    package var serverErrors: Int
    /// Requests that are being answered now.
    package var inFlight: Int
    /// How long answers took.
    package var latency: LatencyCounts
    /// Bytes that came from clients or went to them; 0 where nobody counts them.
    package var bytes: Int

    package init(
        accepted: Int = 0, adopted: Int = 0, answers: Int = 0, serverErrors: Int = 0, inFlight: Int = 0,
        latency: LatencyCounts = LatencyCounts(), bytes: Int = 0
    ) {
        self.accepted = accepted
        self.adopted = adopted
        self.answers = answers
        self.serverErrors = serverErrors
        self.inFlight = inFlight
        self.latency = latency
        self.bytes = bytes
    }

    /// What came since `earlier`; nil when counters have fallen, so that the two cannot be compared.
    func since(_ earlier: TrafficCounts) -> TrafficCounts? {
        guard accepted >= earlier.accepted, answers >= earlier.answers, serverErrors >= earlier.serverErrors,
            adopted >= earlier.adopted, bytes >= earlier.bytes, let latency = latency.since(earlier.latency)
        else { return nil }
        return TrafficCounts(
            accepted: accepted - earlier.accepted, adopted: adopted - earlier.adopted,
            answers: answers - earlier.answers, serverErrors: serverErrors - earlier.serverErrors, inFlight: inFlight,
            latency: latency, bytes: bytes - earlier.bytes)
    }

    /// The part of the answers that were server errors, from 0 to 1; 0 without an answer.
    var errorShare: Double { answers <= 0 ? 0 : min(1, Double(max(0, serverErrors)) / Double(answers)) }
}
