import TestSupport
import Testing

@testable import DeployCore

@Suite("Whether there is a way back")
struct CoreWayBackTests {
    private static let why = Failure.nowhereToGoBack(1, label: "v1")
    private static let killed = WorkerEnd.signalled(name: "SIGKILL", dumpedCore: false)

    /// A second generation that is watched, while nobody is ready in the first: worker 1 was killed.
    private static func deserted(workers: [Int] = [2]) -> CoreScript {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2", workers: workers.count), workers: workers, request: 9)
        _ = script.send(.steered(.only(2)))
        _ = script.send(.exited(1, killed))
        return script
    }

    @Test("What speaks against the new generation takes nobody back to where nobody is ready, and history says so")
    func stays() throws {
        var script = Self.deserted(workers: [2, 3])
        let effects = script.send(.exited(2, Self.killed))
        let failure = Failure.exitedDuringWatch(.init(worker: 2, slot: 1, pid: 102, end: Self.killed))
        #expect(effects.deeds == [])
        #expect(effects.contains(.report(9, .note(.notTakenBack(2, failure, because: Self.why)))))
        #expect("\(Self.why)" == "not rolled back: no worker of generation 1 (v1) is ready")
        #expect(script.machine.deployment?.stage == .watching)
        let entry = try #require(script.pass(.seconds(5)).compactMap(\.committedEntry).first)
        #expect(entry.warnings == [failure, Self.why])
    }

    @Test("A rollback there is refused with what to type, and done once a worker is ready again")
    func undo() {
        var script = Self.deserted()
        let refusal = Refusal.noneReady(1, label: "v1", .rollback)
        #expect(script.send(.undo(4)) == [.finish(4, .refused(refusal))])
        #expect(script.send(.undo(4, force: true)) == [.finish(4, .refused(refusal))])
        #expect("\(refusal)".contains("`deployd rollback RELEASE --wait`"))
        #expect(script.tick() == [.spawn(3, 1, slot: 1)])
        _ = script.spawned(3)
        _ = script.send(.ready(3, .drains))
        #expect(script.send(.undo(5)).deeds == [.steer(.only(1))])
        #expect(script.send(.steered(.only(1))).contains(.finish(5, .done)))
        #expect(script.machine.generation(1)?.isEvacuated == false)
    }

