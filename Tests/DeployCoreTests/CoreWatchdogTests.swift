import TestSupport
import Testing

@testable import DeployCore

@Suite("Workers and their watchdog")
struct CoreWatchdogTests {
    /// A release whose workers may be silent for ten seconds.
    private static func plan(
        _ label: String = "v1", workers: Int = 1, watch: Duration = .seconds(60)
    ) -> ReleasePlan {
        var overrides = PolicyOverrides()
        overrides.watchdog = .seconds(10)
        overrides.watch = watch
        return ReleasePlan(
            path: "/srv/\(label)", label: label, workers: workers, readiness: .both, overrides: overrides)
    }

    @Test("A silent worker is aborted, killed when that does not help, and replaced")
    func silent() {
        var script = CoreScript()
        _ = script.start(plan: Self.plan())
        #expect(script.pass(.milliseconds(9_999)).deeds == [])
        #expect(script.tick().deeds == [.abort(1)])
        #expect(script.tick().deeds == [.kill(1)])
        let exit = script.send(.exited(1, .signalled(name: "SIGKILL", dumpedCore: false)))
        let lost = LostWorker(worker: 1, slot: 1, pid: 101, end: .silent(after: .seconds(10)))
        #expect(exit == [.report(nil, .note(.exited(1, lost, respawnIn: .milliseconds(100))))])
        #expect(lost.end.description == "did not say WATCHDOG=1 for 10 s, and was killed")
        #expect(script.tick() == [.spawn(2, 1, slot: 1)])
    }

    @Test("Signs of life keep a worker; a worker may set another limit")
    func alive() {
        var script = CoreScript()
        _ = script.start(plan: Self.plan())
        for _ in 1...5 {
            #expect(script.pass(.seconds(9)).deeds == [])
            #expect(script.send(.pulse(1, .alive)) == [])
        }
        #expect(script.send(.pulse(1, .limit(.seconds(60)))) == [])
        #expect(script.pass(.seconds(59)).deeds == [])
        #expect(script.machine.lineage.silentWorkers(at: script.now) == [])
        #expect(script.machine.lineage.silentWorkers(at: script.now + .seconds(1)) == [1])
        #expect(script.tick().deeds == [.abort(1)])
    }

    @Test("A worker that says that it is not well is aborted at once; one without a watchdog may be silent for ever")
    func gaveUp() {
        var script = CoreScript()
        _ = script.start()
        #expect(script.machine.nextDeadline == nil)
        #expect(script.send(.pulse(1, .failing)) == [.abort(1)])
        #expect(script.send(.pulse(1, .failing)) == [])
    }

    @Test("Silence during the watch goes back at once, before the process has ended")
    func watched() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: Self.plan("v2"), workers: [2], request: 1)
        _ = script.send(.steered(.only(2)))
        _ = script.pass(.milliseconds(9_999))
        #expect(script.tick().deeds == [.abort(2), .steer(.only(1))])
        _ = script.send(.steered(.only(1)))
        #expect(script.machine.serving == 1)
        #expect(
            script.send(.exited(2, .signalled(name: "SIGABRT", dumpedCore: false))).deeds.contains(.steer(.only(1)))
                == false)
    }

    @Test("Silence that lasts to the end of the watch counts, also when the master comes late")
    func watchedToTheEnd() {
        var script = CoreScript()
        _ = script.start()
        _ = script.bringUp(2, plan: Self.plan("v2", watch: .seconds(10)), workers: [2], request: 1)
        _ = script.send(.steered(.only(2)))
        script.now = script.now + .seconds(30)
        #expect(script.tick().deeds == [.abort(2), .steer(.only(1))])
    }

    @Test("Silence before the cut-over fails the deploy")
    func booting() {
        var script = CoreScript()
        _ = script.start()
        _ = script.send(.deploy(1, Self.plan("v2", workers: 2), .deploy, wait: false))
        _ = script.send(.saved(2))
        _ = script.send(.lanesOpened(2))
        for worker in 2...3 { _ = script.spawned(worker) }
        _ = script.send(.ready(2, .drains))
        let effects = script.pass(.seconds(10)).deeds
        #expect(effects.prefix(2) == [.abort(2), .terminate(3)])
        let lost = LostWorker(worker: 2, slot: 1, pid: 102, end: .silent(after: .seconds(10)))
        #expect(effects.contains(.finish(1, .failed(.exitedEarly(lost)))))
    }

    @Test("A later master counts silence anew, by the limit that the worker has set")
    func resumed() {
        var script = CoreScript()
        _ = script.start(plan: Self.plan())
        _ = script.send(.pulse(1, .limit(.seconds(20))))
        _ = script.pass(.seconds(15))
        let now = script.now
        let resumed = Machine.resuming(
            KilledMachine(script.machine.durable, survivors: [1]), policies: CoreScript.plain, at: now)
        #expect(resumed.machine.nextDeadline == now + .seconds(20))
    }
}
