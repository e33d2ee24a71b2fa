import TestSupport
import Testing

@testable import DeployCore

@Suite("The canary")
struct CoreCanaryTests {
    private static let steps = [
        CanaryStep(percent: 10, duration: .seconds(30)), CanaryStep(percent: 50, duration: .seconds(60)),
    ]

    /// A second generation whose first share is being steered.
    private static func begun(
        _ steps: [CanaryStep] = steps, policies: Policies = CoreScript.plain
    ) -> (script: CoreScript, effects: [Effect]) {
        var script = CoreScript(policies: policies)
        _ = script.start()
        var plan = CoreScript.plan("v2")
        plan.canary = steps
        let effects = script.bringUp(2, plan: plan, workers: [2], request: 9).deeds
        return (script, effects)
    }

    private static func split(_ percent: Int) -> SteeringTarget { .split(2, percent: percent, old: 1) }

    @Test("A share adds up to the whole, and never takes all")
    func shares() {
        #expect(Self.split(10).shares.map(\.weight) == [1_000, 9_000])
        #expect(Self.split(10).shares.map(\.generation) == [2, 1])
        #expect(Self.split(150).shares.map(\.weight) == [9_900, 100])
        #expect(Self.split(0).shares.map(\.weight) == [100, 9_900])
    }

    @Test("The shares come one after the other, each for its time, then the cut-over and the watch")
    func steps() {
        var (script, effects) = Self.begun()
        #expect(effects == [.steer(Self.split(10))])
        #expect(script.send(.steered(Self.split(10))).deeds == [])
        #expect(script.machine.deployment?.stage == .canary)
        #expect(script.machine.serving == 1)
        #expect(script.machine.generations.map(\.stage) == [.serving, .serving])
        #expect(script.pass(.milliseconds(29_999)).deeds == [])
        #expect(script.pass(.milliseconds(1)).deeds == [.steer(Self.split(50))])
        #expect(script.send(.steered(Self.split(50))).deeds == [])
        #expect(script.pass(.seconds(60)).deeds == [.steer(.only(2))])
        #expect(script.machine.serving == 1)
        #expect(script.send(.steered(.only(2))).deeds == [])
        #expect(script.machine.serving == 2)
        #expect(script.machine.generations.map(\.stage) == [.warm, .serving])
        #expect(script.machine.deployment?.stage == .watching)
    }

    @Test("Where nothing serves there is nobody to share with")
    func firstStart() {
        var script = CoreScript()
        var plan = CoreScript.plan()
        plan.canary = Self.steps
        #expect(script.bringUp(1, plan: plan, workers: [1], kind: .start).deeds == [.steer(.only(1))])
    }

    @Test("A step without an end lasts until it is promoted; then all follow at once")
    func promote() {
        var (script, _) = Self.begun([CanaryStep(percent: 10, duration: nil)])
        #expect(script.send(.promote(3)).deeds == [], "the share is being steered")
        #expect(script.send(.steered(Self.split(10))).deeds == [.steer(.only(2))])
        #expect(script.send(.steered(.only(2))).deeds == [.finish(3, .done)])

        (script, _) = Self.begun([CanaryStep(percent: 10, duration: nil)])
        _ = script.send(.steered(Self.split(10)))
        #expect(script.pass(.seconds(100_000)).deeds == [])
        #expect(script.send(.promote(3)).deeds == [.steer(.only(2))])
        #expect(script.send(.steered(.only(2))).deeds == [.finish(3, .done)])
        #expect(script.send(.promote(4)) == [.finish(4, .refused(.noCanary))])
    }

    @Test("Aborted, it goes back, and the old generation is as it was")
    func abort() {
        var (script, _) = Self.begun()
        let old = script.machine.generation(1)
        _ = script.send(.steered(Self.split(10)))
        #expect(script.send(.abort(3)).deeds == [.steer(.only(1))])
        let effects = script.send(.steered(.only(1))).deeds
        #expect(effects.first == .askQueue(2))
        #expect(effects.contains(.finish(9, .rolledBack(.undoneByOperator))))
        #expect(effects.contains(.finish(3, .done)))
        #expect(script.machine.generation(1) == old)
        #expect(script.send(.abort(4)) == [.finish(4, .refused(.noCanary))])
    }

    @Test("It is too late to cancel, and `rollback` means abort")
    func rollback() {
        var (script, _) = Self.begun()
        _ = script.send(.steered(Self.split(10)))
        #expect(script.send(.cancel(3, deploy: nil)) == [.finish(3, .refused(.tooLate(2)))])
        #expect(script.send(.undo(4)).deeds == [.steer(.only(1))])
    }

