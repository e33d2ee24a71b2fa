import TestSupport
import Testing

@testable import DeployCore

extension CoreScript {
    /// The master is killed, and another goes on from what is saved, with the workers that still live.
    mutating func resume(survivors: Set<WorkerNumber>, usersMayBeAnywhere: Bool = false) -> [Effect] {
        let (resumed, effects) = Machine.resuming(
            KilledMachine(machine.durable, survivors: survivors, usersMayBeAnywhere: usersMayBeAnywhere),
            policies: machine.policies,
            at: now)
        machine = resumed
        // (What is told of kept connections is told anew by each master: `CoreSharingTests`.)
        return effects.filter { if case .share = $0 { false } else { true } }
    }
}

@Suite("A machine that goes on after its master was killed")
struct CoreResumeTests {
    @Test("At rest there is nothing to do, and the state is what it was")
    func atRest() {
        var script = CoreScript()
        _ = script.start(plan: CoreScript.plan(workers: 2), workers: [1, 2])
        _ = script.send(.scale(nil, workers: 2))
        let before = script.machine.durable
        #expect(script.resume(survivors: [1, 2]) == [])
        #expect(script.machine.durable == before)
        #expect(script.machine.nextDeadline == nil)
    }

    @Test("Workers of the serving generation that are gone are started at once, in their slots, with new numbers")
    func lostWorker() {
        var script = CoreScript()
        _ = script.start(plan: CoreScript.plan(workers: 2), workers: [1, 2])
        #expect(script.resume(survivors: [2]).deeds == [.spawn(3, 1, slot: 1)])
        #expect(script.machine.worker(3)?.lastEnd == .unobserved)
        #expect(script.machine.worker(3)?.restarts == 1)
        #expect(script.machine.serving == 1)
    }

    @Test("A serving generation without any worker goes on serving: its users wait in the queue")
    func nobodyLeft() {
        var script = CoreScript()
        _ = script.start(plan: CoreScript.plan(workers: 2), workers: [1, 2])
        #expect(script.resume(survivors: []).deeds == [.spawn(3, 1, slot: 1), .spawn(4, 1, slot: 2)])
        #expect(script.machine.generation(1)?.stage == .serving)
    }

