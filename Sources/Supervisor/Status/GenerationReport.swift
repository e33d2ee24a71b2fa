/// A generation: its state, its workers, its figures.
package struct GenerationReport: Codable, Equatable, Sendable {
    package var number: Int
    /// The release's short name.
    package var release: String
    /// The release's real path.
    package var path: String
    package var state: GenerationState
    /// The time since it entered this state.
    package var seconds: Int
    /// Why it is still here, when it does not serve: "12 connections idle, deadline in 20 s".
    package var reason: String?
    package var workers: [WorkerReport]
    /// Present if its workers die faster than they may be started again.
    package var crashLoop: CrashLoopReport?
    /// Sums over the workers, or what the kernel counted; absent when neither counts.
    package var scoreboard: ScoreboardReport?
    /// Why neither does, where that is known.
    package var unseen: String?
    /// The lanes, in the order of the listeners.
    package var lanes: [LaneReport]?

    package init(
        number: Int, release: String, path: String, state: GenerationState, seconds: Int, reason: String? = nil,
        workers: [WorkerReport] = [], crashLoop: CrashLoopReport? = nil, scoreboard: ScoreboardReport? = nil,
        unseen: String? = nil, lanes: [LaneReport]? = nil
    ) {
        self.number = number
        self.release = release
        self.path = path
        self.state = state
        self.seconds = seconds
        self.reason = reason
        self.workers = workers
        self.crashLoop = crashLoop
        self.scoreboard = scoreboard
        self.unseen = unseen
        self.lanes = lanes
    }
}

/// The state of a generation, by its name. Open, so that an older client can show a state of a newer master.
package struct GenerationState: RawRepresentable, Codable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package static let booting = GenerationState(rawValue: "booting")
    package static let probing = GenerationState(rawValue: "probing")
    package static let serving = GenerationState(rawValue: "serving")
    /// It gets a share of new connections, beside the one that serves.
    package static let canary = GenerationState(rawValue: "canary")
    /// It served until the cut-over and can serve again at once.
    package static let warm = GenerationState(rawValue: "warm")
    package static let draining = GenerationState(rawValue: "draining")
    package static let stopping = GenerationState(rawValue: "stopping")
}

/// A worker's process, or the place of one that waits to be started again.
package struct WorkerReport: Codable, Equatable, Sendable {
    /// The place in the generation, from 1, among those of its kind.
    package var slot: Int
    /// The kind of process that it is, by its name in the release; absent for a web worker.
    package var process: String?
    /// Absent while it waits to be started again.
    package var pid: Int?
    /// "booting", "ready", "draining", "waiting", "gone".
    package var state: String
    /// The time since it entered this state.
    package var seconds: Int
    /// Times that its place was filled again.
    package var restarts: Int
    package var residentBytes: Int?
    /// The end of its predecessor: "exited with 1", "killed by SIGSEGV".
    package var lastExit: String?
    /// The worker's own words after STATUS=.
    package var status: String?

    package init(
        slot: Int, process: String? = nil, pid: Int?, state: String, seconds: Int, restarts: Int = 0,
        residentBytes: Int? = nil,
        lastExit: String? = nil, status: String? = nil
    ) {
        self.slot = slot
        self.process = process
        self.pid = pid
        self.state = state
        self.seconds = seconds
        self.restarts = restarts
        self.residentBytes = residentBytes
        self.lastExit = lastExit
        self.status = status
    }
}

/// Workers that keep crashing.
package struct CrashLoopReport: Codable, Equatable, Sendable {
    package var crashes: Int
    package var withinSeconds: Int
    /// Until the next attempt.
    package var nextAttemptSeconds: Int

    package init(crashes: Int, withinSeconds: Int, nextAttemptSeconds: Int) {
        self.crashes = crashes
        self.withinSeconds = withinSeconds
        self.nextAttemptSeconds = nextAttemptSeconds
    }
}
