internal import DeployCore
internal import Handoff
internal import Linux

// The effect `observe`: what the workers of two generations have counted, and what waits in their lanes.
extension Master {
    func observe(new: GenerationNumber, old: GenerationNumber) {
        feed(.observed(new: new, old: old, Observation(new: counts(of: new), old: counts(of: old))))
    }

    func counts(of generation: GenerationNumber) -> GenerationCounts {
        GenerationCounts(
            traffic: scoreboard(of: generation).map { TrafficCounts($0) },
            queue: listeners.queue(of: generation))
    }
}

extension TrafficCounts {
    /// The workers' counters as the machine takes them.
    init(_ board: ScoreboardSnapshot) {
        self.init(
            accepted: board[.accepted], answers: board[.requests], serverErrors: board[.serverError],
            inFlight: board[.inFlight],
            latency: LatencyCounts((0..<Scoreboard.latencyBuckets).map { board.latency[$0] }))
    }
}
