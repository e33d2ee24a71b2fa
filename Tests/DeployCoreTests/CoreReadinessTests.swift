import TestSupport
import Testing

@testable import DeployCore

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
        #expect(script.send(.probeFailed(1, ProbeFailure("refused"))).deeds == [])
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
        #expect(script.send(.probeFailed(1, ProbeFailure("status 500"))).deeds == [])
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
        #expect("\(never)" == "not ready within 60 s (readyTimeout): worker 2 has not said READY=1")

        (script, _) = booted(.both)
        _ = script.send(.ready(1, .drains))
        _ = script.send(.ready(2, .drains))
        _ = script.send(.probeFailed(1, ProbeFailure("status 500")))
        let silent = Failure.notAnswering(after: .seconds(60), lastProbe: "status 500")
        #expect(script.pass(.seconds(60)).contains(.finish(1, .failed(silent))))
        #expect("\(silent)" == "no good answer within 60 s (readyTimeout); the last probe: status 500")
    }

    @Test("The limit of the boot is the manifest's, also when the workers are ready at once and what they need is not")
    func oneLimit() {
        var overrides = PolicyOverrides()
        overrides.readyTimeout = .seconds(180)
        let plan = ReleasePlan(path: "/srv/v1", label: "v1", workers: 1, overrides: overrides)
        var script = CoreScript()
        _ = script.send(.deploy(1, plan, .deploy, wait: false))
        _ = script.send(.saved(1))
        _ = script.send(.lanesOpened(1))
        #expect(script.spawned(1).contains(.probe(1)))
        #expect(script.send(.ready(1, .drains)).deeds == [])
        for _ in 1...40 {
            _ = script.pass(.seconds(1))
            #expect(script.send(.probeFailed(1, ProbeFailure("answered 502"))).deeds == [])
        }
        _ = script.pass(.seconds(1))
        for _ in 1...2 { #expect(script.send(.probeSucceeded(1)).deeds == [.probe(1)]) }
        #expect(script.send(.probeSucceeded(1)).deeds == [.save(1)])
    }

    @Test("A program that knows no READY=1 is not asked for it: the verdict is what its last probe met")
    func noAdvice() {
        var (script, _) = booted(.auto)
        _ = script.send(.probeFailed(1, ProbeFailure("nobody accepted on descriptor 3")))
        let silent = Failure.notAnswering(after: .seconds(60), lastProbe: "nobody accepted on descriptor 3")
        #expect(script.pass(.seconds(60)).contains(.finish(1, .failed(silent))))
    }

    @Test("A probe that is under way when the time is over counts as one: the process ran")
    func unansweredProbe() {
        var (script, _) = booted(.auto)
        let silent = Failure.notAnswering(after: .seconds(60), lastProbe: "it was still unanswered")
        #expect(script.pass(.seconds(60)).contains(.finish(1, .failed(silent))))
    }

    @Test("Answers that more time does not make better end the deploy early, and anything else between them does not")
    func steadyAnswer() {
        let bad = ProbeFailure("answered 500", isDefinite: true)
        var (script, _) = booted(.auto)
        #expect(script.send(.probeFailed(1, bad)).deeds == [])
        _ = script.pass(.seconds(9))
        #expect(script.send(.probeFailed(1, ProbeFailure("answered 503"))).deeds == [])
        _ = script.pass(.seconds(1))
        #expect(script.send(.probeFailed(1, bad)).deeds == [])
        _ = script.pass(.seconds(9))
        #expect(script.send(.probeFailed(1, bad)).deeds == [])
        _ = script.pass(.seconds(1))
        let failure = Failure.answersBadly(lasting: .seconds(10), lastProbe: "answered 500")
        #expect(script.send(.probeFailed(1, bad)).contains(.finish(1, .failed(failure))))
        #expect("\(failure)" == "every probe of 10 s got a bad answer; the last one: answered 500")
    }

    @Test("A worker whose word rules its release out fails the deploy at once; of one that serves it is passed over")
    func unfit() {
        var (script, _) = booted(.auto)
        let failure = Failure.unfit(slot: Slot(1), reason: "it speaks no TLS")
        #expect(script.send(.unfit(1, reason: "it speaks no TLS")).contains(.finish(1, .failed(failure))))
        #expect("\(failure)" == "worker 1 cannot serve here: it speaks no TLS")
        #expect(script.send(.ready(1, .drains)).contains { if case .save = $0 { true } else { false } } == false)
        var served = booted(.notify).script
        _ = served.send(.ready(1, .notifies))
        _ = served.send(.ready(2, .notifies))
        _ = served.send(.saved(1))
        _ = served.send(.steered(.only(1)))
        #expect(served.send(.unfit(1, reason: "late")).deeds == [])
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
