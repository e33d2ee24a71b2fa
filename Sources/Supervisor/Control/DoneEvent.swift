internal import DeployCore

/// The outcome of a request. Open, so that an older client can show an outcome of a newer master.
package struct ControlOutcome: RawRepresentable, Codable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The new generation serves, and history says so.
    package static let committed = ControlOutcome(rawValue: "committed")
    /// It failed before the cut-over; users have seen nothing of it.
    package static let failed = ControlOutcome(rawValue: "failed")
    /// It was cancelled before the cut-over.
    package static let cancelled = ControlOutcome(rawValue: "cancelled")
    /// It turned out bad after the cut-over, and the old generation serves again.
    package static let rolledBack = ControlOutcome(rawValue: "rolled back")
    /// A mistake in the request or in the release; nothing was started.
    package static let refused = ControlOutcome(rawValue: "refused")
    /// Another deploy is under way.
    package static let busy = ControlOutcome(rawValue: "busy")
    /// The deploy goes on without its client.
    package static let detached = ControlOutcome(rawValue: "detached")
    /// A verb other than a deploy is done.
    package static let completed = ControlOutcome(rawValue: "completed")

    /// The command's exit code: 0 done, 1 the old release still serves, 75 try again later (EX_TEMPFAIL).
    package var exitCode: Int {
        switch self {
        case .committed, .completed, .detached: 0
        case .busy: 75
        default: 1
        }
    }
}

/// The end of a request.
package struct DoneEvent: Codable, Equatable, Sendable {
    package var outcome: ControlOutcome
    /// Why, in words; with the worker's last lines where a worker is the cause. Empty when there is nothing to say.
    package var message: String
    /// The release that serves now; absent if none does.
    package var serving: ServingReport?
    package var exitCode: Int
    /// From the request to this event.
    package var milliseconds: Double?

    package init(
        _ outcome: ControlOutcome, message: String = "", serving: ServingReport? = nil, milliseconds: Double? = nil
    ) {
        self.outcome = outcome
        self.message = message
        self.serving = serving
        self.exitCode = outcome.exitCode
        self.milliseconds = milliseconds
    }
}

/// The generation that serves, and its release.
package struct ServingReport: Codable, Equatable, Sendable {
    package var generation: Int
    /// The release's short name.
    package var release: String

    package init(generation: Int, release: String) {
        self.generation = generation
        self.release = release
    }
}

extension ServingReport {
    /// The serving release, for a client; nil if nothing serves, or the master stops.
    init?(_ machine: Machine) {
        guard machine.phase == .running, let serving = machine.generation(machine.serving) else { return nil }
        self.init(generation: serving.number.rawValue, release: serving.plan.label)
    }
}
