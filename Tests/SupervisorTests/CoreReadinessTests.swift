import Testing

@testable import Supervisor

@Suite("What makes a generation ready")
struct CoreReadinessTests {
    /// A first generation of two workers whose launch steps run.
    func booted(_ readiness: Readiness) -> (script: CoreScript, effects: [Effect]) {
        var script = CoreScript()
        _ = script.send(.deploy(1, CoreScript.plan(workers: 2, readiness: readiness), .start, wait: false))
        _ = script.send(.saved(1))
        _ = script.send(.lanesOpened(1))
        _ = script.spawned(1)
        let effects = script.spawned(2)
        return (script, effects)
    }

    @Test("notify: the last READY=1 is proof, and nothing is probed")
    func notify() {
        var (script, effects) = booted(.notify)
        #expect(effects == [.launch(2)])
        #expect(script.send(.ready(1, .notifies)).deeds == [])
        #expect(script.send(.ready(2, .notifies)).deeds == [.save(1)])
    }

    @Test("probe: probes begin when all workers run, READY=1 means nothing, and the first answer ends the boot")
    func probe() {
        var (script, effects) = booted(.probe)
        #expect(effects.deeds == [.launch(2), .probe(1)])
        #expect(script.send(.ready(1, .notifies)).deeds == [])
        #expect(script.send(.probeFailed(1, reason: "refused")).deeds == [])
        #expect(script.tick().deeds == [.probe(1)])
        #expect(script.machine.generation(1)?.stage == .booting)
        #expect(script.send(.probeSucceeded(1)).deeds == [.probe(1)])
        #expect(script.machine.generation(1)?.stage == .probing)
        #expect(script.send(.probeSucceeded(1)).deeds == [.probe(1)])
        #expect(script.send(.probeSucceeded(1)).deeds == [.save(1)])
        #expect(script.machine.generation(1)?.isComplete == true)
    }

    @Test("auto: without READY=1 the answers decide")
    func autoWithoutWord() {
        var (script, effects) = booted(.auto)
        #expect(effects.deeds == [.launch(2), .probe(1)])
        #expect(script.send(.probeSucceeded(1)).deeds == [.probe(1)])
        #expect(script.send(.probeSucceeded(1)).deeds == [.probe(1)])
        #expect(script.send(.probeSucceeded(1)).deeds == [.save(1)])
    }

    @Test("auto: once one worker has said READY=1 all are waited for, and only later answers count")
    func autoWithWord() {
        var (script, _) = booted(.auto)
        #expect(script.send(.ready(1, .drains)).deeds == [])
        #expect(script.send(.probeSucceeded(1)).deeds == [])
        #expect(script.send(.ready(2, .drains)).deeds == [.probe(1)])
        #expect(script.send(.probeSucceeded(1)).deeds == [.probe(1)])
        #expect(script.send(.probeSucceeded(1)).deeds == [.probe(1)])
        #expect(script.send(.probeSucceeded(1)).deeds == [.save(1)])
    }

    @Test("auto: a word that comes after the first answer is waited for all the same")
    func autoWithLateWord() {
        var (script, _) = booted(.auto)
        #expect(script.send(.probeSucceeded(1)).deeds == [.probe(1)])
        #expect(script.send(.probeSucceeded(1)).deeds == [.probe(1)])
        #expect(script.send(.ready(1, .drains)).deeds == [])
        #expect(script.send(.probeSucceeded(1)).deeds == [])
        #expect(script.send(.ready(2, .drains)).deeds == [.probe(1)])
    }

    @Test("both: a bad answer begins the count anew, after the interval")
    func both() {
        var (script, _) = booted(.both)
        _ = script.send(.ready(1, .drains))
        #expect(script.send(.ready(2, .drains)).deeds == [.probe(1)])
        #expect(script.send(.probeSucceeded(1)).deeds == [.probe(1)])
        let failedAt = script.now
        #expect(script.send(.probeFailed(1, reason: "status 500")).deeds == [])
        #expect(script.tick().deeds == [.probe(1)])
        #expect(script.now - failedAt == .milliseconds(100))
        for _ in 1...2 { #expect(script.send(.probeSucceeded(1)).deeds == [.probe(1)]) }
        #expect(script.send(.probeSucceeded(1)).deeds == [.save(1)])
    }

    @Test("Out of time: the failure says who is not ready, or what the last probe met")
    func outOfTime() {
        var (script, _) = booted(.both)
        _ = script.send(.ready(1, .drains))
        let never = Failure.neverReady(slots: [2], after: .seconds(60), lastProbe: nil)
        #expect(script.pass(.seconds(60)).contains(.finish(1, .failed(never))))
        #expect("\(never)" == "not ready after 60 s: worker 2 has not said READY=1")

        (script, _) = booted(.both)
        _ = script.send(.ready(1, .drains))
        _ = script.send(.ready(2, .drains))
        _ = script.send(.probeFailed(1, reason: "status 500"))
        let silent = Failure.notAnswering(after: .seconds(30), lastProbe: "status 500")
        #expect(script.pass(.seconds(30)).contains(.finish(1, .failed(silent))))
        #expect("\(silent)" == "the probes were not answered within 30 s; the last probe: status 500")
    }

    @Test("A worker may ask for more time")
    func extended() {
        var (script, _) = booted(.both)
        _ = script.pass(.seconds(50))
        _ = script.send(.extended(1, by: .seconds(30)))
        #expect(script.pass(.seconds(29)).deeds == [])
        #expect(script.pass(.seconds(1)).deeds != [])
    }
}
