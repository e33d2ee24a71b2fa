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

    package init(traffic: TrafficCounts? = nil, queue: Int = 0) {
        self.traffic = traffic
        self.queue = queue
    }
}

/// The counters of a generation, all since its workers started. The sums fall when a worker is replaced.
package struct TrafficCounts: Equatable, Sendable {
    /// Connections taken.
    package var accepted: Int
    /// Answers sent.
    package var answers: Int
    /// Of these, the ones with a status of 500 or more.
    package var serverErrors: Int
    /// Requests that are being answered now.
    package var inFlight: Int
    /// How long answers took.
    package var latency: LatencyCounts

    package init(
        accepted: Int = 0, answers: Int = 0, serverErrors: Int = 0, inFlight: Int = 0,
        latency: LatencyCounts = LatencyCounts()
    ) {
        self.accepted = accepted
        self.answers = answers
        self.serverErrors = serverErrors
        self.inFlight = inFlight
        self.latency = latency
    }

    /// What came since `earlier`; nil when counters have fallen, so that the two cannot be compared.
    func since(_ earlier: TrafficCounts) -> TrafficCounts? {
        guard accepted >= earlier.accepted, answers >= earlier.answers, serverErrors >= earlier.serverErrors,
            let latency = latency.since(earlier.latency)
        else { return nil }
        return TrafficCounts(
            accepted: accepted - earlier.accepted, answers: answers - earlier.answers,
            serverErrors: serverErrors - earlier.serverErrors, inFlight: inFlight, latency: latency)
    }

    /// The part of the answers that were server errors, from 0 to 1; 0 without an answer.
    var errorShare: Double { answers == 0 ? 0 : Double(serverErrors) / Double(answers) }
}