    @Test("A respawned worker that was starting counts as ready: its READY=1 may have gone to nobody")
    func starting() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.exited(1, .exited(code: 1)))
        _ = script.tick()
        _ = script.spawned(2)
        #expect(script.machine.worker(2)?.stage == .starting)
        #expect(script.resume(survivors: [2]) == [])
        #expect(script.machine.worker(2)?.isReady == true)
    }

    @Test("A surplus worker that had to stay until another was ready is told to drain")
    func surplus() {
        var script = CoreScript()
        _ = script.start(plan: CoreScript.plan(workers: 2), workers: [1, 2])
        _ = script.send(.exited(1, .exited(code: 1)))
        _ = script.tick()
        _ = script.spawned(3)
        #expect(script.send(.scale(nil, workers: 1)).deeds == [])
        let deadlines = DrainDeadlines(requests: script.now + .seconds(30), upgrades: script.now + .seconds(300))
        #expect(script.resume(survivors: [2, 3]).deeds == [.drain(2, deadlines)])
        #expect(script.machine.worker(3)?.isReady == true)
    }

    @Test("A deploy before its cut-over is given up, and history knows")
    func givenUp() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.deploy(5, CoreScript.plan("v2"), .deploy, wait: false))
        _ = script.send(.saved(2))
        _ = script.send(.lanesOpened(2))
        _ = script.spawned(2)
        let before = script.machine.generation(1)
        let effects = script.resume(survivors: [1, 2]).deeds
        let entry = HistoryEntry(
            generation: 2, request: nil, kind: .deploy, from: "/srv/v1", to: "/srv/v2",
            outcome: .failed(.masterDied), durations: [.zero(.booting)])
        #expect(effects == [.terminate(2), .record(entry), .finish(nil, .failed(.masterDied))])
        #expect("\(Failure.masterDied)" == "the master died before the cut-over")
        #expect(script.machine.generation(1)?.durable == before?.durable)
        #expect(script.machine.deployment == nil)
        // Killed again before the record was written: it is still to be written.
        #expect(script.resume(survivors: [1, 2]).deeds == [.record(entry), .terminate(2)])
        #expect(script.send(.exited(2, .unobserved)).deeds == [.releaseLanes(2)])
        #expect(script.machine.durable.unrecorded == [])
    }

    @Test("Where nobody kept the lanes, users may have met what was not proven: it drains, and is not ended")
    func metUnproven() {
        for isProbing in [false, true] {
            var script = CoreScript()
            _ = script.start()
            _ = script.send(.deploy(5, CoreScript.plan("v2"), .deploy, wait: false))
            _ = script.send(.saved(2))
            _ = script.send(.lanesOpened(2))
            _ = script.spawned(2)
            if isProbing { _ = script.send(.ready(2, .drains)) }
            let deadlines = DrainDeadlines(requests: script.now + .seconds(30), upgrades: script.now + .seconds(300))
            let effects = script.resume(survivors: [1, 2], usersMayBeAnywhere: true).deeds
            #expect(effects.first == .drain(2, deadlines), "\(effects)")
            #expect(effects.last == .finish(nil, .failed(.masterDied)), "\(effects)")
            #expect(!effects.contains(.terminate(2)), "\(effects)")
            #expect(script.machine.generation(2)?.stage == .draining)
            #expect(script.machine.serving == 1)
            #expect(script.machine.deployment == nil)
        }
    }

    @Test("A first start that was given up leaves nothing, and the numbers go on")
    func firstStart() {
        var script = CoreScript()
        _ = script.send(.deploy(nil, CoreScript.plan(), .start, wait: false))
        _ = script.send(.saved(1))
        #expect(script.machine.generation(1)?.stage == .opening)
        #expect(script.resume(survivors: []).deeds.first == .releaseLanes(1))
        #expect(script.machine.generations.isEmpty)
        #expect(script.machine.phase == .running)
        #expect(script.send(.deploy(nil, CoreScript.plan(), .start, wait: false)).deeds == [.save(2)])
    }

    @Test("A cut-over that was ordered is made")
    func steering() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2], request: 9)
        #expect(script.resume(survivors: [1, 2]) == [.steer(.only(2))])
        #expect(script.machine.serving == 1)
        #expect(script.send(.steered(.only(2))).deeds == [])
        #expect(script.machine.serving == 2)
        #expect(script.machine.deployment?.stage == .watching)
    }

    @Test("A cut-over to a generation that lost a worker meanwhile is not made, if there is somebody to go back to")
    func steeringToLost() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        let saved = script
        #expect(script.resume(survivors: [1]).deeds == [.steer(.only(1))])
        let last = script.send(.steered(.only(1))).deeds.last
        let failure = Failure.exitedEarly(.init(worker: 2, slot: 1, pid: 102, end: .unobserved))
        #expect(last == .finish(nil, .rolledBack(failure)))
        script = saved
        #expect(script.resume(survivors: []).deeds == [.spawn(3, 1, slot: 1), .steer(.only(2))])
    }

    @Test("A watch begins anew, and a worker that was lost meanwhile decides it")
    func watching() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        _ = script.send(.steered(.only(2)))
        _ = script.pass(.seconds(4))
        let saved = script
        #expect(script.resume(survivors: [1, 2]) == [])
        #expect(script.machine.nextDeadline == script.now + .seconds(5))
        script = saved
        #expect(script.resume(survivors: [1]).deeds == [.spawn(3, 2, slot: 1), .steer(.only(1))])
        script = saved
        #expect(script.resume(survivors: [2]).deeds == [.spawn(3, 1, slot: 1), .evacuate(1)])
        #expect(script.machine.generation(1)?.stage == .warm)
        script = saved
        #expect(script.resume(survivors: []).deeds == [.spawn(3, 1, slot: 1), .spawn(4, 2, slot: 1)])
        #expect(script.machine.deployment?.stage == .watching)
    }

    @Test("A commit is ordered again, word for word")
    func committing() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        _ = script.send(.steered(.only(2)))
        let ordered = script.pass(.seconds(5)).deeds
        #expect(ordered.count == 1)
        #expect(script.resume(survivors: [1, 2]) == ordered)
        #expect(script.send(.committed(2)).deeds == [.askQueue(1), .prune, .finish(nil, .committed(2))])
    }

    @Test("Going back goes on, and its reason is not forgotten")
    func undoing() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        _ = script.send(.steered(.only(2)))
        _ = script.send(.undo(4))
        #expect(script.resume(survivors: [1, 2]) == [.steer(.only(1))])
        let effects = script.send(.steered(.only(1))).deeds
        #expect(effects.first == .askQueue(2))
        #expect(effects.last == .finish(nil, .rolledBack(.undoneByOperator)))
        #expect(script.machine.serving == 1)
    }
}
