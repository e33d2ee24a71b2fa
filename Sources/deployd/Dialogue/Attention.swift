internal import Supervisor

/// What Ctrl-C means while a deploy goes on: before the cut-over it cancels, after it the command leaves and the deploy
/// goes on; the second one leaves at once.
struct Attention: Equatable {
    enum Answer: Equatable {
        /// Ask the master to cancel, and wait for the outcome.
        case cancel
        /// Leave a deploy that goes on.
        case detach
        /// Leave a canary that goes on: some users meet the new generation, and others do not.
        case detachCanary
        /// Leave without an outcome.
        case leave
    }

    private enum State: Equatable {
        /// Before the cut-over. To: cancelling, shared, past.
        case revocable
        /// A cancel was sent. To: shared, past.
        case cancelling
        /// In a canary. To: past.
        case shared
        /// Behind the cut-over. To: none.
        case past
    }

    private var state = State.revocable

    /// SIGINT or SIGTERM came.
    mutating func interrupt() -> Answer {
        switch state {
        case .revocable:
            state = .cancelling
            return .cancel
        case .cancelling: return .leave
        case .shared: return .detachCanary
        case .past: return .detach
        }
    }

    /// Looks at an event; a cut-over, or a canary, behind a cancel means that the cancel came too late.
    mutating func take(_ event: ControlEvent) -> Answer? {
        guard case .step(let step) = event else { return nil }
        let cameTooLate = state == .cancelling
        if step.name == .canary, step.state == .started, state == .revocable || state == .cancelling {
            state = .shared
            return cameTooLate ? .detachCanary : nil
        }
        guard step.name == .cutOver, step.state == .finished, state != .past else { return nil }
        state = .past
        return cameTooLate ? .detach : nil
    }
}
