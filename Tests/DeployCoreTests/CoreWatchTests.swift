import TestSupport
import Testing

@testable import DeployCore

@Suite("The watch")
struct CoreWatchTests {
    /// A second generation that has just been cut over to.
    private static func watched(
        readiness: Readiness = .both, never: Bool = false, policies: Policies = Policies()
    ) -> (script: CoreScript, effects: [Effect]) {
        var script = CoreScript(policies: policies)
        _ = script.start()
        var overrides = PolicyOverrides()
        overrides.neverGoesBack = never
        let plan = ReleasePlan(path: "/srv/v2", label: "v2", workers: 1, readiness: readiness, overrides: overrides)
        _ = script.bringUp(2, plan: plan, workers: [2], request: 9)
        let effects = script.send(.steered(.only(2))).deeds
        return (script, effects)
    }

    /// What the two have counted, the new one so many errors in 100 answers.
    private static func seen(answers: Int = 0, errors: Int = 0) -> Event {
        let new = GenerationCounts(traffic: TrafficCounts(answers: answers, serverErrors: errors))
        return .observed(new: 2, old: 1, Observation(new: new))
    }

    private static func evidence(in effects: [Effect]) -> Evidence? {
        effects.compactMap { effect -> Evidence? in
            if case .finish(9, .rolledBack(.evidence(let evidence))) = effect { evidence } else { nil }
        }.first
    }

    @Test("It looks at once, and again 50 ms after each answer")
    func looks() {
        var (script, effects) = Self.watched()
        #expect(effects == [.observe(new: 2, old: 1)])
        #expect(script.pass(.milliseconds(400)).deeds == [], "a look is under way")
        #expect(script.send(Self.seen()).deeds == [])
        #expect(script.pass(.milliseconds(49)).deeds == [])
        #expect(script.pass(.milliseconds(1)).deeds == [.observe(new: 2, old: 1)])
    }

    @Test("Evidence brings the old generation back at once, and the deploy says what it was")
    func goesBack() throws {
        var (script, _) = Self.watched()
        _ = script.send(Self.seen())
        _ = script.pass(.milliseconds(50))
        #expect(script.send(Self.seen(answers: 100, errors: 30)).deeds == [.steer(.only(1))])
        let effects = script.send(.steered(.only(1)))
        let evidence = try #require(Self.evidence(in: effects))
        #expect("\(evidence)" == "30 of 100 answers were 5xx (30 %); limit 2 %")
        #expect(script.machine.serving == 1)
        #expect(script.machine.generation(1)?.stage == .serving)
        #expect(script.machine.generation(2)?.stage == .retiring)
    }

    @Test("A deploy that goes back tells how long it was watched, and not only its other steps")
    func countsTheWatch() throws {
        var (script, _) = Self.watched()
        _ = script.send(Self.seen())
        _ = script.pass(.seconds(3))
        let effects = script.send(Self.seen(answers: 100, errors: 30)) + script.send(.steered(.only(1)))
        let entry = try #require(effects.compactMap { if case .record(let entry) = $0 { entry } else { nil } }.first)
        #expect(entry.durations.map(\.step) == [.booting, .probing, .cuttingOver, .watching, .undoing])
        #expect(entry.durations.map(\.took).reduce(.zero, +) == .seconds(3))
    }