    @Test("A worker that exits, before or after the share is steered, ends it")
    func exits() {
        let exit = Event.exited(2, .exited(code: 3))
        for isEarly in [true, false] {
            var (script, _) = Self.begun()
            if isEarly { #expect(script.send(exit).deeds == []) }
            let steered = script.send(.steered(Self.split(10))).deeds
            let effects = isEarly ? steered : script.send(exit).deeds
            #expect(effects.contains(.steer(.only(1))), "\(effects)")
            let over = script.send(.steered(.only(1))).deeds
            #expect(over.contains { if case .finish(9, .rolledBack) = $0 { true } else { false } })
        }
    }

    @Test("A worker that exits while all new connections are being steered after a canary ends the deploy as well")
    func exitsAtCutOver() {
        var (script, _) = Self.begun([CanaryStep(percent: 10, duration: nil)])
        _ = script.send(.steered(Self.split(10)))
        _ = script.send(.promote(3))
        _ = script.send(.exited(2, .exited(code: 3)))
        let effects = script.send(.steered(.only(2))).deeds
        #expect(effects.contains(.steer(.only(1))))
        #expect(effects.contains { if case .finish(3, .failed(.exitedDuringWatch)) = $0 { true } else { false } })
    }

    @Test("It is judged against what the old generation does at the same time")
    func judged() {
        var policies = Policies()
        policies.evidence.errors = .thresholds
        var (script, _) = Self.begun(policies: policies)
        #expect(script.send(.steered(Self.split(10))).deeds == [.observe(new: 2, old: 1)])
        func seen(_ new: (answers: Int, errors: Int), _ old: (answers: Int, errors: Int)) -> Event {
            .observed(
                new: 2, old: 1,
                Observation(
                    new: GenerationCounts(traffic: TrafficCounts(answers: new.answers, serverErrors: new.errors)),
                    old: GenerationCounts(traffic: TrafficCounts(answers: old.answers, serverErrors: old.errors))))
        }
        #expect(script.send(seen((0, 0), (1_000, 0))).deeds == [])
        #expect(script.send(seen((100, 50), (1_100, 50))).deeds == [], "both fail")
        #expect(script.send(seen((300, 170), (1_300, 150))).deeds == [], "what may be chance")
        #expect(script.send(seen((500, 400), (1_500, 150))).deeds == [.steer(.only(1))])
    }

    @Test("Steering that fails takes everybody back")
    func steeringFails() {
        var (script, _) = Self.begun()
        #expect(script.send(.steeringFailed(Self.split(10), reason: "EPERM")).deeds == [.steer(.only(1))])
        let failure = Failure.notSteered(reason: "EPERM")
        #expect(script.send(.steered(.only(1))).deeds.contains(.finish(9, .failed(failure))))
    }

    @Test("A new master steers the share anew, and its time begins again")
    func resumed() {
        var (script, _) = Self.begun()
        _ = script.send(.steered(Self.split(10)))
        _ = script.pass(.seconds(30))
        _ = script.send(.steered(Self.split(50)))
        _ = script.pass(.seconds(59))
        var (machine, effects) = Machine.resuming(
            KilledMachine(script.machine.durable, survivors: [1, 2]), policies: CoreScript.plain, at: script.now)
        #expect(effects.deeds == [.steer(Self.split(50))])
        #expect(machine.serving == 1)
        effects = machine.handle(.steered(Self.split(50)), at: script.now)
        #expect(machine.handle(.tick, at: script.now + .seconds(59)).deeds == [])
        #expect(machine.handle(.tick, at: script.now + .seconds(60)).deeds == [.steer(.only(2))])
    }

    @Test("A new master that finds a worker of the canary dead goes back, and one that was undone goes on with that")
    func resumedWithLoss() {
        var (script, _) = Self.begun()
        for isSteered in [false, true] {
            if isSteered { _ = script.send(.steered(Self.split(10))) }
            let (machine, effects) = Machine.resuming(
                KilledMachine(script.machine.durable, survivors: [1]), policies: CoreScript.plain, at: script.now)
            #expect(effects.contains(.steer(.only(1))), "\(effects)")
            #expect(!effects.contains(.steer(Self.split(10))))
            #expect(machine.deployment?.isUndoing == true)
        }
        _ = script.send(.abort(3))
        let (machine, effects) = Machine.resuming(
            KilledMachine(script.machine.durable, survivors: [1, 2]), policies: CoreScript.plain, at: script.now)
        #expect(effects.deeds == [.steer(.only(1))])
        #expect(machine.deployment?.isUndoing == true)
    }

    @Test("A worker of the old generation that exits meanwhile is started again, and the canary goes on")
    func oldExits() {
        var (script, _) = Self.begun()
        _ = script.send(.steered(Self.split(10)))
        #expect(script.send(.exited(1, .exited(code: 3))).deeds == [])
        let later = script.pass(.seconds(1)).deeds
        #expect(later == [.spawn(3, 1, slot: 1)], "\(later)")
        #expect(script.machine.deployment?.stage == .canary)
    }

    @Test("Nobody scales meanwhile, and a second deploy waits")
    func busy() {
        var (script, _) = Self.begun()
        _ = script.send(.steered(Self.split(10)))
        #expect(script.send(.scale(3, workers: 2)) == [.finish(3, .refused(.busy(2)))])
        #expect(
            script.send(.deploy(4, CoreScript.plan("v3"), .deploy, wait: false)) == [.finish(4, .refused(.busy(2)))])
    }

