import TestSupport
import Testing

@testable import DeployCore

@Suite("Workers that crash, hang, or do not start")
struct CoreRespawnTests {
    @Test("A crashed worker is started again from its own release, after a delay that doubles")
    func backoff() {
        var script = CoreScript()
        _ = script.start()
        for (index, delay) in [100, 200, 400, 800].enumerated() {
            let worker = WorkerNumber(rawValue: index + 1)
            let crashedAt = script.now
            let lost = script.send(.exited(worker, .signalled(name: "SIGKILL", dumpedCore: false)))
            #expect(lost.deeds == [])
            #expect(script.tick() == [.spawn(.init(rawValue: index + 2), 1, slot: 1)])
            #expect(script.now - crashedAt == .milliseconds(delay))
            #expect(script.spawned(index + 2) == [.launch(.init(rawValue: index + 2))])
            _ = script.send(.ready(.init(rawValue: index + 2), .drains))
        }
        _ = script.pass(.seconds(60))
        let crashedAt = script.now
        _ = script.send(.exited(5, .exited(code: 1)))
        _ = script.tick()
        #expect(script.now - crashedAt == .milliseconds(100))
        #expect(script.machine.generation(1)?.workers.first?.restarts == 5)
    }

    @Test("Five exits within a minute are a crash loop, told once")
    func crashLoop() {
        var script = CoreScript()
        _ = script.start()
        var told = 0
        for worker in 1...7 {
            let effects = script.send(.exited(.init(rawValue: worker), .exited(code: 1)))
            told += effects.filter { $0 == .report(nil, .note(.crashLoop(1))) }.count
            _ = script.tick()
            _ = script.spawned(worker + 1)
        }
        #expect(told == 1)
        #expect(script.machine.generation(1)?.pool.crashes.isLooping(at: script.now) == true)
    }

    @Test("A respawn that fails for want of resources is tried again; before the cut-over it fails the deploy")
    func spawnFails() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.exited(1, .exited(code: 1)))
        #expect(script.tick() == [.spawn(2, 1, slot: 1)])
        #expect(script.send(.spawnFailed(2, reason: "EAGAIN")).deeds == [])
        #expect(script.tick() == [.spawn(2, 1, slot: 1)])
        _ = script.spawned(2)
        _ = script.send(.ready(2, .drains))
        _ = script.send(.deploy(4, CoreScript.plan("v2"), .deploy, wait: false))
        _ = script.send(.saved(2))
        _ = script.send(.lanesOpened(2))
        let failure = Failure.notSpawned(slot: 1, reason: "EAGAIN")
        let effects = script.send(.spawnFailed(3, reason: "EAGAIN")).deeds
        #expect(effects.first == .releaseLanes(2))
        #expect(effects.last == .finish(4, .failed(failure)))
    }

    @Test("A respawned worker that does not get ready in time is replaced")
    func slowRespawn() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.exited(1, .exited(code: 1)))
        _ = script.tick()
        _ = script.spawned(2)
        #expect(script.pass(.seconds(59)).deeds == [])
        #expect(script.pass(.seconds(1)).deeds == [.terminate(2)])
        _ = script.send(.exited(2, .exited(code: 0)))
        #expect(script.tick() == [.spawn(3, 1, slot: 1)])
    }

    @Test("A worker wanted no more while it was being spawned never becomes the worker")
    func unwanted() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.deploy(1, CoreScript.plan("v2"), .deploy, wait: false))
        _ = script.send(.saved(2))
        _ = script.send(.lanesOpened(2))
        #expect(!script.send(.cancel(2, deploy: nil)).contains(.releaseLanes(2)))
        #expect(script.spawned(2) == [.kill(2)])
        #expect(
            script.send(.exited(2, .signalled(name: "SIGKILL", dumpedCore: false))) == [.releaseLanes(2)])
    }

    @Test("Lanes that come after the deploy was given up are given back")
    func lateLanes() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.deploy(1, CoreScript.plan("v2"), .deploy, wait: false))
        _ = script.send(.saved(2))
        _ = script.send(.cancel(2, deploy: nil))
        #expect(script.machine.generations.map(\.number) == [1, 2])
        #expect(script.send(.lanesOpened(2)) == [.releaseLanes(2)])
        #expect(script.machine.generations.map(\.number) == [1])
    }

    @Test("A drain that passes its deadline ends by SIGTERM, then SIGKILL; a plain worker has the requests' time only")
    func drainDeadline() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        _ = script.send(.steered(.only(2)))
        _ = script.pass(.seconds(5))
        _ = script.send(.committed(2))
        _ = script.send(.queueLength(1, 3))
        _ = script.pass(.milliseconds(4_990))
        let drained = script.pass(.milliseconds(10))
        #expect(drained.first == .report(nil, .note(.queueNotEmpty(1, waiting: 3))))
        let drainedAt = script.now
        // It has upgraded connections left.
        #expect(script.tick().deeds == [.askUpgrades(1)])
        #expect(script.now - drainedAt == .seconds(30))
        #expect(script.send(.upgrades(1, 1)) == [])
        #expect(script.tick().deeds == [.terminate(1)])
        #expect(script.now - drainedAt == .seconds(300))
        #expect(script.tick().deeds == [.kill(1)])
        #expect(script.now - drainedAt == .seconds(302))
    }
}
