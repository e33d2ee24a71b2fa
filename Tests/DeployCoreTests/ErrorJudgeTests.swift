import TestSupport
import Testing

@testable import DeployCore

@Suite("The judge of 5xx answers")
struct ErrorJudgeTests {
    @Test("More 5xx than the old generation's are found within a second, with the figures of both")
    func found() throws {
        var bench = WatchBench(old: TrafficCounts(answers: 10_000, serverErrors: 10))
        let found = bench.looks(100, answers: 10, errors: 1)
        let (looks, evidence) = try #require(found)
        #expect((16...24).contains(looks), "four blocks of four looks, at the least: \(looks)")
        let words = "\(evidence)"
        #expect(words.contains("answers were 5xx (10 %), generation 3 had 0.1 %; limit 0."), "\(words)")
    }

    @Test("One burst of 5xx, however large, decides nothing")
    func burst() {
        var bench = WatchBench()
        #expect(bench.looks(20, answers: 100, errors: 0) == nil)
        #expect(bench.looks(4, answers: 100, errors: 100) == nil)
        #expect(bench.looks(100, answers: 100, errors: 0) == nil)
    }

    @Test("A release that never gave a good answer goes back after a tenth of a second")
    func neverGood() {
        var bench = WatchBench(old: TrafficCounts(answers: 10_000, serverErrors: 100))
        let found = bench.looks(100, answers: 100, errors: 100)
        #expect(found?.looks == 3)
        var slow = WatchBench()
        let foundSlowly = slow.looks(100, answers: 2, errors: 2)
        #expect(foundSlowly?.looks == 10, "twenty answers")
    }

    @Test("One good answer, or a share that was as bad before, leaves it to the test")
    func onceGood() {
        var bench = WatchBench()
        #expect(bench.looks(1, answers: 100, errors: 99) == nil)
        #expect(bench.looks(10, answers: 100, errors: 100) == nil)
        #expect(bench.looks(1, answers: 0, errors: 0) == nil)
        bench.seen.new.traffic = TrafficCounts()  // A worker was replaced.
        #expect(bench.looks(4, answers: 100, errors: 100) == nil)
        var same = WatchBench(old: TrafficCounts(answers: 1000, serverErrors: 995))
        #expect(same.looks(100, answers: 100, errors: 100) == nil)
        var fresh = WatchBench()
        #expect(fresh.looks(2, answers: 100, errors: 100) == nil)
        #expect(fresh.looks(100, answers: 100, errors: 0) == nil, "a burst at the cut-over, shorter than that")
    }

    @Test("As many as the old generation had, and a quarter more, are none too many")
    func asMany() {
        for share in [1, 10, 100] {
            var bench = WatchBench(old: TrafficCounts(answers: 1_000_000, serverErrors: 1000 * share))
            #expect(bench.looks(400, answers: 10_000, errors: 12 * share) == nil, "\(share)")
        }
    }

    @Test("The smallest difference worth going back for is the manifest's")
    func points() {
        var policy = EvidencePolicy()
        policy.errors?.points = 5
        var patient = WatchBench(policy)
        #expect(patient.looks(400, answers: 1000, errors: 45) == nil)
        #expect(patient.looks(400, answers: 1000, errors: 100) != nil)
        var strict = WatchBench()
        #expect(strict.looks(400, answers: 1000, errors: 45) != nil)
    }

    @Test("A stricter alpha takes longer")
    func alpha() throws {
        func looks(_ alpha: Double) -> Int? {
            var policy = EvidencePolicy()
            policy.alpha = alpha
            var bench = WatchBench(policy)
            return bench.looks(400, answers: 10, errors: 5)?.looks
        }
        let (usual, strict) = (try #require(looks(0.01)), try #require(looks(0.000001)))
        #expect(usual == 16 && strict > usual)
    }

    @Test("Two requests a second, all broken, are enough within five seconds")
    func few() throws {
        var bench = WatchBench(old: TrafficCounts(answers: 500))
        var found: Int?
        for look in 1...100 where found == nil {
            let isAnswer = look.isMultiple(of: 10)
            if bench.look({ if isAnswer { $0.new.traffic?.answer(1, 1) } }) != nil { found = look }
        }
        #expect(try #require(found) <= 60, "six answers")
    }

    @Test("What strikes both at once is not the new one's fault, and what goes on at the new one alone is")
    func both() throws {
        var bench = WatchBench()
        #expect(bench.looks(20, answers: 20, errors: 0, old: (20, 0)) == nil)
        #expect(bench.looks(60, answers: 20, errors: 16, old: (20, 16)) == nil)
        let found = bench.looks(80, answers: 20, errors: 20, old: (20, 0))
        let (looks, _) = try #require(found)
        #expect(looks <= 50, "the second in which the old one was struck has to pass: \(looks)")
    }

    @Test("In the middle of an incident the old generation's share of just now counts, and not only that of its life")
    func incident() {
        let life = TrafficCounts(answers: 1_000_000, serverErrors: 1000)
        let now = TrafficCounts(answers: 1_000_500, serverErrors: 1050)
        var unaware = WatchBench(old: now)
        #expect(unaware.looks(100, answers: 20, errors: 2) != nil)
        var aware = WatchBench(old: now, before: life)
        #expect(aware.looks(100, answers: 20, errors: 2) == nil)
        #expect(aware.looks(100, answers: 20, errors: 20) != nil, "all of them are more than that")
    }

    @Test("With nothing to compare with, thresholds decide")
    func alone() throws {
        var bench = WatchBench(old: TrafficCounts(answers: 19))
        let found = bench.looks(20, answers: 10, errors: 5)
        let (looks, evidence) = try #require(found)
        #expect(looks == 2 && "\(evidence)".hasSuffix("limit 2 %"), "\(evidence)")
    }

    @Test("What turns bad late is found, and a worker that is replaced changes nothing")
    func late() {
        var bench = WatchBench()
        #expect(bench.looks(400, answers: 50, errors: 0) == nil)
        bench.seen.new.traffic = TrafficCounts(answers: 5)
        #expect(bench.looks(8, answers: 50, errors: 0) == nil)
        #expect(bench.looks(60, answers: 50, errors: 5).map { $0.looks <= 40 } == true)
    }

    @Test("The master's own probes are nobody's answers, good or bad")
    func probes() throws {
        var bench = WatchBench()
        for count in 1...40 {
            let evidence = bench.look { seen in
                seen.new.traffic?.answer(1, 1)
                // The worker has counted it, and the master is told in a moment.
                let isTold = !count.isMultiple(of: 3)
                seen.new.probes = ProbeCounts(
                    sent: count, inFlight: isTold ? 0 : 1, answered: isTold ? count : count - 1,
                    serverErrors: isTold ? count : count - 1)
            }
            #expect(evidence == nil)
        }
        #expect(bench.judge.summary?.new == .init(errors: 0, answers: 0))
        #expect(bench.judge.summary?.connections == 0)
        #expect(bench.looks(60, answers: 5, errors: 5) != nil, "those of users are")
        #expect(try #require(bench.judge.summary?.new).answers.isMultiple(of: 5))
    }
}
