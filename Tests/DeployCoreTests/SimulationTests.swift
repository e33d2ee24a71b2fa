import DeployCore
import Testing

@Suite("The simulation")
struct SimulationTests {
    @Test("No history breaks an invariant")
    func histories() async {
        let wanted = SimulationSettings.histories
        let first = SimulationSettings.firstSeed
        let workers = 2
        let broken = await withTaskGroup(of: UInt64?.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    stride(from: first + UInt64(worker), to: first + UInt64(wanted), by: workers).first { seed in
                        SimulationRun(random: SimulationRandom(seed: seed)).violation != nil
                    }
                }
            }
            return await group.reduce(into: [UInt64]()) { found, seed in
                if let seed { found.append(seed) }
            }
        }
        guard let seed = broken.min() else { return }
        Issue.record("\(SimulationRun.story(of: seed))")
    }

    @Test("The same seed gives the same history")
    func deterministic() {
        var longest = 0
        for seed in 1...UInt64(10) {
            let first = SimulationRun(random: SimulationRandom(seed: seed), traced: true)
            let second = SimulationRun(random: SimulationRandom(seed: seed), traced: true)
            #expect(first.trace == second.trace)
            longest = max(longest, first.trace.count)
        }
        #expect(longest > 50)
    }

    @Test("Histories come to every end that there is")
    func coverage() {
        var reached: Set<String> = []
        for seed in 1...UInt64(2_000) where !reached.isSuperset(of: Self.ends) {
            let run = SimulationRun(random: SimulationRandom(seed: seed), covered: true)
            reached.formUnion(run.coverage?.names ?? [])
        }
        #expect(Self.ends.subtracting(reached) == [])
    }

    static let ends: Set<String> = [
        "exit 0", "exit 1",
        "failed: notSaved", "failed: hookFailed", "failed: noLanes", "failed: notSpawned", "failed: exitedEarly",
        "failed: neverReady",
        "failed: notAnswering", "failed: answersBadly", "failed: notSteered", "failed: notCommitted",
        "failed: \(Failure.masterStopped)",
        "rolled back: exitedDuringWatch", "rolled back: evidence", "rolled back: \(Failure.undoneByOperator)",
        "refused: busy", "refused: queueFull", "refused: tooLate", "refused: \(Refusal.nothingToCancel)",
        "refused: \(Refusal.nothingToUndo)", "refused: goesBackNever", "refused: \(Refusal.noCanary)",
        "killed while steeringShare", "killed while canary", "note: canary", "kept connections are shared",
        "a deploy goes back to what is warm",
        "refused: workersOutOfRange",
        "refused: \(Refusal.superseded)",
        "refused: \(Refusal.stopping)", "failed: \(Failure.masterDied)",
        "killed while saving", "killed while preparing", "killed while abandoning", "killed while concluding",
        "killed while booting", "killed while probing", "killed while savingCutOver",
        "killed while steering", "killed while watching", "killed while committing", "killed while undoing",
        "killed while no deploy is under way", "killed while stopping",
        "killed at rest", "killed before the save", "killed before the effects", "killed after an effect",
        "note: exited", "note: notSpawned", "note: crashLoop", "note: slowRespawn", "note: queueNotEmpty",
        "note: warned", "note: notTakenBack", "refused: noneReady", "given up while undoing",
        "note: commitFailed", "note: drainDeadline", "note: killed",
        "note: waitsForRoom", "refused: tooManyDrain",
        "note: steeringBackFailed", "note: hookFailed", "note: recycled",
    ]
}
