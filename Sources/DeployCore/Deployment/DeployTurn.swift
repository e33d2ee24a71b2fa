/// What can happen to a deploy.
enum DeployInput: Equatable, Sendable {
    case saved
    case saveFailed(reason: String)
    /// From its generation.
    case generation(GenerationNews)
    case steered
    case steeringFailed(reason: String)
    case committed
    case commitFailed(reason: String)
    /// From the hook under way.
    case hook(HookKind, HookNews)
    /// Somebody wants it given up, if it is not too late: see ``DeploymentMachine/canCancel``; or its last hook ended.
    case cancel
    /// Somebody wants the old generation back: see ``DeploymentMachine/canUndo``.
    case undo(RequestNumber?, force: Bool)
    /// Somebody wants the canary to be over, and the new generation to get all.
    case promote(RequestNumber?)
    /// Somebody wants the canary to be over, and the old generation to get all.
    case abort(RequestNumber?)
    /// What the new generation and the old one have counted.
    case observed(Observation)
    /// A probe of the new generation: why it failed; nil: it did not.
    case probed(failure: String?)
    /// Its release's own test: how it failed; nil: it did not.
    case tested(failure: String?)
    /// Who is ready may be others than before.
    case reconsider
    /// The master stops.
    case stop
    case tick
}

/// What a deploy wants done.
enum DeployOrder: Equatable, Sendable {
    /// Perform this.
    case effect(Effect)
    /// The new generation may open lanes and boot.
    case boot
    /// The new generation ends at once: no user has met it.
    case abandon
    /// The new generation serves beside the old one.
    case share
    /// The new generation serves, the old one stays warm.
    case cutOver
    /// The old generation serves, the new one retires. `isBad`: what waits for it is passed on, since it may hang.
    case goBack(isBad: Bool)
    /// The old generation retires.
    case retireOld
    /// The new generation drains: users may have met it, and there is no other.
    case drainNew
    /// The deploy is over. The history and the client have been told.
    case over(Outcome)
}

/// What a part of a deploy makes of an input.
struct DeployTurn {
    /// To be carried out in this order.
    var orders: [DeployOrder]
    /// Where the deploy stands afterwards; nil: where it stood.
    var state: DeploymentMachine.State?

    init(_ orders: [DeployOrder] = [], to state: DeploymentMachine.State? = nil) {
        self.orders = orders
        self.state = state
    }

    /// Nothing but a no to a request.
    static func refuse(_ request: RequestNumber?, _ refusal: Refusal) -> DeployTurn {
        DeployTurn([.effect(.finish(request, .refused(refusal)))])
    }

    static func + (before: [DeployOrder], turn: DeployTurn) -> DeployTurn {
        DeployTurn(before + turn.orders, to: turn.state)
    }

    static func + (turn: DeployTurn, after: [DeployOrder]) -> DeployTurn {
        DeployTurn(turn.orders + after, to: turn.state)
    }
}

/// What a new master found of a deploy that it goes on with.
struct DeployRemains {
    /// A worker of the new generation that died unobserved, after it had been ready, while the old generation still has one.
    let lost: LostWorker?
    /// The new generation drains by now, since users may have met it all the same.
    let newDrains: Bool
    /// Users are steered to the new generation.
    let newServes: Bool
}
