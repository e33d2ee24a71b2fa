// Kept connections go where new ones go, in the same shares: who has opened his connection before a deploy meets the new
// release when the others do, and the watch and the canary see him.
extension Machine {
    /// Tells workers how to share kept connections, when steering has come to rest elsewhere than they were told. A master
    /// that follows tells it once more: nobody knows whether the one before came to that.
    mutating func shareKept() -> [Effect] {
        guard let target = restingTarget, target != sharing else { return [] }
        sharing = target
        return [.share(target)]
    }

    /// Where steering rests; nil while it is on its way, nothing serves, or the master stops.
    private var restingTarget: SteeringTarget? {
        guard phase == .running, let serving else { return nil }
        guard let deployment else { return .only(serving) }
        return deployment.restingTarget(serving: serving)
    }
}

extension DeploymentMachine {
    /// How steering rests at this stage of the deploy; nil: it does not.
    fileprivate func restingTarget(serving: GenerationNumber) -> SteeringTarget? {
        switch stage {
        case .steeringShare, .steering, .undoing: nil
        case .canary: canaryTarget
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .watching, .committing, .concluding,
            .over:
            .only(serving)
        }
    }
}
