internal import DeployCore
internal import Handoff
internal import Linux

// What workers have counted, and what they use.
extension Workers {
    private func workers(of generation: GenerationNumber) -> [WorkerProcess] {
        living.filter { $0.generation == generation }
    }

    /// The counters of a generation's web workers together; nil if none of them counts.
    func scoreboard(of generation: GenerationNumber) -> ScoreboardSnapshot? {
        let boards = workers(of: generation).filter(\.slot.isWeb).compactMap { $0.counters() }
        guard !boards.isEmpty else { return nil }
        return boards.reduce(into: ScoreboardSnapshot()) { $0.add($1) }
    }

    /// The machine's figures for a generation: what its workers have counted, and what waits in its lanes.
    func counts(of generation: GenerationNumber) -> GenerationCounts {
        GenerationCounts(
            traffic: scoreboard(of: generation).map { TrafficCounts($0) }, queue: listeners.queue(of: generation))
    }

    /// The figures to show for generations: what their workers have counted, and what is known to wait in their lanes.
    func counters(of generations: [GenerationNumber]) -> [GenerationNumber: GenerationCounters] {
        var counters: [GenerationNumber: GenerationCounters] = [:]
        for generation in generations {
            let board = scoreboard(of: generation)
            counters[generation] = GenerationCounters(
                requests: board.map { $0[.inFlight] }, idle: board.map { $0[.idle] },
                upgraded: board.map { $0[.upgraded] }, queued: listeners.knownQueue(of: generation))
        }
        return counters
    }

    /// The upgraded connections that a worker has; nil when it does not count them.
    func upgrades(of number: WorkerNumber) -> Int? {
        self[number]?.counters().map { Int(clamping: $0[.upgraded]) }
    }

    /// The resident memory of each of a generation's workers, with what it has started.
    func residentBytes(of generation: GenerationNumber) -> [WorkerNumber: Int] {
        let own = workers(of: generation)
        let bytes = Sessions.residentBytes(of: own.map(\.pid))
        return Dictionary(
            uniqueKeysWithValues: own.compactMap { worker in bytes[worker.pid].map { (worker.number, $0) } })
    }
}

extension TrafficCounts {
    /// The workers' counters as the machine takes them.
    init(_ board: ScoreboardSnapshot) {
        self.init(
            accepted: board[.accepted], adopted: board[.adopted], answers: board[.requests],
            serverErrors: board[.serverError], inFlight: board[.inFlight],
            latency: LatencyCounts((0..<Scoreboard.latencyBuckets).map { board.latency[$0] }),
            bytes: board[.bytesIn] + board[.bytesOut])
    }
}
