import TestSupport
import Testing

@testable import DeployCore

@Suite("What people are shown of the machine")
struct CoreViewTests {
    @Test("Every stage has its reason, and the serving generation none")
    func reasons() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.deploy(1, CoreScript.plan("v2", workers: 2), .deploy, wait: false))
        #expect(reason(script) == "waits for the state to be saved and for its before hook, if it has one")
        _ = script.send(.saved(2))
        #expect(reason(script) == "waits for its sockets")
        _ = script.send(.lanesOpened(2))
        _ = script.spawned(2)
        _ = script.spawned(3)
        _ = script.send(.ready(2, .drains))
        _ = script.pass(.milliseconds(500))
        #expect(reason(script) == "waits for worker 2 to be ready; deadline in 60 s")
        _ = script.send(.ready(3, .drains))
        _ = script.send(.probeFailed(2, ProbeFailure("status 500")))
        _ = script.tick()
        _ = script.send(.probeSucceeded(2))
        #expect(
            reason(script) == "1 of 3 good answers in a row, the last bad one: status 500; deadline in 60 s")
        _ = script.send(.probeSucceeded(2))
        _ = script.send(.probeSucceeded(2))
        #expect(reason(script) == "proven, waits for the cut-over")
        _ = script.send(.saved(2))
        _ = script.send(.steered(.only(2)))
        #expect(reason(script) == nil)
        #expect(reason(script, 1) == "can serve again at once, while generation 2 is watched")
        var deserted = script
        _ = deserted.send(.exited(1, .exited(code: 1)))
        #expect(reason(deserted, 1) == "no worker is ready, while generation 2 is watched")
        _ = script.pass(.seconds(5))
        _ = script.send(.committed(2))
        _ = script.send(.queueLength(1, 2))
        #expect(reason(script, 1) == "its queue is emptying: 2 connections waiting")
        _ = script.pass(.seconds(5))
        #expect(reason(script, 1) == "1 worker finishing, deadline in 300 s")
        let counters = GenerationCounters(requests: 1, idle: 12, upgraded: 0)
        #expect(reason(script, 1, counters) == "1 request in flight, 12 idle connections, deadline in 30 s")
        let upgraded = GenerationCounters(requests: 0, idle: 0, upgraded: 2)
        #expect(reason(script, 1, upgraded) == "2 upgraded connections, deadline in 300 s")
        _ = script.pass(.seconds(300))
        #expect(reason(script, 1) == "1 worker asked to exit at once, killed in 2 s")
    }

    private func reason(
        _ script: CoreScript, _ number: GenerationNumber = 2, _ counters: GenerationCounters? = nil
    ) -> String? {
        script.machine.generation(number)?
            .reason(successor: script.machine.serving, counters: counters, at: script.now)
    }

    /// What serves has crashed five times, one behind the other.
    private func crashLooping() -> CoreScript {
        var script = CoreScript()
        _ = script.start()
        for worker in 1...5 {
            _ = script.send(.exited(.init(rawValue: worker), .exited(code: 7)))
            if worker < 5 {
                _ = script.tick()
                _ = script.spawned(worker + 1)
            }
        }
        return script
    }

    @Test("A crash loop and the next attempt are shown")
    func crashLoop() {
        let script = crashLooping()
        let generation = script.machine.generations.first
        #expect(generation?.pool.crashes.isLooping(at: script.now) == true)
        #expect(generation?.nextRespawn(at: script.now) == .milliseconds(1_600))
        #expect(generation?.workers.first?.lastEnd == .exited(code: 7))
        #expect(generation?.workers.first?.process == nil)
    }

    @Test("A crash loop is over when its workers have lived for a while")
    func crashLoopIsOver() throws {
        var script = crashLooping()
        _ = script.tick()
        _ = script.spawned(6)
        _ = script.send(.ready(6, .drains))
        let looping = { (script: CoreScript) in script.machine.generations.first?.keepsCrashing(at: script.now) }
        #expect(looping(script) == true)
        _ = script.pass(.seconds(10))
        #expect(looping(script) == false)
        #expect(script.machine.generations.first?.pool.crashes.isLooping(at: script.now) == true)
        _ = script.send(.exited(6, .exited(code: 7)))
        #expect(looping(script) == true)
    }

    @Test("Only where the generation that serves crashes again and again does a rollback help")
    func crashLoopAdvice() throws {
        let script = crashLooping()
        let looping = try #require(script.machine.generations.first { $0.pool.crashes.isLooping(at: script.now) })
        let advice = looping.crashLoopAdvice(serving: script.machine.serving)
        #expect(advice == "`deployd logs 1`; `deployd rollback` goes back")
    }

    @Test("A generation that crashes again and again beside the one that serves leaves by itself")
    func crashLoopOfOld() throws {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        _ = script.send(.steered(.only(2)))
        let old = try #require(script.machine.generation(1))
        #expect(old.stage == .warm && script.machine.serving == 2)
        #expect(
            old.crashLoopAdvice(serving: script.machine.serving)
                == "`deployd logs 1`; it no longer serves, and ends by itself")
    }

    @Test("The durable state holds pids before they are launched, and does not change while nothing happens")
    func durable() {
        var script = CoreScript()
        _ = script.send(.deploy(1, CoreScript.plan(), .start, wait: false))
        _ = script.send(.saved(1))
        _ = script.send(.lanesOpened(1))
        #expect(script.spawned(1) == [.launch(1)])
        let saved = script.machine.durable
        #expect(saved.generations.first?.workers.first?.process?.pid == 101)
        #expect(saved.generations.first?.stage == .booting)
        #expect(saved.deployment?.stage == .booting)
        _ = script.pass(.seconds(30))
        #expect(script.machine.durable == saved)
    }
}