    @Test("Probes go on, 500 ms after each answer; three failures in a row are evidence")
    func probes() throws {
        var (script, _) = Self.watched()
        #expect(script.pass(.milliseconds(499)).deeds == [])
        #expect(script.pass(.milliseconds(1)).deeds == [.probe(2)])
        for answer in [false, false, true, false, false] {
            #expect(
                script.send(answer ? .probeSucceeded(2) : .probeFailed(2, ProbeFailure("/: answered 500"))).deeds == [])
            #expect(script.pass(.milliseconds(500)).deeds == [.probe(2)])
        }
        #expect(script.send(.probeFailed(2, ProbeFailure("/: answered 500"))).deeds == [.steer(.only(1))])
        let evidence = try #require(Self.evidence(in: script.send(.steered(.only(1)))))
        #expect("\(evidence)" == "3 probes in a row failed; the last one: /: answered 500")
    }

    @Test("The release's own test runs from the beginning, again and again; so many failures in a row are evidence")
    func test() throws {
        var policies = Policies()
        policies.evidence = .exitsOnly
        var test = WatchTest()
        test.interval = .seconds(1)
        test.count = 2
        policies.evidence.test = test
        var (script, effects) = Self.watched(readiness: .notify, policies: policies)
        #expect(effects == [.test(2)])
        for failure in ["exited with code 1", nil, "exited with code 2"] {
            #expect(script.pass(.milliseconds(300)).deeds == [], "one is under way")
            #expect(script.send(.tested(2, failure: failure)).deeds == [])
            #expect(script.pass(.milliseconds(999)).deeds == [])
            #expect(script.pass(.milliseconds(1)).deeds == [.test(2)])
        }
        #expect(script.send(.tested(2, failure: "exited with code 3")).deeds == [.steer(.only(1))])
        let evidence = try #require(Self.evidence(in: script.send(.steered(.only(1)))))
        #expect("\(evidence)" == "its test failed 2 times in a row; the last time it exited with code 3")
    }

    @Test("A test that is under way when the watch ends is waited for")
    func lastTest() {
        var policies = Policies()
        policies.evidence = .exitsOnly
        policies.evidence.test = WatchTest()
        var (good, _) = Self.watched(readiness: .notify, policies: policies)
        var bad = good
        #expect(good.pass(.seconds(20)).deeds == [])
        _ = bad.pass(.seconds(20))
        _ = good.send(.tested(2, failure: nil))
        #expect(good.tick().deeds.last?.committedEntry != nil)
        #expect(bad.send(.tested(2, failure: "exited with code 1")).deeds == [.steer(.only(1))])
    }

    @Test("A release that is not probed before it serves is not probed after it either")
    func notProbed() {
        var (script, _) = Self.watched(readiness: .notify)
        #expect(script.pass(.seconds(4)).deeds == [])
    }

    @Test("When the watch is over nothing is looked at any more, and late answers say nothing")
    func over() {
        var (script, _) = Self.watched()
        _ = script.send(Self.seen())
        let effects = script.pass(.seconds(5)).deeds
        #expect(effects.last?.committedEntry != nil, "\(effects)")
        #expect(script.send(Self.seen(answers: 100, errors: 100)).deeds == [])
        #expect(script.send(.probeFailed(2, ProbeFailure(""))).deeds == [])
    }

    @Test("A look at other generations says nothing")
    func others() {
        var (script, _) = Self.watched()
        _ = script.send(Self.seen())
        let bad = Observation(new: GenerationCounts(traffic: TrafficCounts(answers: 100, serverErrors: 100)))
        #expect(script.send(.observed(new: 1, old: 2, bad)).deeds == [])
        #expect(script.send(.observed(new: 2, old: 7, bad)).deeds == [])
    }

    @Test("To go back while the old generation is warm is one steering change, and starts nothing")
    func undo() {
        var (script, _) = Self.watched()
        let old = script.machine.generation(1)?.workers
        #expect(script.send(.undo(4)).deeds == [.steer(.only(1))])
        let effects = script.send(.steered(.only(1))).deeds
        #expect(effects.contains(.finish(4, .done)))
        #expect(effects.contains(.finish(9, .rolledBack(.undoneByOperator))))
        #expect(!effects.contains { if case .spawn = $0 { true } else { false } })
        #expect(script.machine.generation(1)?.workers == old)
    }

    /// The two that a watch of 5 s with these policies has seen, look after look, until `until` or a commit.
    private static func watch(_ policy: EvidencePolicy, answers: Int, for time: Duration) -> [Effect] {
        var policies = Policies()
        policies.evidence = policy
        var (script, effects) = Self.watched(readiness: .notify, policies: policies)
        let end = script.now + time
        var sent = 0
        while script.now < end, effects.committed == nil {
            if effects.contains(.observe(new: 2, old: 1)) { effects = script.send(Self.seen(answers: sent)) }
            if effects.committed == nil { effects = script.tick() }
            sent += answers
        }
        return effects
    }

    @Test("A watch that wants so many answers ends with them, or with its last moment")
    func answers() throws {
        var policy = EvidencePolicy()
        (policy.leastAnswers, policy.atMost) = (150, .seconds(20))
        #expect(Self.watch(policy, answers: 2, for: .milliseconds(4_900)).committed == nil)
        let usual = try #require(Self.watch(policy, answers: 2, for: .seconds(6)).committed)
        #expect(usual.durations.last?.took == .seconds(5))
        let later = try #require(Self.watch(policy, answers: 1, for: .seconds(9)).committed)
        #expect(later.durations.last?.took == .milliseconds(7_500), "150 looks after the first")
        let last = try #require(Self.watch(policy, answers: 0, for: .seconds(30)).committed)
        #expect(last.durations.last?.took == .seconds(20))
        #expect(last.judged == "committed unseen: no user's answer came within 20 s")
        #expect(later.judged == "judged by 150 answers on 0 connections")
    }

    @Test("Who waits is told what users get, once a second, and by what it was judged")
    func tells() throws {
        var (script, _) = Self.watched(readiness: .notify)
        var told: [Progress] = []
        for look in 0...110 {
            let effects = script.send(Self.seen(answers: look)) + script.pass(.milliseconds(50))
            told += effects.compactMap { if case .report(9, let progress) = $0 { progress } else { nil } }
        }
        let seen = told.compactMap { if case .seen(let summary, nil) = $0 { summary.new?.answers } else { nil } }
        #expect(seen == [20, 40, 60, 80], "\(told)")
        #expect(told.contains(.judged("judged by 99 answers on 0 connections")), "\(told)")
    }

    @Test("The old generation is looked at when the new one begins to boot, and compared with what it did from then on")
    func before() {
        var script = CoreScript(policies: Policies())
        _ = script.start()
        _ = script.send(.deploy(9, CoreScript.plan("v2"), .deploy, wait: false))
        #expect(script.send(.saved(2)).deeds == [.openLanes(2), .observe(new: 2, old: 1)])
        func seen(_ answers: Int, _ errors: Int, new: Int = 0) -> Event {
            let old = GenerationCounts(traffic: TrafficCounts(answers: answers, serverErrors: errors))
            let counts = GenerationCounts(traffic: TrafficCounts(answers: new, serverErrors: new / 10))
            return .observed(new: 2, old: 1, Observation(new: counts, old: old))
        }
        // In the middle of an incident: a tenth of its answers are 5xx by now.
        _ = script.send(seen(100_000, 0))
        _ = script.send(.lanesOpened(2))
        _ = script.spawned(2)
        _ = script.send(.ready(2, .drains))
        for _ in 1...3 { _ = script.send(.probeSucceeded(2)) }
        _ = script.send(.saved(2))
        _ = script.send(.steered(.only(2)))
        for look in 0...60 {
            #expect(!script.send(seen(101_000, 100, new: 100 * look)).contains(.steer(.only(1))), "look \(look)")
            _ = script.pass(.milliseconds(50))
        }
    }

    @Test("A resumed watch begins anew, with a look")
    func resumed() {
        let (script, _) = Self.watched()
        let resumed = Machine.resuming(
            KilledMachine(script.machine.durable, survivors: [1, 2]), policies: Policies(), at: script.now + .seconds(4)
        )
        #expect(resumed.effects.deeds == [.observe(new: 2, old: 1)])
        #expect(resumed.machine.deployment?.stage == .watching)
    }

    @Test("A release that forbids to go back is warned of, once for each kind of evidence, and committed")
    func never() throws {
        var (script, _) = Self.watched(never: true)
        _ = script.send(Self.seen())
        let warned = script.send(Self.seen(answers: 100, errors: 30))
        let failure = try #require(warned.first?.warning(of: 2, to: 9), "\(warned)")
        #expect(warned.count == 1)
        #expect(script.send(Self.seen(answers: 200, errors: 130)) == [])
        #expect(script.machine.serving == 2)
        let effects = script.pass(.seconds(5)).deeds
        let entry = try #require(effects.last?.committedEntry, "\(effects)")
        #expect(entry.warnings == [failure])
        #expect(script.machine.durable.deployment?.warnings == [failure])
    }

    @Test("A worker of a release that forbids to go back is started again, and the deploy goes on")
    func neverAtExit() {
        var (script, _) = Self.watched(never: true, policies: CoreScript.plain)
        #expect(script.send(.exited(2, .exited(code: 3))).deeds == [])
        #expect(script.tick().deeds == [.spawn(3, 2, slot: 1)])
        #expect(script.machine.deployment?.stage == .watching)
    }

    @Test("To go back from a release that forbids it is refused, and done by force")
    func neverUndone() throws {
        var (script, _) = Self.watched(never: true, policies: CoreScript.plain)
        let refused = script.send(.undo(4))
        #expect(refused == [.finish(4, .refused(.goesBackNever(label: "v2")))])
        #expect("\(Refusal.goesBackNever(label: "v2"))".contains("`deployd rollback --force`"))
        #expect(script.send(.undo(5, force: true)).deeds == [.steer(.only(1))])
        #expect(script.send(.steered(.only(1))).deeds.contains(.finish(5, .done)))
    }

    @Test(
        "What cannot be recorded of a release that forbids to go back is tried again, with the new generation serving")
    func neverAtCommit() {
        var (script, _) = Self.watched(never: true, policies: CoreScript.plain)
        _ = script.pass(.seconds(5))
        let failed = script.send(.commitFailed(2, reason: "disk full"))
        #expect(failed.deeds == [])
        let note = Note.commitFailed(2, reason: "disk full", retryIn: .milliseconds(100))
        #expect(failed == [.report(9, .note(note))])
        #expect(script.tick().deeds.first?.committedEntry != nil)
        #expect(script.send(.committed(2)).deeds.contains(.finish(9, .committed(2))))
        #expect(script.machine.serving == 2)
    }

    @Test("A cut-over that fails is taken back even then")
    func neverSteered() {
        var script = CoreScript(policies: CoreScript.plain)
        _ = script.start()
        var overrides = PolicyOverrides()
        overrides.neverGoesBack = true
        let plan = ReleasePlan(path: "/srv/v2", label: "v2", workers: 1, readiness: .both, overrides: overrides)
        _ = script.bringUp(2, plan: plan, workers: [2], request: 9)
        #expect(script.send(.steeringFailed(.only(2), reason: "EPERM")).deeds == [.steer(.only(1))])
    }
}

extension [Effect] {
    /// What is recorded of a deploy that is committed.
    fileprivate var committed: HistoryEntry? { lazy.compactMap(\.committedEntry).first }
}
