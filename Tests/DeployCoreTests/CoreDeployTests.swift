import TestSupport
import Testing

@testable import DeployCore

@Suite("A deploy, step by step")
struct CoreDeployTests {
    @Test("The first start saves, opens lanes, boots, proves, saves again, steers and commits without a watch")
    func firstStart() {
        var script = CoreScript()
        #expect(script.send(.deploy(7, CoreScript.plan(workers: 2), .start, wait: false)).deeds == [.save(1)])
        #expect(script.send(.saved(1)).deeds == [.openLanes(1)])
        #expect(script.send(.lanesOpened(1)).deeds == [.spawn(1, 1, slot: 1), .spawn(2, 1, slot: 2)])
        #expect(script.spawned(1).deeds == [.launch(1)])
        #expect(script.spawned(2).deeds == [.launch(2)])
        #expect(script.send(.ready(1, .drains)).deeds == [])
        #expect(script.send(.ready(2, .drains)).deeds == [.probe(1)])
        #expect(script.send(.probeSucceeded(1)).deeds == [.probe(1)])
        #expect(script.send(.probeSucceeded(1)).deeds == [.probe(1)])
        #expect(script.send(.probeSucceeded(1)).deeds == [.save(1)])
        #expect(script.machine.serving == nil)
        #expect(script.send(.saved(1)).deeds == [.steer(.only(1))])
        let entry = HistoryEntry(
            generation: 1, request: 7, kind: .start, from: nil, to: "/srv/v1", outcome: .committed(1),
            durations: [.zero(.booting), .zero(.probing), .zero(.cuttingOver)])
        #expect(script.send(.steered(.only(1))).deeds == [.commit(entry)])
        #expect(script.machine.serving == 1)
        #expect(script.send(.committed(1)).deeds == [.prune, .finish(7, .committed(1))])
        #expect(script.machine.nextDeadline == nil)
    }

    @Test("After the watch the new release is committed, and the old one's lanes run empty before its workers drain")
    func secondRelease() throws {
        var script = CoreScript()
        _ = script.start()
        #expect(script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2]).deeds == [.steer(.only(2))])
        #expect(script.send(.steered(.only(2))).deeds == [])
        #expect(script.machine.generation(1)?.stage == .warm)
        #expect(script.pass(.milliseconds(4_999)).deeds == [])
        let watched = script.pass(.milliseconds(1)).deeds
        let entry = try #require(watched.first?.committedEntry, "\(watched)")
        #expect(entry.durations.last == StepDuration(step: .watching, took: .seconds(5)))
        #expect(script.send(.committed(2)).deeds == [.askQueue(1), .prune, .finish(nil, .committed(2))])
        #expect(script.send(.queueLength(1, 1)).deeds == [])
        for _ in 1...5 {
            #expect(script.tick().deeds == [.askQueue(1)])
            #expect(script.send(.queueLength(1, 0)).deeds == [])
        }
        #expect(script.tick().deeds == [.askQueue(1)])
        let deadlines = DrainDeadlines(requests: script.now + .seconds(30), upgrades: script.now + .seconds(300))
        #expect(script.send(.queueLength(1, 0)).deeds == [.drain(1, deadlines)])
        #expect(script.send(.exited(1, .exited(code: 0))).deeds == [.releaseLanes(1)])
        #expect(script.machine.generations.map(\.number) == [2])
    }

    @Test("A worker that exits before the cut-over fails the deploy at once, and the old generation is as it was")
    func exitBeforeReady() {
        var script = CoreScript()
        _ = script.start()
        let before = script.machine.generation(1)
        _ = script.send(.deploy(5, CoreScript.plan("v2", workers: 2), .deploy, wait: false))
        _ = script.send(.saved(2))
        _ = script.send(.lanesOpened(2))
        _ = script.spawned(2)
        _ = script.spawned(3)
        let effects = script.send(.exited(2, .exited(code: 3))).deeds
        let failure = Failure.exitedEarly(.init(worker: 2, slot: 1, pid: 102, end: .exited(code: 3)))
        #expect(effects.first == .terminate(3))
        #expect(effects.last == .finish(5, .failed(failure)))
        #expect("\(failure)" == "worker 1 (pid 102) exited with code 3 before it served")
        #expect(script.machine.generation(1) == before)
        #expect(script.machine.serving == 1)
        #expect(script.pass(.seconds(2)).deeds == [.kill(3)])
        #expect(script.send(.exited(3, .signalled(name: "SIGKILL", dumpedCore: false))).deeds == [.releaseLanes(2)])
    }

    @Test("A worker that exits during the watch brings the old generation back")
    func exitDuringWatch() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2], request: 9)
        _ = script.send(.steered(.only(2)))
        let crash = WorkerEnd.signalled(name: "SIGSEGV", dumpedCore: true)
        #expect(script.send(.exited(2, crash)).deeds == [.steer(.only(1))])
        #expect(script.machine.serving == 2)
        let back = script.send(.steered(.only(1))).deeds
        let failure = Failure.exitedDuringWatch(.init(worker: 2, slot: 1, pid: 102, end: crash))
        #expect(back.first == .askQueue(2))
        #expect(back.last == .finish(9, .rolledBack(failure)))
        #expect(script.machine.serving == 1)
        #expect(script.machine.generation(1)?.stage == .serving)
        #expect(script.machine.generation(2)?.stage == .retiring)
    }

    @Test("A first start that fails ends the master with code 1, once its workers are gone")
    func failedStart() {
        var script = CoreScript()
        _ = script.send(.deploy(nil, CoreScript.plan(), .start, wait: false))
        _ = script.send(.saved(1))
        _ = script.send(.lanesOpened(1))
        _ = script.spawned(1)
        #expect(script.pass(.seconds(60)).deeds.first == .terminate(1))
        #expect(script.send(.exited(1, .exited(code: 0))).deeds == [.releaseLanes(1), .exit(code: 1)])
    }
}

extension StepDuration {
    static func zero(_ step: DeployStep) -> StepDuration {
        StepDuration(step: step, took: .zero)
    }
}
