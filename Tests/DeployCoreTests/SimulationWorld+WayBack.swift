@testable import DeployCore

// The way back: who is ready where, and that nobody is sent, or left, where nobody is.
extension SimulationWorld {
    /// Whether somebody accepts at a generation, beyond doubt: a worker of its beginning is ready.
    func isSurelyReady(_ number: GenerationNumber?) -> Bool {
        machine.generation(number)?.workers.contains {
            $0.isReady && $0.slot.isWeb && $0.restarts == 0 && !$0.isLeaving
        } ?? false
    }

    /// Whether anybody at all may accept there.
    private func mayBeReady(_ number: GenerationNumber?) -> Bool {
        machine.generation(number)?.workers.contains { $0.isReady && $0.slot.isWeb } ?? false
    }

    /// Whether what speaks against a generation now has to decide: there is somebody to go back to, or nobody at all.
    func hasWayBack(from number: GenerationNumber) -> Bool {
        guard let index = index(of: number), let old = generations[index].predecessor else { return true }
        return generations[index].plan.overrides.neverGoesBack || isSurelyReady(old)
    }

    /// Invariant 11: by no decision are users sent where nobody is ready while somebody is in the other generation.
    func checkReady(_ target: SteeringTarget) throws(SimulationViolation) {
        guard machine.phase == .running, let deployment = machine.deployment, let old = deployment.predecessor else {
            return
        }
        let new = deployment.generation
        if target == .only(old) {
            // A new master leaves them where they are.
            let isKept = isResuming && machine.serving == old
            try expect(
                mayBeReady(old) || !isSurelyReady(new) || isKept,
                "users go back to generation \(old), where nobody is ready")
        } else if !deployment.plan.overrides.neverGoesBack {
            try expect(
                mayBeReady(new) || !isSurelyReady(old), "users are sent to generation \(new), where nobody is ready")
        }
    }

    /// Nor are they left there by a commit, which lets the other generation go. (A later master repeats what was decided.)
    func checkLeft(at book: SimulationGeneration) throws(SimulationViolation) {
        guard machine.phase == .running, !isResuming, !book.plan.overrides.neverGoesBack else { return }
        let hasOther = machine.generation(book.predecessor)?.mayServe(at: now) ?? false
        try expect(
            mayBeReady(book.number) || !hasOther,
            "generation \(book.number) is committed, where nobody is ready, and its predecessor is")
    }

    /// Who is not taken back had nobody to go back to. Then what speaks against the generation decides nothing.
    func noteStays(_ effects: [Effect]) throws(SimulationViolation) {
        for effect in effects {
            guard case .report(_, .note(.notTakenBack(let number, _, _))) = effect else { continue }
            let old = generations[try known(number)].predecessor
            try expect(!isSurelyReady(old), "generation \(number) is not taken back, though its predecessor is ready")
            change(number) {
                $0.guilt = []
                $0.isGuilty = false
            }
        }
    }

    /// Going back was given up: the new generation gets all, and is watched as if for the first time.
    func noteGivenUpUndoing(since before: Before) {
        guard before.stage == .undoing, machine.deployment?.stage == .steering,
            let number = machine.deployment?.generation
        else { return }
        coverage?.note("given up while undoing")
        change(number) {
            $0.hasNoWayBack = true
            // What it lost meanwhile spoke for what was being done already.
            $0.isExcused = true
        }
    }

    /// Invariant 12: going back ends. Each time that it was put off for is kept: users are steered back, or to the new
    /// generation when only that is ready.
    func checkUndoing(after event: Event?) throws(SimulationViolation) {
        guard machine.phase == .running, let deployment = machine.deployment, deployment.stage == .undoing,
            steeringInFlight == nil
        else {
            undoingUntil = nil
            return
        }
        let due = undoingUntil ?? deployment.nextDeadline
        undoingUntil = due
        guard event == .tick else { return }
        try expect(due.map { now < $0 } ?? false, "generation \(deployment.generation) is being undone for ever")
    }

    /// Who is lost at the worst moment: when users could not be steered back, the one that they were to go back to; when a
    /// deploy could not be recorded, the one that is to be.
    var mostMissed: GenerationNumber? {
        guard machine.phase == .running, let deployment = machine.deployment else { return nil }
        switch deployment.stage {
        case .undoing: return steeringInFlight == nil ? deployment.predecessor : nil
        case .committing: return commitInFlight == nil ? deployment.generation : nil
        case .saving, .preparing, .abandoning, .booting, .probing, .savingCutOver, .steeringShare, .canary, .steering,
            .watching, .concluding, .over:
            return nil
        }
    }

    /// Nobody is left waiting at a generation that has lost its users and its workers, while another serves.
    func checkWaiting() throws(SimulationViolation) {
        guard machine.phase == .running, isSurelyReady(machine.serving), machine.deployment?.stage != .undoing else {
            return
        }
        for generation in machine.generations where generation.stage == .warm && !mayBeReady(generation.number) {
            let book = generations[try known(generation.number)]
            try expect(book.isEvacuated, "users wait at generation \(generation.number), where nobody is ready")
        }
    }
}
