import TestSupport
import Testing

@testable import DeployCore

@Suite("Hooks of a deploy")
struct CoreHookTests {
    private static let hooks = HookLimits(before: .seconds(600), after: .seconds(60), failure: .seconds(60))
    private static let crash = WorkerEnd.exited(code: 1)

    private static func plan(_ label: String = "v2", _ hooks: HookLimits = hooks) -> ReleasePlan {
        ReleasePlan(path: "/srv/\(label)", label: label, workers: 1, readiness: .both, hooks: hooks)
    }

    /// A generation 1 that serves, and a deploy of generation 2 whose before hook runs.
    private static func runningBefore() -> CoreScript {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.deploy(5, plan(), .deploy, wait: false))
        _ = script.send(.saved(2))
        _ = script.send(.hook(.before, 2, .spawned(.init(pid: 900, startTime: 9))))
        return script
    }

    /// A deploy that is committed, and whose after hook is to be started.
    private static func committedBeforeAfter() -> CoreScript {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: plan("v2", HookLimits(after: .seconds(60))), workers: [2])
        _ = script.send(.steered(.only(2)))
        _ = script.pass(.seconds(5))
        _ = script.send(.committed(2))
        return script
    }

    @Test("The before hook runs when the state is saved, and its pid is in the state before it is launched")
    func before() {
        var script = CoreScript()
        _ = script.start()
        #expect(script.send(.deploy(5, Self.plan(), .deploy, wait: false)).deeds == [.save(2)])
        #expect(script.send(.saved(2)).deeds == [.spawnHook(.before, 2)])
        let process = ProcessIdentity(pid: 900, startTime: 9)
        #expect(script.send(.hook(.before, 2, .spawned(process))) == [.launchHook(.before, 2)])
        #expect(script.machine.durable.deployment?.hook == DurableHook(kind: .before, process: process))
        let ended = script.send(.hook(.before, 2, .ended(.exited(code: 0))))
        #expect(ended.deeds == [.openLanes(2)])
        #expect(ended.contains(.report(5, .finished(.beforeHook, took: .zero))))
    }

    @Test("A before hook that fails fails the deploy, and no worker was started")
    func beforeFails() {
        var script = Self.runningBefore()
        let old = script.machine.generation(1)
        let failure = Failure.hookFailed(.before, .ended(Self.crash))
        let effects = script.send(.hook(.before, 2, .ended(Self.crash))).deeds
        #expect(effects.last == .spawnHook(.failure, 2))
        #expect("\(failure)" == "the before hook exited with code 1")
        #expect(script.machine.generations.map(\.number) == [1])
        #expect(script.machine.generation(1) == old)
        _ = script.send(.hook(.failure, 2, .spawned(.init(pid: 901, startTime: 9))))
        #expect(script.send(.hook(.failure, 2, .ended(.exited(code: 0)))).deeds == [.finish(5, .failed(failure))])
        #expect(script.machine.deployment == nil)
    }

    @Test("A before hook that does not end is asked to, then killed, and the deploy fails when it is gone")
    func beforeHangs() throws {
        var script = Self.runningBefore()
        #expect(script.pass(.seconds(599)) == [])
        #expect(script.pass(.seconds(1)) == [.terminateHook(.before, 2)])
        #expect(script.pass(.seconds(2)) == [.killHook(.before, 2)])
        #expect(script.machine.deployment?.stage == .preparing)
        let effects = script.send(.hook(.before, 2, .ended(.signalled(name: "SIGKILL", dumpedCore: false)))).deeds
        let entry = try #require(effects.first?.recordedEntry, "\(effects)")
        #expect(entry.outcome == .failed(.hookFailed(.before, .timedOut(after: .seconds(600)))))
    }

    @Test("A cancel ends the before hook, and is answered for the deploy when the hook is gone")
    func cancelled() {
        var script = Self.runningBefore()
        #expect(script.send(.cancel(6, deploy: nil)).deeds == [.terminateHook(.before, 2), .finish(6, .done)])
        #expect(script.send(.cancel(7, deploy: nil)).deeds == [.finish(7, .done)])
        let effects = script.send(.hook(.before, 2, .ended(.exited(code: 0)))).deeds
        #expect(effects.contains(.spawnHook(.failure, 2)), "even a good end is one of a cancelled deploy")
    }

    @Test("The after hook runs once the deploy is committed; its failure is told and recorded, and changes nothing")
    func after() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: Self.plan("v2", HookLimits(after: .seconds(60))), workers: [2], request: 5)
        _ = script.send(.steered(.only(2)))
        _ = script.pass(.seconds(5))
        #expect(script.send(.committed(2)).deeds == [.askQueue(1), .prune, .spawnHook(.after, 2)])
        #expect(script.machine.generation(1)?.stage == .retiring, "the old generation does not wait for the hook")
        _ = script.send(.hook(.after, 2, .spawned(.init(pid: 900, startTime: 9))))
        let effects = script.send(.hook(.after, 2, .ended(Self.crash)))
        #expect(effects.contains(.report(5, .note(.hookFailed(2, .after, .ended(Self.crash))))))
        #expect(effects.deeds.last == .finish(5, .committed(2)))
        #expect(effects.contains { if case .recordHook(_, .after, _) = $0 { true } else { false } })
        #expect(script.machine.serving == 2)
    }

    @Test("While the last hook runs another deploy is queued unasked, and a rollback ends the hook")
    func hurry() {
        var script = Self.committedBeforeAfter()
        _ = script.send(.hook(.after, 2, .spawned(.init(pid: 900, startTime: 9))))
        #expect(script.send(.deploy(8, CoreScript.plan("v3"), .deploy, wait: false)).deeds == [])
        #expect(
            script.send(.deploy(9, CoreScript.plan("v1"), .rollback, wait: false)).deeds == [.terminateHook(.after, 2)])
        let ended = script.send(.hook(.after, 2, .ended(.signalled(name: "SIGTERM", dumpedCore: false))))
        #expect(ended.deeds.last == .save(3))
    }

    @Test("A restart has no before hook")
    func restart() {
        var script = CoreScript()
        _ = script.start(plan: Self.plan("v1", HookLimits()))
        #expect(script.send(.deploy(5, Self.plan("v1"), .restart, wait: false)).deeds == [.save(2)])
        #expect(script.send(.saved(2)).deeds == [.openLanes(2)])
    }

    @Test("A master that stops ends the hook first")
    func stop() {
        var script = Self.runningBefore()
        #expect(script.send(.stop(6, now: false)).deeds.first == .terminateHook(.before, 2))
        _ = script.send(.exited(1, .exited(code: 0)))
        #expect(!script.machine.hasEnded)
        let last = script.send(.hook(.before, 2, .ended(.exited(code: 1)))).deeds
        #expect(last.last == .exit(code: 0))
    }

    @Test("A later master ends what is left of a before hook, and gives the deploy up when it is gone")
    func resumedBefore() throws {
        var script = Self.runningBefore()
        let (machine, effects) = Machine.resuming(
            KilledMachine(script.machine.durable, survivors: [1], hookSurvives: true),
            policies: script.machine.policies,
            at: script.now)
        script.machine = machine
        #expect(effects.deeds == [.terminateHook(.before, 2)])
        #expect(script.machine.deployment?.stage == .abandoning)
        let over = script.send(.hook(.before, 2, .ended(.unobserved))).deeds
        let entry = try #require(over.first?.recordedEntry, "\(over)")
        #expect(entry.outcome == .failed(.masterDied))
    }

    @Test("A later master waits for an after hook that still runs, and begins one that had not begun")
    func resumedAfter() {
        var script = Self.committedBeforeAfter()
        let fresh = Machine.resuming(
            KilledMachine(script.machine.durable, survivors: [1, 2]), policies: script.machine.policies, at: script.now)
        #expect(fresh.effects.contains(.spawnHook(.after, 2)))
        _ = script.send(.hook(.after, 2, .spawned(.init(pid: 900, startTime: 9))))
        let running = Machine.resuming(
            KilledMachine(script.machine.durable, survivors: [1, 2], hookSurvives: true),
            policies: script.machine.policies,
            at: script.now)
        #expect(running.effects.deeds == [.askQueue(1)])
        #expect(running.machine.deployment?.isConcluding == true)
        let gone = Machine.resuming(
            KilledMachine(script.machine.durable, survivors: [1, 2]), policies: script.machine.policies, at: script.now)
        #expect(gone.machine.deployment == nil)
    }
}
