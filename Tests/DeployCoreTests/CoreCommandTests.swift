import TestSupport
import Testing

@testable import DeployCore

@Suite("Commands")
struct CoreCommandTests {
    @Test("A second deploy is refused, or waits its turn, or finds the queue full")
    func busy() {
        var policies = CoreScript.plain
        policies.maxQueued = 1
        var script = CoreScript(policies: policies)
        _ = script.start()
        _ = script.send(.deploy(1, CoreScript.plan("v2"), .deploy, wait: false))
        let third = CoreScript.plan("v3")
        #expect(script.send(.deploy(2, third, .deploy, wait: false)) == [.finish(2, .refused(.busy(2)))])
        #expect(script.send(.deploy(3, third, .deploy, wait: true)) == [.report(3, .queued(behind: 1))])
        #expect(script.send(.deploy(4, third, .deploy, wait: true)) == [.finish(4, .refused(.queueFull(limit: 1)))])
        let failed = script.send(.saveFailed(2, reason: "disk full")).deeds
        #expect(failed.contains(.finish(1, .failed(.notSaved(reason: "disk full")))))
        #expect(failed.last == .save(3))
        #expect(script.machine.deployment?.request == 3)
        #expect(script.machine.generations.map(\.number) == [1, 3])
    }

    @Test("New policies count at once for the whole, and for generations that begin later")
    func configured() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.deploy(1, CoreScript.plan("v2"), .deploy, wait: false))
        var policies = script.machine.policies
        policies.maxQueued = 0
        policies.readyTimeout = .seconds(7)
        let before = script.machine.durable
        #expect(script.send(.configured(policies)) == [])
        #expect(script.machine.durable == before)
        let third = CoreScript.plan("v3")
        #expect(script.send(.deploy(2, third, .deploy, wait: true)) == [.finish(2, .refused(.queueFull(limit: 0)))])
        #expect(script.machine.generation(2)?.policies.readyTimeout == CoreScript.plain.readyTimeout)
        _ = script.send(.saveFailed(2, reason: "disk full"))
        _ = script.send(.deploy(3, third, .deploy, wait: false))
        #expect(script.machine.generation(3)?.policies.readyTimeout == .seconds(7))
    }

    @Test("Cancel gives up a deploy before its cut-over, and is too late after")
    func cancel() {
        var script = CoreScript()
        _ = script.start()
        #expect(script.send(.cancel(9, deploy: nil)) == [.finish(9, .refused(.nothingToCancel))])
        _ = script.send(.deploy(1, CoreScript.plan("v2"), .deploy, wait: false))
        #expect(script.send(.cancel(9, deploy: 5)) == [.finish(9, .refused(.nothingToCancel))])
        let cancelled = script.send(.cancel(9, deploy: 1)).deeds
        #expect(cancelled.suffix(2) == [.finish(1, .cancelled), .finish(9, .done)])
        _ = script.bringUp(3, plan: CoreScript.plan("v2"), workers: [2])
        #expect(script.send(.cancel(9, deploy: nil)) == [.finish(9, .refused(.tooLate(3)))])
    }

    @Test("Cancel takes a queued deploy off the queue")
    func cancelQueued() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.deploy(1, CoreScript.plan("v2"), .deploy, wait: false))
        _ = script.send(.deploy(2, CoreScript.plan("v3"), .deploy, wait: true))
        #expect(script.send(.cancel(3, deploy: 2)) == [.finish(2, .cancelled), .finish(3, .done)])
        #expect(script.machine.queue.isEmpty)
    }

    @Test("The operator goes back during the watch: one steering, and the old generation serves")
    func undo() {
        var script = CoreScript()
        _ = script.start()
        #expect(script.send(.undo(8)) == [.finish(8, .refused(.nothingToUndo))])
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2], request: 1)
        _ = script.send(.steered(.only(2)))
        #expect(script.send(.undo(8)).deeds == [.steer(.only(1))])
        let back = script.send(.steered(.only(1)))
        #expect(back.contains(.finish(1, .rolledBack(.undoneByOperator))))
        #expect(back.deeds.last == .finish(8, .done))
    }

    @Test("Steering back is tried until it works, and both generations stay")
    func undoFails() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        #expect(script.send(.steeringFailed(.only(2), reason: "EPERM")).deeds == [.steer(.only(1))])
        #expect(script.send(.steeringFailed(.only(1), reason: "EPERM")).deeds == [])
        #expect(script.tick().deeds == [.steer(.only(1))])
        #expect(script.machine.generations.map(\.stage) == [.serving, .standingBy])
        let failure = Failure.notSteered(reason: "EPERM")
        #expect(script.send(.steered(.only(1))).contains(.finish(nil, .failed(failure))))
    }

    @Test("A deploy that cannot be recorded is taken back")
    func commitFails() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        _ = script.send(.steered(.only(2)))
        _ = script.pass(.seconds(5))
        #expect(script.send(.commitFailed(2, reason: "disk full")).deeds == [.steer(.only(1))])
        let failure = Failure.notCommitted(reason: "disk full")
        #expect(script.send(.steered(.only(1))).contains(.finish(nil, .failed(failure))))
    }

    @Test("Scaling up starts workers in free slots, scaling down drains the highest, and deploys follow")
    func scale() {
        var script = CoreScript()
        _ = script.start()
        #expect(script.send(.scale(1, workers: 3)).deeds == [.spawn(2, 1, slot: 2), .spawn(3, 1, slot: 3)])
        _ = script.spawned(2)
        _ = script.spawned(3)
        #expect(script.send(.ready(2, .drains)) == [])
        #expect(script.send(.ready(3, .drains)) == [.finish(1, .done)])
        let deadlines = DrainDeadlines(requests: script.now + .seconds(30), upgrades: script.now + .seconds(300))
        #expect(script.send(.scale(2, workers: 2)) == [.drain(3, deadlines), .finish(2, .done)])
        #expect(script.send(.exited(3, .exited(code: 0))) == [])
        _ = script.send(.deploy(3, CoreScript.plan("v2"), .deploy, wait: false))
        #expect(script.machine.generation(2)?.wanted == 2)
        #expect(script.send(.scale(4, workers: 1)) == [.finish(4, .refused(.busy(2)))])
    }

    @Test("When a worker cannot be started that scaling wants, it fails at once, and the number of before holds again")
    func scaleBeyondLimits() {
        var script = CoreScript()
        _ = script.start()
        #expect(script.send(.scale(1, workers: 4)).deeds.count == 3)
        _ = script.spawned(2)
        _ = script.send(.ready(2, .drains))
        let effects = script.send(.spawnFailed(3, reason: "EMFILE")).deeds
        #expect(effects.first?.drainedWorker == 2, "\(effects)")
        #expect(effects.last == .finish(1, .failed(.notSpawned(slot: 3, reason: "EMFILE"))))
        #expect(script.machine.scaledWorkers == nil)
        #expect(script.machine.generation(1)?.wanted == 1)
        // The last of them was on its way.
        #expect(script.spawned(4) == [.kill(4)])
        for worker in [2, 4] { _ = script.send(.exited(.init(rawValue: worker), .exited(code: 0))) }
        #expect(script.machine.generation(1)?.workers.map(\.number) == [1])
        #expect(script.pass(.seconds(120)).deeds == [])
    }

    @Test("A worker whose launch step could not become the release's program ends a scale as well")
    func scaleNotLaunched() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.scale(1, workers: 2))
        _ = script.spawned(2)
        let reason = "chdir: /srv/v1: No such file or directory"
        let effects = script.send(.exited(2, .notLaunched(reason: reason)))
        #expect(effects.contains(.finish(1, .failed(.notSpawned(slot: 2, reason: reason)))), "\(effects)")
        #expect(script.machine.generation(1)?.wanted == 1)
        #expect(script.machine.scaledWorkers == nil)
        #expect(script.pass(.seconds(120)).deeds == [])
        #expect(script.machine.generation(1)?.workers.map(\.number) == [1])
    }

    @Test("A scale that takes the place of one that was not done goes back to what was before both")
    func scaleTwiceBeyondLimits() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.scale(1, workers: 2))
        #expect(script.send(.scale(2, workers: 3)).contains(.finish(1, .refused(.superseded))))
        let failure = Failure.notSpawned(slot: 3, reason: "EAGAIN")
        #expect(script.send(.spawnFailed(3, reason: "EAGAIN")).contains(.finish(2, .failed(failure))))
        #expect(script.machine.generation(1)?.wanted == 1)
        #expect(script.machine.scaledWorkers == nil)
    }

    @Test("When a deploy has begun meanwhile the old generation stays as it is, and the scale says what it lacked")
    func scaleBeyondLimitsDuringDeploy() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.scale(1, workers: 2))
        _ = script.send(.deploy(2, CoreScript.plan("v2"), .deploy, wait: false))
        #expect(script.send(.spawnFailed(2, reason: "EMFILE")).deeds == [])
        #expect(script.machine.generation(1)?.wanted == 2)
        let failure = Failure.notSpawned(slot: 2, reason: "EMFILE")
        #expect(script.machine.worker(2)?.spawnFailure == "EMFILE")
        // Tried again, and nobody answers.
        #expect(script.pass(.seconds(60)).contains(.finish(1, .failed(failure))))
    }

    @Test("A worker that could not be started says why, until it is")
    func spawnFailureIsShown() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.exited(1, .exited(code: 1)))
        _ = script.tick()
        _ = script.send(.spawnFailed(2, reason: "EMFILE"))
        let reason = { (script: CoreScript) in
            script.machine.generations.first?.workers.first?.spawnFailure
        }
        #expect(reason(script) == "EMFILE")
        _ = script.tick()
        _ = script.spawned(2)
        #expect(reason(script) == nil)
    }

    @Test("The last ready worker is not drained by scaling down")
    func scaleDownWithoutReady() {
        var script = CoreScript()
        _ = script.start(plan: CoreScript.plan(workers: 2), workers: [1, 2])
        _ = script.send(.exited(1, .exited(code: 1)))
        #expect(script.send(.scale(1, workers: 1)).deeds == [])
        _ = script.tick()
        _ = script.spawned(3)
        let effects = script.send(.ready(3, .drains)).deeds
        #expect(effects.first?.drainedWorker == 2, "\(effects)")
        #expect(effects.last == .finish(1, .done))
    }

    @Test("Stop drains what users have met, ends what they have not, and exits when all is gone")
    func stop() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.deploy(1, CoreScript.plan("v2"), .deploy, wait: false))
        _ = script.send(.saved(2))
        _ = script.send(.lanesOpened(2))
        _ = script.spawned(2)
        let (until, upgradesUntil) = (script.now + .seconds(30), script.now + .seconds(300))
        let effects = script.send(.stop(5, now: false)).deeds
        #expect(effects.contains(.finish(1, .failed(.masterStopped))))
        #expect(effects.contains(.drain(1, DrainDeadlines(requests: until, upgrades: upgradesUntil))))
        #expect(effects.contains(.terminate(2)))
        #expect(script.send(.exited(2, .exited(code: 0))).deeds == [.releaseLanes(2)])
        #expect(script.send(.deploy(6, CoreScript.plan(), .deploy, wait: true)) == [.finish(6, .refused(.stopping))])
        #expect(
            script.send(.exited(1, .exited(code: 0))) == [.releaseLanes(1), .finish(5, .done), .exit(code: 0)])
    }

    @Test(
        "A stop keeps the drain deadlines of each release, and the operator's limit where there is one",
        arguments: [
            (nil, "2m", 120, 300), (nil, "3s", 3, 300), (20, "2m", 20, 20), (20, "3s", 3, 20),
        ] as [(Int?, String, Int, Int)])
    func stopDeadlines(limit: Int?, named: String, requests: Int, upgrades: Int) {
        var policies = CoreScript.plain
        policies.stopTimeout = limit.map { .seconds($0) }
        var script = CoreScript(policies: policies)
        var overrides = PolicyOverrides()
        overrides.drainRequests = .seconds(named == "2m" ? 120 : 3)
        let plan = ReleasePlan(path: "/srv/v1", label: "v1", workers: 1, readiness: .both, overrides: overrides)
        _ = script.start(plan: plan)
        let deadlines = DrainDeadlines(
            requests: script.now + .seconds(requests), upgrades: script.now + .seconds(upgrades))
        #expect(script.send(.stop(1, now: false)).deeds == [.drain(1, deadlines)])
    }

    @Test("A worker that hangs in a stop has the time for requests only, unless it has upgraded connections left")
    func hungWorkerInStop() {
        var overrides = PolicyOverrides()
        overrides.drainRequests = .seconds(3)
        let plan = ReleasePlan(path: "/srv/v1", label: "v1", workers: 3, readiness: .both, overrides: overrides)
        var script = CoreScript()
        _ = script.start(plan: plan, workers: [1, 2, 3])
        _ = script.send(.stop(1, now: false))
        #expect(script.pass(.milliseconds(2900)) == [])
        #expect(script.pass(.milliseconds(100)).deeds == [.askUpgrades(1), .askUpgrades(2), .askUpgrades(3)])
        #expect(script.send(.upgrades(1, 0)).deeds == [.terminate(1)])
        #expect(script.send(.upgrades(2, 2)) == [])
        #expect(script.send(.upgrades(3, nil)) == [])
        #expect(script.pass(.seconds(2)).deeds == [.kill(1)])
        #expect(script.pass(.seconds(294)).deeds == [])
        #expect(script.pass(.seconds(1)).deeds == [.terminate(2), .terminate(3)])
    }

    @Test("A deploy waits, or is refused, rather than cut those short who drain; a roll-back does neither")
    func deadlinesArePromises() throws {
        var policies = CoreScript.plain
        policies.maxDraining = 1
        policies.watch = .zero
        var script = CoreScript(policies: policies)
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        _ = script.send(.steered(.only(2)))
        _ = script.send(.committed(2))
        _ = script.send(.queueLength(1, 0))
        _ = script.pass(.milliseconds(20))
        _ = script.send(.queueLength(1, 0))
        _ = script.pass(.milliseconds(100))
        _ = script.send(.queueLength(1, 0))
        try #require(script.machine.generation(1)?.stage == .draining)
        let crowd = Crowd(count: 1, first: .seconds(300))
        let idle = script.machine.lineage.crowd(at: script.now) { _ in false }
        #expect(idle == Crowd(count: 1, first: .seconds(30)), "nobody has an upgraded connection")
        #expect(
            script.send(.deploy(7, CoreScript.plan("v3"), .deploy, wait: false))
                == [.finish(7, .refused(.tooManyDrain(crowd)))])
        #expect(
            script.send(.deploy(8, CoreScript.plan("v3"), .deploy, wait: true))
                == [.report(8, .queued(behind: 1)), .report(8, .note(.waitsForRoom(crowd)))])
        #expect(script.send(.deploy(9, CoreScript.plan("v1"), .rollback, wait: false)).contains(.save(3)))
        _ = script.send(.cancel(nil, deploy: 9))
        let end = script.send(.exited(1, .exited(code: 0)))
        #expect(end.first == .releaseLanes(1))
        #expect(end.contains(.save(4)), "the deploy that waited begins")
    }

    @Test("A second stop, now, does not wait for requests")
    func stopNow() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.stop(1, now: false))
        #expect(script.send(.stop(2, now: true)).deeds == [.terminate(1)])
        #expect(script.pass(.seconds(2)).deeds == [.kill(1)])
        let end = script.send(.exited(1, .signalled(name: "SIGKILL", dumpedCore: false)))
        #expect(end == [.releaseLanes(1), .finish(1, .done), .finish(2, .done), .exit(code: 0)])
    }

    @Test("Who is still there when his time is up is said to be killed, and nobody who has ended")
    func killedNote() {
        var script = CoreScript()
        _ = script.start(plan: CoreScript.plan(workers: 2), workers: [1, 2])
        _ = script.send(.stop(1, now: true))
        _ = script.send(.exited(1, .exited(code: 0)))
        #expect(script.pass(.seconds(2)) == [.report(nil, .note(.killed(1, slot: 2))), .kill(2)])
        var obedient = CoreScript()
        _ = obedient.start()
        _ = obedient.send(.stop(1, now: true))
        _ = obedient.send(.exited(1, .exited(code: 0)))
        #expect(obedient.pass(.seconds(60)) == [])
    }

    @Test("Who goes back while another deploy waits is told that it begins then")
    func undoBeforeAnother() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        _ = script.send(.steered(.only(2)))
        _ = script.send(.deploy(7, CoreScript.plan("v3"), .deploy, wait: true))
        #expect(script.send(.undo(4)).last == .report(4, .note(.deployWaits(label: "v3"))))
        #expect(script.send(.steered(.only(1))).contains(.save(3)))
    }

    @Test("A restart that had to wait restarts what serves when its turn comes")
    func queuedRestart() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        _ = script.send(.steered(.only(2)))
        _ = script.send(.deploy(7, CoreScript.plan("v1"), .restart, wait: true))
        _ = script.pass(.seconds(5))
        _ = script.send(.committed(2))
        #expect(script.machine.generation(3)?.plan.path == "/srv/v2")
    }
}
