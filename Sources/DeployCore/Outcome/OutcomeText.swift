extension Failure: CustomStringConvertible {
    /// What happened, as a clause without an end.
    package var description: String {
        switch self {
        case .notSaved(let reason): "the state could not be saved: \(reason)"
        case .hookFailed(let hook, let failure): "the \(hook) hook \(failure)"
        case .noLanes(let reason): "no socket for the new generation: \(reason)"
        case .notSpawned(let slot, let reason): "worker \(slot) could not be started: \(reason)"
        case .exitedEarly(let worker): "\(worker) before it served"
        case .unfit(let slot, let reason): "worker \(slot) cannot serve here: \(reason)"
        case .neverReady(let slots, let limit, let probe):
            "not ready within \(limit.text) (readyTimeout): \(Self.waiting(for: slots))\(Self.because(of: probe))"
        case .notAnswering(let limit, let probe):
            "no good answer within \(limit.text) (readyTimeout)"
                + (probe.map { "; the last probe: \($0)" } ?? ": no process ran for long enough to be probed")
        case .answersBadly(let time, let probe):
            "every probe of \(time.text) got a bad answer; the last one: \(probe)"
        case .notSteered(let reason): "new connections could not be steered: \(reason)"
        case .exitedDuringWatch(let worker): "\(worker) while it was watched"
        case .evidence(let evidence): evidence.description
        case .deserted: "none of its workers is ready"
        case .nowhereToGoBack(let old, let label): "not rolled back: no worker of generation \(old) (\(label)) is ready"
        case .notCommitted(let reason): "the deploy could not be recorded: \(reason)"
        case .undoneByOperator: "requested by the operator"
        case .masterStopped: "the master was stopped"
        case .machineDied: "the machine went down before the deploy was done"
        case .masterDied: "the master died before the cut-over"
        }
    }

    private static func waiting(for slots: [Slot]) -> String {
        let names = slots.map { "\($0)" }.joined(separator: ", ")
        return slots.count == 1 ? "worker \(names) has not said READY=1" : "workers \(names) have not said READY=1"
    }

    private static func because(of probe: String?) -> String {
        probe.map { "; the last probe: \($0)" } ?? ""
    }
}

extension LostWorker: CustomStringConvertible {
    /// Who ended how, as a clause without an end.
    package var description: String {
        "worker \(slot) (pid \(pid)) \(end)"
    }
}

extension Refusal: CustomStringConvertible {
    /// What stands in the way, as a clause without an end.
    package var description: String {
        switch self {
        case .busy(let generation): "another deploy is under way (generation \(generation))"
        case .tooManyDrain(let crowd):
            "\(crowd); none of them is cut short for a deploy: wait with --wait, or raise `policies.maxDraining` in "
                + "deployd.json and `deployd reload`"
        case .queueFull(let limit):
            "\(limit) deploys wait already; wait for one of them, or raise `policies.maxQueued` in deployd.json and "
                + "`deployd reload`"
        case .tooLate(let generation):
            "new connections already go to generation \(generation); `deployd rollback` goes back"
        case .nothingToCancel: "no such deploy is under way"
        case .nothingToUndo: "no new generation is being watched"
        case .goesBackNever(let label):
            "\(label) says `rollback: \"never\"` in its release.json: its author knows no way back; "
                + "`deployd rollback --force` goes back anyway"
        case .noCanary: "no canary is under way; `deployd status` shows what is"
        case .noneReady(let generation, let label, let move):
            "no worker of generation \(generation) (\(label)) is ready, so it could not serve users; "
                + "`deployd status` shows its workers; \(move.alternative)"
        case .nothingServes:
            "no generation serves; `deployd logs` shows what the last one wrote, `deployd deploy RELEASE` deploys another"
        case .workersOutOfRange(let range):
            "the number of workers must be from \(range.lowerBound) to \(range.upperBound)"
        case .superseded: "another `scale` replaced this one before it was done"
        case .stopping: "the master is stopping; when it is gone, `deployd start` serves again"
        }
    }
}

extension UserMove {
    /// What to type in its place, as a clause without an end.
    fileprivate var alternative: String {
        switch self {
        case .rollback: "`deployd rollback RELEASE --wait` boots that release, or another, when this deploy is over"
        case .abort: "`deployd promote` moves all users to the new generation"
        case .promote: "`deployd abort` moves all users to the old generation"
        }
    }
}

extension Crowd: CustomStringConvertible {
    /// Who drains, and how long that may take, as a clause without an end.
    package var description: String {
        let who =
            count == 1
            ? "1 generation still drains, as many as `policies.maxDraining` allows"
            : "\(count) generations still drain, as many as `policies.maxDraining` allows"
        guard let first else { return who }
        return "\(who); the first of them ends in \(first.text) at the latest"
    }
}
