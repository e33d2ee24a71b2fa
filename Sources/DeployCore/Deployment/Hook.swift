/// A command of the user's that is part of a deploy.
package enum HookKind: String, Codable, CaseIterable, Equatable, Sendable {
    /// Before the new generation gets lanes or workers. Its failure fails the deploy.
    case before
    /// Once the deploy is committed. Its failure is told, and changes nothing.
    case after
    /// Once the deploy has failed, was cancelled or rolled back. Its failure is told, and changes nothing.
    case failure

    /// The step of a deploy that it is.
    var step: DeployStep {
        switch self {
        case .before: .beforeHook
        case .after: .afterHook
        case .failure: .failureHook
        }
    }
}

/// Which hooks a release has, each with the time that it may take; nil: there is none. What they run is no matter of the
/// machine.
package struct HookLimits: Equatable, Codable, Sendable {
    /// For ``HookKind/before``.
    package var before: Duration?
    /// For ``HookKind/after``.
    package var after: Duration?
    /// For ``HookKind/failure``.
    package var failure: Duration?

    package init(before: Duration? = nil, after: Duration? = nil, failure: Duration? = nil) {
        self.before = before
        self.after = after
        self.failure = failure
    }

    /// The time that a hook may take; nil: there is none.
    package subscript(_ kind: HookKind) -> Duration? {
        switch kind {
        case .before: before
        case .after: after
        case .failure: failure
        }
    }
}

/// How a hook did not do what it was meant to.
package enum HookFailure: Equatable, Codable, Sendable {
    /// It ended otherwise than by exit code 0.
    case ended(WorkerEnd)
    /// It did not end in time, and was ended.
    case timedOut(after: Duration)
    /// There was no process.
    case notSpawned(reason: String)
    /// It was ended because nobody wanted it any more.
    case unwanted
}

extension HookFailure: CustomStringConvertible {
    /// What happened, as the end of a clause that begins with the hook's name.
    package var description: String {
        switch self {
        case .ended(let end): end.description
        case .timedOut(let limit): "did not finish within \(limit.text), and was terminated"
        case .notSpawned(let reason): "could not be started: \(reason)"
        case .unwanted: "was terminated before it finished"
        }
    }
}
