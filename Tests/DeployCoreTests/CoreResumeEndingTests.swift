import TestSupport
import Testing

@testable import DeployCore

@Suite("Old generations after the master was killed")
struct CoreResumeEndingTests {
    /// Generation 2 serves, generation 1 retires.
    private static func retiring(level: WorkerLevel = .drains) -> CoreScript {
        var script = CoreScript()
        _ = script.bringUp(1, plan: CoreScript.plan(), workers: [1], kind: .start)
        _ = script.send(.steered(.only(1)))
        _ = script.send(.committed(1))
        _ = script.machine.lineage.change(1) { generation, _ in
            if level < .drains { generation.pool.workers[0].level = level }
            return .init()
        }
        _ = script.bringUp(2, plan: CoreScript.plan("v2"), workers: [2])
        _ = script.send(.steered(.only(2)))
        _ = script.pass(.seconds(5))
        _ = script.send(.committed(2))
        return script
    }

    /// Generation 1 drains.
    private static func draining(level: WorkerLevel = .drains) -> CoreScript {
        var script = retiring(level: level)
        script.now = script.now + .seconds(5)
        _ = script.send(.tick)
        return script
    }

    @Test("A retiring generation retires anew; without workers its lanes are given back at once")
    func retirement() {
        var script = Self.retiring()
        #expect(script.resume(survivors: [1, 2]) == [.askQueue(1)])
        #expect(script.machine.nextDeadline == script.now + .seconds(5))
        #expect(script.resume(survivors: [2]) == [.releaseLanes(1)])
        #expect(script.machine.generations.map(\.number) == [2])
    }

    @Test("A draining worker keeps its deadlines, and is told again only if it reads messages")
    func drainKept() {
        var script = Self.draining()
        let deadlines = DrainDeadlines(requests: script.now + .seconds(30), upgrades: script.now + .seconds(300))
        script.now = script.now + .seconds(20)
        #expect(script.resume(survivors: [1, 2]) == [.drain(1, deadlines)])
        #expect(script.machine.nextDeadline == deadlines.requests)
        #expect(script.machine.generation(1)?.drainsUntil() == deadlines.upgrades)
        script = Self.draining(level: .notifies)
        let deadline = script.now + .seconds(30)
        #expect(script.resume(survivors: [1, 2]) == [])
        #expect(script.machine.nextDeadline == deadline)
        #expect(script.resume(survivors: [2]) == [.releaseLanes(1)])
    }

    @Test("A worker that was to exit at once is asked again, with the whole grace; one that was killed is killed again")
    func force() {
        var script = Self.draining()
        _ = script.pass(.seconds(300))
        #expect(script.machine.worker(1)?.stage == .terminating)
        script.now = script.now + .seconds(10)
        #expect(script.resume(survivors: [1, 2]) == [.terminate(1)])
        #expect(script.machine.nextDeadline == script.now + .seconds(2))
        _ = script.pass(.seconds(2))
        #expect(script.resume(survivors: [1, 2]) == [.kill(1)])
        #expect(script.send(.exited(1, .unobserved)).deeds == [.releaseLanes(1)])
    }

    @Test("A master that was stopping goes on stopping, and exits with its code")
    func stopping() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.stop(3, now: false))
        let deadline = script.machine.nextDeadline
        script.now = script.now + .seconds(10)
        #expect(script.resume(survivors: [1]).deeds.count == 1)
        #expect(script.machine.nextDeadline == deadline)
        let saved = script
        #expect(script.send(.exited(1, .unobserved)).deeds == [.releaseLanes(1), .finish(nil, .done), .exit(code: 0)])
        // It was killed when only the exit was left.
        #expect(script.resume(survivors: []) == [.finish(nil, .done), .exit(code: 0)])
        script = saved
        #expect(script.resume(survivors: []).last == .exit(code: 0))
    }

    @Test("A failed first start exits with 1, however often its master is killed")
    func failedStart() {
        var script = CoreScript()
        _ = script.send(.deploy(nil, CoreScript.plan(), .start, wait: false))
        _ = script.send(.saved(1))
        _ = script.send(.lanesOpened(1))
        _ = script.spawned(1)
        _ = script.pass(.seconds(60))
        #expect(script.resume(survivors: [1]).deeds.contains(.terminate(1)))
        #expect(script.send(.exited(1, .unobserved)).deeds.last == .exit(code: 1))
    }

    @Test("A deploy that was being recorded when the master stopped is recorded, though its generation is gone")
    func stoppingCommit() throws {
        var script = CoreScript()
        _ = script.bringUp(1, plan: CoreScript.plan(), workers: [1], kind: .start)
        _ = script.send(.steered(.only(1)))
        _ = script.send(.stop(nil, now: true))
        _ = script.send(.exited(1, .exited(code: 0)))
        #expect(script.machine.generations.isEmpty)
        let effects = script.resume(survivors: []).deeds
        let entry = try #require(effects.first?.committedEntry, "\(effects)")
        #expect(entry.to == "/srv/v1")
        #expect(script.send(.committed(1)).deeds.last == .exit(code: 0))
    }
}