    @Test("A restart that waited for a canary restarts what serves then, for all users at once")
    func restart() {
        var (script, _) = Self.begun([CanaryStep(percent: 10, duration: nil)])
        _ = script.send(.steered(Self.split(10)))
        _ = script.send(.deploy(4, CoreScript.plan("v1"), .restart, wait: true))
        _ = script.send(.promote(3))
        _ = script.send(.steered(.only(2)))
        _ = script.pass(.seconds(5))
        _ = script.send(.committed(2))
        #expect(script.machine.deployment?.plan.path == "/srv/v2")
        #expect(script.machine.deployment?.plan.canary == [])
    }

    @Test("What promotes a canary that is found bad is told so")
    func promotedTooLate() {
        var (script, _) = Self.begun([CanaryStep(percent: 10, duration: nil)])
        _ = script.send(.promote(3))
        _ = script.send(.exited(2, .exited(code: 3)))
        let effects = script.send(.steered(Self.split(10))).deeds
        #expect(effects.contains(.steer(.only(1))))
        #expect(effects.contains { if case .finish(3, .failed(.exitedEarly)) = $0 { true } else { false } })
    }

    @Test("Where going back is forbidden, what speaks against it is a warning, and an operator can still abort")
    func never() {
        var script = CoreScript()
        _ = script.start()
        var plan = CoreScript.plan("v2")
        plan.canary = [CanaryStep(percent: 10, duration: nil)]
        var overrides = PolicyOverrides()
        overrides.neverGoesBack = true
        plan = ReleasePlan(path: plan.path, label: plan.label, workers: 1, overrides: overrides, canary: plan.canary)
        _ = script.bringUp(2, plan: plan, workers: [2], request: 9)
        _ = script.send(.steered(Self.split(10)))
        let warned = script.send(.exited(2, .exited(code: 3)))
        #expect(warned.contains { if case .report(9, .note(.warned(2, _))) = $0 { true } else { false } })
        #expect(script.machine.deployment?.stage == .canary)
        #expect(
            script.send(.undo(4)) == [
                .finish(4, .refused(.goesBackNever(label: "v2")))
            ])
        #expect(script.send(.abort(5)).deeds == [.steer(.only(1))])
    }

    @Test("An abort while the share is steered counts, whatever was seen before it")
    func abortEarly() {
        for never in [false, true] {
            var script = CoreScript()
            _ = script.start()
            var overrides = PolicyOverrides()
            overrides.neverGoesBack = never
            let plan = ReleasePlan(
                path: "/srv/v2", label: "v2", workers: 1, readiness: .both, overrides: overrides, canary: Self.steps)
            _ = script.bringUp(2, plan: plan, workers: [2], request: 9)
            _ = script.send(.exited(2, .exited(code: 3)))
            #expect(script.send(.abort(3)).deeds == [])
            #expect(script.send(.steered(Self.split(10))).deeds.contains(.steer(.only(1))))
            #expect(script.send(.steered(.only(1))).deeds.contains(.finish(3, .done)))
        }
    }

    @Test("A stop ends it, and drains both")
    func stop() {
        var (script, _) = Self.begun()
        _ = script.send(.steered(Self.split(10)))
        let effects = script.send(.stop(3, now: false)).deeds
        #expect(effects.contains(.finish(9, .failed(.masterStopped))))
        #expect(effects.count { if case .drain = $0 { true } else { false } } == 2)
    }

    @Test("The view tells the share")
    func view() {
        var (script, _) = Self.begun()
        #expect(script.machine.deployment?.canaryPercent == 10)
        _ = script.send(.steered(Self.split(10)))
        #expect(script.machine.deployment?.canaryPercent == 10)
        _ = script.send(.promote(3))
        #expect(script.machine.deployment?.canaryPercent == nil)
    }
}
