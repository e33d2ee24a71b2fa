import Supervisor
import Testing

@testable import deployd

@Suite("A deploy as it is told")
struct ProgressTextTests {
    private let v1 = ServingReport(generation: 7, release: "v1")

    @Test("has a line for what begins and for each step that ends")
    func lines() {
        var text = ProgressText(paint: .off)
        let events: [ControlEvent] = [
            .queued(QueuedEvent(ahead: 1, behind: "deploy of v9, probing since 4 s")),
            .started(StartedEvent(verb: .deploy, generation: 8, release: "v2", from: v1)),
            .step(StepEvent(.booting, .started)),
            .step(StepEvent(.booting, .finished, milliseconds: 38.2, detail: "2 of 2 workers")),
            .note("worker 1 says: half way"), .unrecognised("weather"),
            .step(StepEvent(.probing, .failed, milliseconds: 12_000, detail: "status 500")),
            .output(OutputEvent(generation: 8, text: "Fatal: no database\u{1B}[2J")),
        ]
        #expect(
            events.flatMap { text.lines(for: $0, at: .zero) } == [
                "waiting: 1 deploy is ahead (deploy of v9, probing since 4 s)",
                "deploy: v2 as generation 8; v1 serves (generation 7)", "  booting         38 ms  2 of 2 workers",
                "  note: worker 1 says: half way", "  probing        12.0 s  failed: status 500",
                "  | Fatal: no database?[2J",
            ])
    }

    @Test("has a live line while a step runs, which changes ten times a second at most")
    func live() {
        var text = ProgressText(paint: .off)
        #expect(text.live(at: .zero) == nil)
        _ = text.lines(for: .step(StepEvent(.watching, .started)), at: .seconds(10))
        #expect(text.live(at: .seconds(10)) == "  watching               …")
        #expect(text.live(at: .milliseconds(13_250)) == "  watching        3.2 s  …")
        #expect(text.live(at: .milliseconds(13_299)) == text.live(at: .milliseconds(13_201)))
        _ = text.lines(for: .step(StepEvent(.watching, .finished, milliseconds: 5000)), at: .seconds(15))
        #expect(text.live(at: .seconds(15)) == nil)
    }

    @Test("shows in the live line what the last probe met, cut to the terminal's width, until the next step")
    func liveProbe() {
        var text = ProgressText(paint: .off)
        _ = text.lines(for: .step(StepEvent(.probing, .started)), at: .seconds(10))
        let met = ProbeEvent(generation: 2, text: "GET / at 127.0.0.1:80 answered 500, expected 200: \"no\u{1B}\"")
        #expect(text.lines(for: .probe(met), at: .seconds(12)) == [])
        #expect(
            text.live(at: .seconds(12))
                == "  probing         2.0 s  … GET / at 127.0.0.1:80 answered 500, expected 200: \"no?\"")
        let cut = text.live(at: .seconds(12), columns: 60)
        #expect(cut == "  probing         2.0 s  … GET / at 127.0.0.1:80 answered 500, …".prefix(58) + "…")
        #expect(text.live(at: .seconds(12), columns: 20) == "  probing         2.0 s  …")
        _ = text.lines(for: .step(StepEvent(.watching, .started)), at: .seconds(13))
        #expect(text.live(at: .seconds(13)) == "  watching               …")
    }

    @Test("shows in the live line what users have got while a release is watched, and in the end by what it was judged")
    func liveFigures() {
        var text = ProgressText(paint: .off)
        _ = text.lines(for: .step(StepEvent(.watching, .started)), at: .seconds(10))
        #expect(text.lines(for: .seen("v2: 3 of 412 answers 5xx, v1: 2 of 9,120"), at: .seconds(11)) == [])
        #expect(
            text.live(at: .seconds(12)) == "  watching        2.0 s  … v2: 3 of 412 answers 5xx, v1: 2 of 9,120")
        let judged = StepEvent(
            .watching, .finished, milliseconds: 5000, detail: "judged by 8,412 answers on 212 connections")
        #expect(
            text.lines(for: .step(judged), at: .seconds(15))
                == ["  watching        5.0 s  judged by 8,412 answers on 212 connections"])
    }

    @Test("ends with a line that says what serves now, and nothing on standard error, when it is done")
    func committed() {
        let done = DoneEvent(.committed, serving: ServingReport(generation: 8, release: "v2"), milliseconds: 5100)
        let verdict = VerdictText(done, subject: "deploy of v2", canQueue: true, paint: .off)
        #expect(verdict.lines == ["v2 serves now (generation 8), after 5.1 s"])
        #expect(verdict.errors.isEmpty)
        #expect(verdict.exitCode == .done)
    }

    @Test("that is no deploy says what was done, and what serves as before")
    func completed() {
        let done = DoneEvent(.completed, serving: v1, milliseconds: 39)
        let verdict = VerdictText(done, subject: "scale to 3", canQueue: false, paint: .off)
        #expect(verdict.lines == ["scale to 3: done, after 39 ms; v1 serves (generation 7)"])
        #expect(verdict.exitCode == .done)
    }

    @Test("that fails gives the cause, with the lines that belong to it, and what still serves")
    func failed() {
        let done = DoneEvent(.failed, message: "worker 1 exited with code 3\nno database", serving: v1)
        let verdict = VerdictText(done, subject: "deploy of v2", canQueue: true, paint: .off)
        #expect(
            verdict.errors == ["deployd: deploy of v2 failed: worker 1 exited with code 3", "  no database"])
        #expect(verdict.lines == ["v1 still serves (generation 7)"])
        #expect(verdict.exitCode == .refused)
    }

    @Test(
        "that comes to nothing says in which way",
        arguments: [
            (ControlOutcome.cancelled, "was cancelled", 1), (.rolledBack, "was rolled back", 1),
            (.refused, "was refused", 1), (.busy, "was refused", 75),
            (ControlOutcome(rawValue: "aborted"), "ended as aborted", 1),
        ])
    func others(outcome: ControlOutcome, words: String, code: Int32) {
        let done = DoneEvent(outcome, message: "so", serving: nil)
        let verdict = VerdictText(done, subject: "restart", canQueue: true, paint: .off)
        #expect(verdict.errors.first == "deployd: restart \(words): so")
        #expect(verdict.errors.contains("deployd: use --wait to wait instead") == (outcome == .busy))
        #expect(VerdictText(done, subject: "scale to 2", canQueue: false, paint: .off).errors.count == 1)
        #expect(verdict.lines == ["nothing serves now"])
        #expect(verdict.exitCode.rawValue == code)
    }
}

