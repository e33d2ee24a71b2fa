import TestSupport
import Testing

@testable import DeployCore

@Suite("A generation that stays warm after the commit of its successor")
struct CoreWarmTests {
    /// Generation 2 (v2) is committed, and generation 1 (v1) is to stay warm for 10 minutes.
    private static func committed() -> CoreScript {
        var script = CoreScript()
        _ = script.start()
        var overrides = PolicyOverrides()
        overrides.warm = .seconds(600)
        let plan = ReleasePlan(path: "/srv/v2", label: "v2", workers: 1, readiness: .both, overrides: overrides)
        _ = script.bringUp(2, plan: plan, workers: [2])
        _ = script.send(.steered(.only(2)))
        _ = script.pass(.seconds(5))
        _ = script.send(.committed(2))
        return script
    }

    @Test("It keeps its workers until its time is up, and then retires like any other")
    func retires() throws {
        var script = Self.committed()
        let warm = try #require(script.machine.generation(1))
        #expect(warm.stage == .warm && warm.warmUntil == script.now + .seconds(600))
        #expect(
            warm.reason(successor: 2, counters: nil, at: script.now)
                == "can serve again at once, kept for `deployd rollback`, 600 s more")
        #expect(script.pass(.seconds(599)).deeds == [])
        #expect(script.pass(.seconds(2)).deeds.contains(.askQueue(1)))
        #expect(script.machine.generation(1)?.stage == .retiring)
    }

    @Test("A roll-back to its release is a save and one steering, without a boot, a probe or a watch")
    func goesBack() throws {
        var script = Self.committed()
        let back = script.send(.deploy(7, CoreScript.plan("v1"), .rollback, wait: false)).deeds
        #expect(back == [.save(1)])
        #expect(script.send(.saved(1)).deeds == [.steer(.only(1))])
        let steered = script.send(.steered(.only(1))).deeds
        let entry = try #require(steered.compactMap(\.committedEntry).first)
        #expect(entry.generation == 1 && entry.kind == .rollback && entry.to == "/srv/v1" && entry.from == "/srv/v2")
        #expect(script.machine.serving == 1)
        let over = script.send(.committed(1))
        #expect(over.contains(.finish(7, .committed(1))) && over.deeds.contains(.askQueue(2)), "what was left retires")
    }

    @Test("A deploy makes it retire; one of another release, or of the same by another verb, boots as ever")
    func isLetGo() {
        var script = Self.committed()
        let effects = script.send(.deploy(7, CoreScript.plan("v1"), .deploy, wait: false)).deeds
        #expect(effects == [.askQueue(1), .save(3)])
        #expect(script.machine.generation(1)?.stage == .retiring)
    }

    @Test("A roll-back that is given up leaves it warm for as long as it would have been")
    func isGivenUp() {
        var script = Self.committed()
        let until = script.machine.generation(1)?.warmUntil
        _ = script.send(.deploy(7, CoreScript.plan("v1"), .rollback, wait: false))
        #expect(script.machine.generation(1)?.warmUntil == nil, "it does not retire under a deploy")
        let effects = script.send(.saveFailed(1, reason: "disk full"))
        #expect(effects.contains(.finish(7, .failed(.notSaved(reason: "disk full")))))
        #expect(script.machine.serving == 2 && script.machine.generation(1)?.warmUntil == until)
    }

    @Test("One in which nobody is ready is not gone back to")
    func isDead() {
        var script = Self.committed()
        _ = script.send(.exited(1, .signalled(name: "SIGKILL", dumpedCore: false)))
        let effects = script.send(.deploy(7, CoreScript.plan("v1"), .rollback, wait: false)).deeds
        #expect(effects.contains(.save(3)))
    }

    @Test("A later master keeps it warm, and goes on with a roll-back to it")
    func resumes() {
        var script = Self.committed()
        let until = script.machine.generation(1)?.warmUntil
        let warm = Machine.resuming(
            KilledMachine(script.machine.durable, survivors: [1, 2]), policies: CoreScript.plain, at: script.now
        ).machine
        #expect(warm.generation(1)?.stage == .warm && warm.generation(1)?.warmUntil == until)
        _ = script.send(.deploy(7, CoreScript.plan("v1"), .rollback, wait: false))
        _ = script.send(.saved(1))
        let (machine, effects) = Machine.resuming(
            KilledMachine(script.machine.durable, survivors: [1, 2]), policies: CoreScript.plain, at: script.now)
        #expect(effects.contains(.steer(.only(1))) && machine.generation(1)?.stage == .warm)
    }

    @Test("Workers that were scaled meanwhile are there before users come back")
    func scales() {
        var script = Self.committed()
        _ = script.send(.scale(8, workers: 2))
        let effects = script.send(.deploy(7, CoreScript.plan("v1"), .rollback, wait: false)).deeds
        #expect(effects.contains(.spawn(4, 1, slot: 2)) || effects.contains(.spawn(3, 1, slot: 2)))
    }
}