    @Test("What waits where nobody is ready is passed on, at the cut-over or when the last one ends")
    func evacuates() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.exited(1, Self.killed))
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [3])
        #expect(script.send(.steered(.only(2))).deeds == [.evacuate(1)])
        #expect(script.send(.tick).deeds.contains(.evacuate(1)) == false, "said once")

        script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        _ = script.send(.steered(.only(2)))
        #expect(script.send(.exited(1, Self.killed)).deeds == [.evacuate(1)])
    }

    @Test("Where nobody is ready at all users stay, and go back only if the old generation is ready first")
    func neither() {
        var script = Self.deserted()
        #expect(script.send(.exited(2, Self.killed)).deeds == [])
        #expect(script.tick().deeds == [.spawn(3, 1, slot: 1), .spawn(4, 2, slot: 1)])
        var mended = script
        _ = script.spawned(3)
        #expect(script.send(.ready(3, .drains)).deeds == [.steer(.only(1))])
        #expect(script.send(.steered(.only(1))).contains(.finish(9, .rolledBack(.deserted))))
        #expect(script.machine.serving == 1)

        _ = mended.spawned(4)
        _ = mended.send(.ready(4, .drains))
        _ = mended.spawned(3)
        #expect(mended.send(.ready(3, .drains)).deeds == [])
        #expect(mended.machine.deployment?.stage == .watching)
    }

    @Test("What could not be recorded is not recorded once only the old generation is ready", arguments: [false, true])
    func commitRetried(never: Bool) throws {
        var script = CoreScript()
        _ = script.start()
        var overrides = PolicyOverrides()
        overrides.neverGoesBack = never
        let plan = ReleasePlan(path: "/srv/v2", label: "v2", workers: 1, readiness: .both, overrides: overrides)
        _ = script.bringUp(2, plan: plan, workers: [2], request: 9)
        _ = script.send(.steered(.only(2)))
        _ = script.send(.exited(1, Self.killed))
        try #require(script.pass(.seconds(5)).contains { $0.committedEntry != nil })
        #expect(script.send(.commitFailed(2, reason: "disk full")).deeds == [])
        _ = script.spawned(3)
        _ = script.send(.ready(3, .drains))
        _ = script.send(.exited(2, Self.killed))
        #expect(script.machine.deployment?.stage == .committing)
        let effects = script.tick()
        #expect(effects.contains { $0.committedEntry != nil } == never)
        #expect(effects.contains(.steer(.only(1))) == !never)
        guard !never else { return }
        #expect(script.send(.steered(.only(1))).contains(.finish(9, .rolledBack(.deserted))))
        #expect(script.machine.serving == 1)
    }

    @Test("A canary is not aborted to where nobody is ready, and can be promoted")
    func canary() {
        var script = CoreScript()
        _ = script.start()
        var plan = CoreScript.plan("v2")
        plan.canary = [CanaryStep(percent: 10, duration: nil)]
        _ = script.bringUp(2, plan: plan, workers: [2], request: 9)
        _ = script.send(.steered(.split(2, percent: 10, old: 1)))
        #expect(script.send(.exited(1, Self.killed)).deeds == [], "both serve")
        #expect(script.send(.abort(3)) == [.finish(3, .refused(.noneReady(1, label: "v1", .abort)))])
        #expect(script.send(.promote(4)).deeds == [.steer(.only(2))])
        #expect(script.send(.steered(.only(2))).deeds == [.finish(4, .done), .evacuate(1)])
    }

    @Test("A cut-over that fails is tried again where nobody is ready in the old generation")
    func steeringFails() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2], request: 9)
        _ = script.send(.exited(1, Self.killed))
        let failed = script.send(.steeringFailed(.only(2), reason: "EPERM"))
        let note = Note.steeringFailed(2, reason: "EPERM", retryIn: .milliseconds(100))
        #expect(failed == [.report(9, .note(note))])
        #expect(script.tick().contains(.steer(.only(2))))
        _ = script.send(.steered(.only(2)))
        #expect(script.machine.serving == 2)
    }

    @Test("Who went back when the old generation lost its last worker is refused, once the steering is done")
    func undoneTooLate() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2], request: 9)
        #expect(script.send(.undo(4)).deeds == [])
        _ = script.send(.exited(1, Self.killed))
        let effects = script.send(.steered(.only(2)))
        #expect(effects.contains(.finish(4, .refused(.noneReady(1, label: "v1", .rollback)))))
        #expect(effects.contains(.report(9, .note(.notTakenBack(2, nil, because: Self.why)))))
        #expect(script.machine.deployment?.stage == .watching)
    }

    @Test("Users who could not be steered back go to the new generation when by then only that is ready")
    func undoingGivenUp() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2], request: 9)
        _ = script.send(.steered(.only(2)))
        #expect(script.send(.undo(4)).deeds == [.steer(.only(1))])
        _ = script.send(.steeringFailed(.only(1), reason: "EPERM"))
        #expect(script.send(.exited(1, Self.killed)).deeds == [], "users may be anywhere")
        let effects = script.tick()
        #expect(effects.contains(.finish(4, .refused(.noneReady(1, label: "v1", .rollback)))))
        #expect(effects.contains(.report(9, .note(.notTakenBack(2, nil, because: Self.why)))))
        #expect(effects.contains(.steer(.only(2))))
        #expect(effects.contains(.report(9, .failed(.undoing))))
        #expect(effects.contains(.evacuate(1)), "the first listener may have been steered back already")
        #expect(script.machine.deployment?.stage == .steering)

        var broken = script
        #expect(broken.send(.steeringFailed(.only(2), reason: "EPERM")).deeds == [])
        _ = broken.tick()
        #expect(broken.machine.deployment?.awaitedTarget == .only(2))

        _ = script.send(.steered(.only(2)))
        #expect(script.machine.deployment?.stage == .watching)
        #expect(script.machine.serving == 2 && script.machine.generation(1)?.stage == .warm)
        #expect(script.pass(.seconds(5)).contains { $0.committedEntry != nil })
    }

    @Test("Where users were passed on from before somebody tried to take them back, they are again")
    func evacuatesAgain() {
        var script = Self.deserted()
        #expect(script.machine.generation(1)?.isEvacuated == true)
        #expect(script.tick().deeds == [.spawn(3, 1, slot: 1)])
        _ = script.spawned(3)
        _ = script.send(.ready(3, .drains))
        #expect(script.send(.undo(4)).deeds == [.steer(.only(1))])
        #expect(script.machine.generation(1)?.isEvacuated == false)
        _ = script.send(.steeringFailed(.only(1), reason: "EPERM"))
        _ = script.send(.exited(3, Self.killed))
        #expect(script.pass(.milliseconds(100)).contains(.evacuate(1)))
        #expect(script.machine.deployment?.stage == .steering)
    }

    @Test("A later master that finds the old generation ready first goes back without a look at the new one")
    func resumedInCanary() {
        var script = CoreScript()
        _ = script.start()
        var plan = CoreScript.plan("v2")
        plan.canary = [CanaryStep(percent: 10, duration: nil)]
        _ = script.bringUp(2, plan: plan, workers: [2], request: 9)
        let share = SteeringTarget.split(2, percent: 10, old: 1)
        _ = script.send(.steered(share))
        _ = script.send(.exited(1, Self.killed))
        #expect(script.send(.exited(2, Self.killed)).deeds == [])
        #expect(script.resume(survivors: []).contains(.steer(share)))
        #expect(script.machine.deployment?.deploy.warnings.contains(Self.why) == true)
        _ = script.spawned(5)
        _ = script.send(.ready(5, .drains))
        let effects = script.send(.steered(share))
        #expect(effects.deeds == [.steer(.only(1))])
        #expect(script.send(.steered(.only(1))).contains { $0.recordedEntry?.outcome == .rolledBack(.deserted) })
    }

    @Test("A later master does not go on going back to where nobody is ready")
    func resumed() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        _ = script.send(.steered(.only(2)))
        _ = script.send(.undo(4))
        #expect(script.resume(survivors: [2]).deeds == [.spawn(3, 1, slot: 1), .evacuate(1)])
        #expect(script.machine.deployment?.stage == .watching)
        #expect(script.machine.serving == 2)
    }

    @Test("A worker that was started again counts by its word, or when it has lived for a while; in a loop only then")
    func counts() {
        for readiness in [Readiness.probe, .both] {
            var script = CoreScript()
            _ = script.start(plan: CoreScript.plan(readiness: readiness))
            for worker in 1...(readiness == .both ? 5 : 1) {
                _ = script.send(.exited(.init(rawValue: worker), Self.killed))
                _ = script.tick()
                _ = script.spawned(worker + 1)
                _ = script.send(.ready(.init(rawValue: worker + 1), .drains))
                let isBelieved = readiness == .both && worker < 5
                #expect(script.machine.generation(1)?.mayServe(at: script.now) == isBelieved)
            }
            #expect(script.machine.generation(1)?.mayServe(at: script.now + .seconds(10)) == true)
        }
    }
}
