import TestSupport
import Testing

@testable import DeployCore

@Suite("Workers that are replaced by fresh ones")
struct CoreRecyclingTests {
    private static func plan(
        age: Duration? = nil, memory: Int? = nil, workers: Int = 1, readiness: Readiness = .both
    ) -> ReleasePlan {
        var overrides = PolicyOverrides()
        var recycle = RecyclePolicy()
        recycle.age = age
        recycle.memory = memory
        overrides.recycle = recycle
        return ReleasePlan(
            path: "/srv/v1", label: "v1", workers: workers, readiness: readiness, overrides: overrides)
    }

    private static func isDrain(_ effect: Effect, of worker: WorkerNumber) -> Bool {
        if case .drain(worker, _) = effect { true } else { false }
    }

    @Test("An old worker has a successor that is ready before it is drained, and the next waits for that")
    func age() throws {
        var script = CoreScript()
        _ = script.start(plan: Self.plan(age: .seconds(100), workers: 2), workers: [1, 2])
        #expect(script.pass(.seconds(85)).deeds == [])
        let started = script.tick().deeds
        guard case .spawn(3, 1, let slot) = started.first else { return #expect(Bool(false), "\(started)") }
        #expect(started.count == 1)
        _ = script.spawned(3)
        // The other one is as old, and waits for its turn.
        #expect(script.machine.nextDeadline == script.now + Policies().readyTimeout)
        let drains = script.send(.ready(3, .drains)).deeds
        let old = WorkerNumber(rawValue: slot.number)
        #expect(drains.count == 1 && Self.isDrain(drains[0], of: old), "\(drains)")
        let successor = try #require(script.machine.worker(3))
        #expect(successor.slot == slot && successor.restarts == 1)
        #expect(successor.lastEnd?.description.hasSuffix("old, and was replaced") == true)
        #expect(script.send(.exited(old, .exited(code: 0))).deeds == [])
        let next = script.pass(.seconds(15)).deeds
        #expect(next == [.spawn(4, 1, slot: Slot(3 - slot.number))])
    }

    @Test("The largest worker is replaced when it is too large")
    func memory() {
        var script = CoreScript()
        _ = script.start(plan: Self.plan(memory: 1_000, workers: 2), workers: [1, 2])
        #expect(script.tick() == [.measure(1)])
        #expect(script.send(.measured(1, [1: 900, 2: 1_000])) == [])
        #expect(script.tick() == [.measure(1)])
        #expect(script.send(.measured(1, [1: 1_001, 2: 2_000])).deeds == [.spawn(3, 1, slot: 2)])
        _ = script.spawned(3)
        #expect(script.send(.ready(3, .drains)).deeds.count == 1)
    }

    @Test("A successor that does not say that it is ready has time to settle")
    func settles() {
        var script = CoreScript()
        _ = script.start(plan: Self.plan(memory: 1_000, readiness: .probe))
        _ = script.tick()
        _ = script.send(.measured(1, [1: 2_000]))
        #expect(script.spawned(2) == [.launch(2)])
        let began = script.now
        let drains = script.tick().deeds
        #expect(drains.count == 1 && Self.isDrain(drains[0], of: 1), "\(drains)")
        #expect(script.now - began == .seconds(10))
    }

    @Test("A worker that crashes while it is being replaced has its successor already")
    func crashes() {
        var script = CoreScript()
        _ = script.start(plan: Self.plan(memory: 1_000))
        _ = script.tick()
        _ = script.send(.measured(1, [1: 2_000]))
        _ = script.spawned(2)
        #expect(script.send(.exited(1, .exited(code: 1))).deeds == [])
        #expect(script.machine.generation(1)?.workers.count == 1)
    }

    @Test("A later master goes on with it")
    func resumed() {
        var script = CoreScript()
        _ = script.start(plan: Self.plan(memory: 1_000))
        _ = script.tick()
        _ = script.send(.measured(1, [1: 2_000]))
        let (machine, effects) = Machine.resuming(
            KilledMachine(script.machine.durable, survivors: [1]), policies: CoreScript.plain, at: script.now)
        #expect(effects.deeds == [.spawn(3, 1, slot: 1)])
        #expect(machine.generation(1)?.staying.count == 1)
    }
}
