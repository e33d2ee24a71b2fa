internal import Supervisor

/// What Ctrl-C means while a deploy goes on: before the cut-over it cancels, after it the command leaves and the deploy
/// goes on; the second one leaves at once.
struct Attention: Equatable {
    enum Answer: Equatable {
        /// Ask the master to cancel, and wait for the outcome.
        case cancel
        /// Leave a deploy that goes on.
        case detach
        /// Leave without an outcome.
        case leave
    }

    private enum State: Equatable {
        /// Before the cut-over. To: cancelling, past.
        case revocable
        /// A cancel was sent. To: past.
        case cancelling
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
        case .past: return .detach
        }
    }

    /// Looks at an event; a cut-over, or a canary, behind a cancel means that the cancel came too late.
    mutating func take(_ event: ControlEvent) -> Answer? {
        guard case .step(let step) = event else { return nil }
        let isMet = step.name == .cutOver ? step.state == .finished : step.name == .canary && step.state == .started
        guard isMet, state != .past else { return nil }
        let cameTooLate = state == .cancelling
        state = .past
        return cameTooLate ? .detach : nil
    }
}