@Suite("Ctrl-C while a deploy goes on")
struct AttentionTests {
    private static let cutOver = ControlEvent.step(StepEvent(.cutOver, .finished, milliseconds: 0.2))

    @Test("cancels before the cut-over, and leaves at the second")
    func before() {
        var attention = Attention()
        #expect(attention.take(.step(StepEvent(.cutOver, .started))) == nil)
        #expect(attention.interrupt() == .cancel)
        #expect(attention.take(.note("cancelling")) == nil)
        #expect(attention.interrupt() == .leave)
    }

    @Test("detaches after the cut-over")
    func after() {
        var attention = Attention()
        #expect(attention.take(Self.cutOver) == nil)
        #expect(attention.interrupt() == .detach)
    }

    @Test("detaches when the cancel was overtaken by the cut-over")
    func overtaken() {
        var attention = Attention()
        #expect(attention.interrupt() == .cancel)
        #expect(attention.take(Self.cutOver) == .detach)
        #expect(attention.interrupt() == .detach)
    }

    @Test("leaves a canary as one, until the cut-over")
    func canary() {
        let canary = ControlEvent.step(StepEvent(.canary, .started))
        var attention = Attention()
        #expect(attention.take(canary) == nil)
        #expect(attention.interrupt() == .detachCanary)
        #expect(attention.take(Self.cutOver) == nil)
        #expect(attention.interrupt() == .detach)
        attention = Attention()
        #expect(attention.interrupt() == .cancel)
        #expect(attention.take(canary) == .detachCanary)
        #expect(attention.take(Self.cutOver) == nil)
    }
}
