import TestSupport
import Testing

@testable import DeployCore

@Suite("Jobs that no two generations have at a time")
struct CoreJobTests {
    private static let job = Slot(1, of: "queue")

    /// One web worker, and a job that may not overlap.
    private static func plan(_ label: String) -> ReleasePlan {
        var queue = ProcessPlan(name: "queue", workers: 1)
        queue.isExclusive = true
        queue.drain.requests = .seconds(20)
        queue.drain.upgrades = .seconds(20)
        return ReleasePlan(
            path: "/srv/\(label)", label: label, workers: 1, readiness: .notify, processes: [queue])
    }

    /// Brings a generation to its watch; its web worker is `worker`.
    private func watching(_ generation: GenerationNumber, _ worker: Int, _ script: inout CoreScript) -> [Effect] {
        let kind: DeployKind = generation == 1 ? .start : .deploy
        var deeds = script.send(.deploy(1, Self.plan("v\(generation)"), kind, wait: false)).deeds
        deeds += script.send(.saved(generation)).deeds
        deeds += script.send(.lanesOpened(generation)).deeds
        deeds += script.spawned(worker).deeds
        deeds += script.send(.ready(.init(rawValue: worker), .notifies)).deeds
        deeds += script.send(.saved(generation)).deeds
        deeds += script.send(.steered(.only(generation))).deeds
        return deeds
    }

    private func commit(_ generation: GenerationNumber, _ script: inout CoreScript) -> [Effect] {
        _ = script.pass(.seconds(5))
        return script.send(.committed(generation)).deeds
    }

    /// The first generation serves with the web worker 1 and the job 2.
    private func serving() -> CoreScript {
        var script = CoreScript()
        #expect(!watching(1, 1, &script).contains { if case .spawn(2, _, _) = $0 { true } else { false } })
        #expect(commit(1, &script).contains(.spawn(2, 1, slot: Self.job)))
        _ = script.spawned(2)
        return script
    }

    private func drain(_ worker: WorkerNumber, _ script: CoreScript) -> Effect {
        .drain(worker, DrainDeadlines(requests: script.now + .seconds(20), upgrades: script.now + .seconds(20)))
    }

    @Test("The old one is told to drain by the commit, and the new one starts when it is gone")
    func changesOver() {
        var script = serving()
        #expect(!watching(2, 3, &script).contains(drain(2, script)))
        let deeds = commit(2, &script)
        #expect(deeds.contains(drain(2, script)))
        #expect(!deeds.contains { if case .spawn = $0 { true } else { false } })
        #expect(script.send(.exited(2, .exited(code: 0))).deeds == [.spawn(4, 2, slot: Self.job)])
    }

    @Test("One that does not go is killed at the end of its drain, and only then the new one starts")
    func stubborn() {
        var script = serving()
        _ = watching(2, 3, &script)
        _ = commit(2, &script)
        _ = script.send(.queueLength(1, 0))
        let deeds = script.pass(.seconds(60)).deeds
        #expect(deeds.contains(.terminate(2)) && deeds.contains(.kill(2)))
        #expect(!deeds.contains { if case .spawn = $0 { true } else { false } })
        #expect(
            script.send(.exited(2, .signalled(name: "SIGKILL", dumpedCore: false))).deeds.contains(
                .spawn(4, 2, slot: Self.job)))
    }

    @Test("Going back in the watch touches none; one that crashed meanwhile is started again where it was")
    func goesBack() {
        var script = serving()
        _ = watching(2, 3, &script)
        _ = script.send(.exited(2, .exited(code: 1)))
        let again = script.pass(.seconds(2)).deeds
        #expect(again.contains(.spawn(4, 1, slot: Self.job)))
        _ = script.spawned(4)
        _ = script.send(.undo(2, force: false))
        let deeds = script.send(.steered(.only(1))).deeds
        #expect(!deeds.contains { $0.drainedWorker == 4 })
        #expect(!script.pass(.seconds(60)).deeds.contains { $0.drainedWorker == 4 })
        #expect(script.machine.worker(4)?.generation == 1)
    }

    @Test("A master that follows waits for the old one just the same")
    func survivesMaster() {
        var script = serving()
        _ = watching(2, 3, &script)
        _ = commit(2, &script)
        let killed = KilledMachine(script.machine.durable, survivors: [1, 2, 3])
        var (machine, effects) = Machine.resuming(killed, policies: CoreScript.plain, at: script.now)
        #expect(!effects.contains { if case .spawn = $0 { true } else { false } })
        effects = machine.handle(.exited(2, .exited(code: 0)), at: script.now)
        #expect(effects.deeds == [.spawn(4, 2, slot: Self.job)])
    }
}
