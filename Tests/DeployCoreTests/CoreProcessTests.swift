import TestSupport
import Testing

@testable import DeployCore

@Suite("Kinds of processes beside the web workers")
struct CoreProcessTests {
    /// One web worker that says READY=1 and is not probed, an upstream of two processes, and a job.
    private static func plan(readiness: ProcessReadiness = .auto) -> ReleasePlan {
        var app = ProcessPlan(name: "app", workers: 2)
        app.isUpstream = true
        app.readiness = readiness
        app.drain.requests = .seconds(7)
        app.drain.upgrades = .seconds(7)
        var jobs = ProcessPlan(name: "jobs", workers: 1)
        jobs.drain.requests = .seconds(90)
        jobs.drain.upgrades = .seconds(90)
        return ReleasePlan(
            path: "/srv/v1", label: "v1", workers: 1, readiness: .notify, processes: [app, jobs])
    }

    private static let app1 = Slot(1, of: "app")
    private static let app2 = Slot(2, of: "app")
    private static let job = Slot(1, of: "jobs")

    /// All four processes run: the web worker 1, the app 2 and 3, the job 4.
    private func booted(readiness: ProcessReadiness = .auto) -> CoreScript {
        var script = CoreScript()
        _ = script.send(.deploy(1, Self.plan(readiness: readiness), .start, wait: false))
        _ = script.send(.saved(1))
        #expect(
            script.send(.lanesOpened(1)).deeds == [
                .spawn(1, 1, slot: 1), .spawn(2, 1, slot: Self.app1), .spawn(3, 1, slot: Self.app2),
                .spawn(4, 1, slot: Self.job),
            ])
        for worker in 1...4 { _ = script.spawned(worker) }
        return script
    }

    private func serving() -> CoreScript {
        var script = booted()
        _ = script.send(.ready(1, .notifies))
        _ = script.send(.saved(1))
        _ = script.send(.steered(.only(1)))
        _ = script.pass(.seconds(5))
        _ = script.send(.committed(1))
        return script
    }

    /// A second generation, of web workers alone, has taken over, and the first one's queue is empty.
    private func draining(_ script: inout CoreScript) -> [Effect] {
        _ = script.send(
            .deploy(2, ReleasePlan(path: "/srv/v2", label: "v2", workers: 1, readiness: .notify), .deploy, wait: false))
        _ = script.send(.saved(2))
        _ = script.send(.lanesOpened(2))
        let worker = script.machine.generation(2)?.workers.first?.number ?? 0
        _ = script.spawned(worker.rawValue)
        _ = script.send(.ready(worker, .notifies))
        _ = script.send(.saved(2))
        _ = script.send(.steered(.only(2)))
        _ = script.pass(.seconds(5))
        _ = script.send(.committed(2))
        _ = script.send(.queueLength(1, 0))
        script.now = script.now + .milliseconds(100)
        return script.send(.queueLength(1, 0)).deeds
    }

    private func drain(_ worker: WorkerNumber, _ script: CoreScript, within limit: Duration) -> Effect {
        .drain(worker, DrainDeadlines(requests: script.now + limit, upgrades: script.now + limit))
    }

    @Test("A kind that never says READY=1 is not waited for; one that says it is, as a whole")
    func waits() {
        var silent = booted()
        #expect(silent.send(.ready(1, .notifies)).deeds == [.save(1)])
        var speaking = booted()
        #expect(speaking.send(.ready(2, .notifies)).deeds == [])
        #expect(speaking.send(.ready(1, .notifies)).deeds == [])
        #expect(speaking.send(.ready(3, .notifies)).deeds == [.save(1)])
        var deaf = booted(readiness: .none)
        #expect(deaf.send(.ready(2, .notifies)).deeds == [])
        #expect(deaf.send(.ready(1, .notifies)).deeds == [.save(1)])
    }

    @Test("A kind that has to say READY=1 and does not fails the boot, by its name")
    func neverReady() {
        var script = booted(readiness: .notify)
        _ = script.send(.ready(1, .notifies))
        _ = script.send(.ready(2, .notifies))
        let failure = Failure.neverReady(slots: [Self.app2], after: .seconds(60), lastProbe: nil)
        #expect(script.tick().contains(.finish(1, .failed(failure))))
        #expect("\(failure)" == "not ready within 60 s (readyTimeout): worker app.2 has not said READY=1")
    }

    @Test("A first start is committed only when all its kinds have lived through the watch; else it is over")
    func firstStart() {
        var script = booted()
        _ = script.send(.ready(1, .notifies))
        _ = script.send(.saved(1))
        _ = script.send(.steered(.only(1)))
        #expect(!script.pass(.milliseconds(4900)).contains { if case .commit = $0 { true } else { false } })
        let lost = LostWorker(worker: 4, slot: Self.job, pid: 104, end: .exited(code: 3))
        let effects = script.send(.exited(4, .exited(code: 3)))
        #expect(effects.contains(.finish(1, .failed(.exitedDuringWatch(lost)))))
        #expect(script.machine.serving == nil)
        #expect(script.machine.phase == .stopping(code: 1))

        var good = booted()
        _ = good.send(.ready(1, .notifies))
        _ = good.send(.saved(1))
        _ = good.send(.steered(.only(1)))
        #expect(good.pass(.seconds(5)).contains { if case .commit = $0 { true } else { false } })
    }

    @Test("A deploy that comes while a first start is watched waits for it, and needs no word to do so")
    func deployAfterStart() {
        var script = booted()
        let next = ReleasePlan(path: "/srv/v2", label: "v2", workers: 1)
        #expect(script.send(.deploy(2, next, .deploy, wait: false)) == [.finish(2, .refused(.busy(1)))])
        _ = script.send(.ready(1, .notifies))
        _ = script.send(.saved(1))
        _ = script.send(.steered(.only(1)))
        #expect(script.send(.deploy(3, next, .deploy, wait: false)) == [.report(3, .queued(behind: 1))])
        _ = script.pass(.seconds(5))
        #expect(script.send(.committed(1)).contains(.save(2)))
    }

    @Test("A probe waits until every process has been started")
    func probes() {
        var script = CoreScript()
        var plan = Self.plan()
        plan = ReleasePlan(path: plan.path, label: plan.label, workers: 1, readiness: .auto, processes: plan.processes)
        _ = script.send(.deploy(1, plan, .start, wait: false))
        _ = script.send(.saved(1))
        _ = script.send(.lanesOpened(1))
        _ = script.spawned(1)
        _ = script.spawned(2)
        // A word before the last one is started.
        #expect(script.send(.ready(2, .notifies)).deeds == [])
        _ = script.spawned(3)
        #expect(script.spawned(4).deeds == [.launch(4)])
        #expect(script.send(.ready(3, .notifies)).deeds == [.probe(1)])
        for _ in 1...2 { #expect(script.send(.probeSucceeded(1)).deeds == [.probe(1)]) }
        #expect(script.send(.probeSucceeded(1)).deeds == [.save(1)])
    }

    @Test("A process of a kind that is lost is replaced in its slot, and counts during a watch")
    func respawns() {
        var script = serving()
        #expect(script.send(.exited(3, .exited(code: 1))).deeds == [])
        #expect(script.tick().deeds == [.spawn(5, 1, slot: Self.app2)])
        #expect(script.machine.generation(1)?.isComplete == true)
    }

    @Test("Web workers and jobs drain at once, the upstream behind the last of them, each with its own time")
    func order() {
        var script = serving()
        let first = draining(&script)
        #expect(first.count == 2)
        #expect(first.contains(drain(1, script, within: .seconds(30))) == false)
        #expect(first.last == drain(4, script, within: .seconds(90)))
        #expect(script.send(.exited(1, .exited(code: 0))).deeds == [])
        script.now = script.now + .seconds(3)
        #expect(
            script.send(.exited(4, .exited(code: 0))).deeds == [
                drain(2, script, within: .seconds(7)), drain(3, script, within: .seconds(7)),
            ])
        #expect(script.send(.exited(2, .exited(code: 0))).deeds == [])
        #expect(script.send(.exited(3, .exited(code: 0))).deeds == [.releaseLanes(1)])
    }

    @Test("An upstream that is lost while others drain is replaced, and drains with the rest")
    func replacedInDrain() {
        var script = serving()
        _ = draining(&script)
        #expect(script.send(.exited(2, .exited(code: 1))).deeds == [])
        #expect(script.pass(.seconds(1)).deeds == [.spawn(6, 1, slot: Self.app1)])
        _ = script.spawned(6)
        _ = script.send(.exited(1, .exited(code: 0)))
        let last = script.send(.exited(4, .exited(code: 0))).deeds
        #expect(last == [drain(3, script, within: .seconds(7)), drain(6, script, within: .seconds(7))])
    }

    @Test("At a stop the order is the same, and so are the deadlines")
    func stops() {
        var script = serving()
        let began = script.now
        let first = script.send(.stop(9, now: false)).deeds
        let web = DrainDeadlines(requests: began + .seconds(30), upgrades: began + .seconds(300))
        #expect(first == [.drain(1, web), drain(4, script, within: .seconds(90))])
        script.now = began + .seconds(20)
        _ = script.send(.exited(4, .exited(code: 0)))
        let last = script.send(.exited(1, .exited(code: 0))).deeds
        #expect(last == [drain(2, script, within: .seconds(7)), drain(3, script, within: .seconds(7))])
    }

    @Test("A stop at once asks all to exit")
    func stopsNow() {
        var script = serving()
        #expect(script.send(.stop(9, now: true)).deeds == (1...4).map { .terminate(WorkerNumber(rawValue: $0)) })
    }

    @Test("A later master replaces every kind in its slots, and goes on with the order of a drain")
    func resumed() {
        var script = serving()
        let (_, effects) = Machine.resuming(
            KilledMachine(script.machine.durable, survivors: [1, 3]), policies: CoreScript.plain, at: script.now)
        #expect(effects.deeds == [.spawn(5, 1, slot: Self.app1), .spawn(6, 1, slot: Self.job)])
        _ = draining(&script)
        let (machine, later) = Machine.resuming(
            KilledMachine(script.machine.durable, survivors: [1, 2, 5]), policies: CoreScript.plain, at: script.now)
        #expect(later.deeds == [.spawn(6, 1, slot: Self.app2)])
        #expect(machine.generation(1)?.stage == .draining)
    }

    @Test("Scaling is of the web workers")
    func scales() {
        var script = serving()
        #expect(script.send(.scale(2, workers: 2)).deeds == [.spawn(5, 1, slot: 2)])
        _ = script.spawned(5)
        #expect(script.send(.ready(5, .notifies)).deeds == [.finish(2, .done)])
        #expect(script.send(.scale(3, workers: 1)).deeds.count == 2)
        #expect(script.machine.generation(1)?.staying.map(\.slot) == [1, Self.app1, Self.app2, Self.job])
    }
}
