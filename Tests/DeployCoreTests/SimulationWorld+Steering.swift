@testable import DeployCore

// Steering: who meets users, whole or in part.
extension SimulationWorld {
    func steer(_ target: SteeringTarget) throws(SimulationViolation) {
        try expect(steeringInFlight == nil || machine.phase != .running, "two steerings at a time")
        steeringInFlight = target
        restingTarget = nil
        try checkCanary(target)
        try checkReady(target)
        for share in target.shares {
            let index = try known(share.generation)
            try expect(generations[index].saves > 1, "generation \(share.generation) is cut over to, and not saved")
            try expect(generations[index].hasLanes, "generation \(share.generation) is steered to, and has no lanes")
            try checkComplete(share.generation)
            generations[index].steered = true
            generations[index].isEvacuated = false
            steeredTo.insert(share.generation)
        }
        let isStubborn = machine.deployment?.stage == .undoing && random.chance(trouble)
        let answer: Event = fails() || isStubborn ? .steeringFailed(target, reason: "EPERM") : .steered(target)
        post(answer, after: random.delay(upTo: .milliseconds(50)))
    }

    /// A generation that users meet for the first time has all its workers.
    private func checkComplete(_ number: GenerationNumber) throws(SimulationViolation) {
        let book = generations[try known(number)]
        guard machine.deployment?.generation == number, !book.steered, !book.isExcused, !book.isReturn, !isResuming
        else { return }
        let isComplete = machine.generation(number)?.isComplete ?? false
        try expect(isComplete, "generation \(number) is cut over to, and lacks a worker")
    }

    /// A canary's steps come one after the other, each for its time, and before the cut-over.
    private func checkCanary(_ target: SteeringTarget) throws(SimulationViolation) {
        guard let deployment = machine.deployment, let old = deployment.predecessor, target != .only(old) else {
            return
        }
        let book = generations[try known(deployment.generation)]
        let steps = deployment.plan.canary
        let present = book.canaryStep ?? -1
        if target != .only(book.number) {
            let isNext = present + 1 < steps.count && target == split(steps[present + 1], book.number, old)
            // A new master steers anew what was being steered, and again when that fails.
            let isAgain = isResuming || failedSteering == target
            let isSame = isAgain && present >= 0 && target == split(steps[present], book.number, old)
            try expect(isNext || isSame, "generation \(book.number) gets \(target) after step \(present)")
            if isSame { return }
        } else {
            guard !isResuming, !steps.isEmpty else { return }
            let isFree = book.plan.overrides.neverGoesBack
            try expect(!book.isGuilty || isFree, "generation \(book.number) is bad, and is cut over to")
            guard !book.isPromoted, !book.hasNoWayBack else { return }
            try expect(present == steps.count - 1, "generation \(book.number) is cut over to after step \(present)")
        }
        guard present >= 0 else { return }
        let isOver = steps[present].duration.map { now - (book.canarySince ?? now) >= $0 } ?? false
        try expect(isOver, "generation \(book.number) has not had its time in step \(present)")
    }

    private func split(_ step: CanaryStep, _ new: GenerationNumber, _ old: GenerationNumber) -> SteeringTarget {
        .split(new, percent: step.percent, old: old)
    }

    /// The kernel goes by a target: a step of the canary, or the watch, begins.
    func noteSteered(_ target: SteeringTarget) {
        guard let deployment = machine.deployment, deployment.awaitedTarget == target else { return }
        let now = now
        switch deployment.stage {
        case .steeringShare:
            change(deployment.generation) {
                $0.canaryStep = deployment.canaryStep
                $0.canarySince = now
                $0.beginWatch(at: now)
            }
        case .steering: change(deployment.generation) { $0.beginWatch(at: now) }
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .canary, .watching, .committing,
            .undoing,
            .concluding, .over:
            break
        }
    }

    /// Workers are told of kept connections what holds for new ones.
    func share(_ target: SteeringTarget) throws(SimulationViolation) {
        let resting = restingTarget.map { "\($0)" } ?? "nothing that is known"
        try expect(target == restingTarget, "kept connections are shared by \(target), and new ones by \(resting)")
        sharing = (target, life)
    }

    /// Invariant 13: where steering rests kept connections rest, and each master has said so.
    func checkSharing() throws(SimulationViolation) {
        guard machine.phase == .running, let restingTarget, machine.serving != nil else { return }
        let told = sharing.flatMap { $0.life == life ? "\($0.target)" : nil } ?? "nothing"
        try expect(
            sharing?.target == restingTarget && sharing?.life == life,
            "new connections are shared by \(restingTarget), and workers were told \(told) of kept ones")
    }

    func notePromotion() {
        guard let deployment = machine.deployment, deployment.canaryStep != nil else { return }
        change(deployment.generation) { $0.isPromoted = true }
    }
}
