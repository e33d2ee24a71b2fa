import TestSupport
import Testing

@testable import DeployCore

extension EvidencePolicy {
    /// Fixed thresholds in place of the tests.
    fileprivate static let fixed: EvidencePolicy = {
        var policy = EvidencePolicy()
        policy.errors = .thresholds
        policy.latency?.answers = 100
        return policy
    }()
}

@Suite("The judge of a watch, with thresholds")
struct WatchJudgeTests {
    /// A judge, the time, and the counters of a new and an old generation.
    private struct Bench {
        var judge: WatchJudge
        var now = Instant(sinceBoot: .seconds(1_000))
        var seen = Observation(new: GenerationCounts(traffic: TrafficCounts()))

        init(_ policy: EvidencePolicy = .fixed, old: TrafficCounts? = nil) {
            judge = WatchJudge(policy, against: .init(3))
            seen.old.traffic = old
            #expect(judge.judge(seen, at: now) == nil)
        }

        /// A look 50 ms later, after the new generation has sent so many answers.
        mutating func look(answers: Int = 0, errors: Int = 0, old: (answers: Int, errors: Int) = (0, 0)) -> Evidence? {
            now = now + .milliseconds(50)
            seen.new.traffic?.answers += answers
            seen.new.traffic?.accepted += answers
            seen.new.traffic?.serverErrors += errors
            seen.old.traffic?.answers += old.answers
            seen.old.traffic?.serverErrors += old.errors
            return judge.judge(seen, at: now)
        }

        /// The figures against it, if it is the share of 5xx.
        static func figures(_ evidence: Evidence?) -> Evidence.ServerErrors? {
            if case .serverErrors(let figures)? = evidence { figures } else { nil }
        }
    }

    @Test("Too many 5xx are evidence, with the figures of both generations")
    func serverErrors() throws {
        var bench = Bench(old: TrafficCounts(answers: 10_000, serverErrors: 10))
        #expect(bench.look(answers: 60) == nil)
        let seen = bench.look(answers: 20, errors: 12)
        let evidence = try #require(seen)
        #expect("\(evidence)" == "12 of 80 answers were 5xx (15 %), generation 3 had 0.1 %; limit 2.1 %")
    }

    @Test("Without an old generation that answered, the limit stands alone")
    func nothingToCompare() throws {
        var bench = Bench()
        let seen = bench.look(answers: 40, errors: 5)
        let evidence = try #require(seen)
        #expect("\(evidence)" == "5 of 40 answers were 5xx (12.5 %); limit 2 %")
    }

    @Test("A few answers, or a few 5xx, decide nothing")
    func tooFew() {
        var bench = Bench()
        #expect(bench.look(answers: 3, errors: 3) == nil)
        #expect(bench.look(answers: 16, errors: 0) == nil, "19 answers")
        #expect(bench.look(answers: 1, errors: 1) == nil, "4 errors")
        #expect(bench.look(answers: 1, errors: 1) != nil)
    }

    @Test("What was counted before the first look does not count")
    func baseline() {
        var judge = WatchJudge(EvidencePolicy(), against: .init(3))
        let probed = Observation(new: GenerationCounts(traffic: TrafficCounts(answers: 100, serverErrors: 100)))
        #expect(judge.judge(probed, at: Instant(sinceBoot: .zero)) == nil)
        #expect(judge.judge(probed, at: Instant(sinceBoot: .milliseconds(50))) == nil)
    }

    @Test("The old generation's own share is no evidence, and chance is none either")
    func ownShare() {
        var bench = Bench(old: TrafficCounts(answers: 1_000, serverErrors: 100))
        #expect(bench.look(answers: 40, errors: 6) == nil, "15 %, and expected are 4 of 40")
        #expect(bench.look(answers: 1_000, errors: 110) == nil, "11 %, within the limit")
        #expect(bench.look(answers: 1_000, errors: 300) != nil)
    }

    @Test("What strikes both generations at once is not the new one's fault")
    func both() {
        var bench = Bench(old: TrafficCounts(answers: 100_000))
        #expect(bench.look(answers: 100, errors: 50, old: (answers: 100, errors: 50)) == nil)
        #expect(bench.look(answers: 100, errors: 100) != nil, "and the old one has no more of it")
    }

    @Test("What strikes both generations in the middle of the watch is not the new one's fault either")
    func bothLater() {
        var bench = Bench(old: TrafficCounts(answers: 1_000))
        for _ in 1...40 { #expect(bench.look(answers: 10, old: (answers: 10, errors: 0)) == nil) }
        for _ in 1...40 { #expect(bench.look(answers: 10, errors: 9, old: (answers: 10, errors: 9)) == nil) }
        var evidence: Evidence?
        for _ in 1...40 where evidence == nil {
            evidence = bench.look(answers: 10, errors: 10, old: (answers: 10, errors: 0))
        }
        #expect(evidence != nil, "what strikes the new one alone still is")
    }

    @Test("One route that turns bad late is found by the answers of the last second")
    func late() throws {
        var bench = Bench(old: TrafficCounts(answers: 1_000))
        for _ in 1...400 { #expect(bench.look(answers: 50) == nil) }
        var looks = 0
        var evidence: Evidence?
        while evidence == nil, looks < 20 {
            evidence = bench.look(answers: 50, errors: 5)
            looks += 1
        }
        let figures = try #require(Bench.figures(evidence))
        #expect(looks == 5, "5 times 5 of about 1,050 are more than 2 %, and 25 of 20,250 are not")
        #expect(figures.answers < 1_200)
    }

    @Test("A slow bleeding is found by all answers since the cut-over")
    func bleeding() throws {
        var policy = EvidencePolicy.fixed
        policy.window = .milliseconds(100)
        var bench = Bench(policy)
        var evidence: Evidence?
        for _ in 1...40 where evidence == nil { evidence = bench.look(answers: 5, errors: 1) }
        #expect(try #require(Bench.figures(evidence)).answers == 25)
    }

    @Test("Counters that have fallen begin anew")
    func replaced() {
        var bench = Bench()
        #expect(bench.look(answers: 1_000) == nil)
        bench.seen.new.traffic = TrafficCounts(answers: 30, serverErrors: 30)
        #expect(bench.look() == nil)
        #expect(bench.look(answers: 30) == nil)
        #expect(bench.look(answers: 30, errors: 30) != nil)
    }

    @Test("Answers that take much longer than the old generation's are evidence, if there are enough of both")
    func slow() throws {
        func latency(_ bucket: Int, _ count: Int) -> LatencyCounts {
            var buckets = [Int](repeating: 0, count: 64)
            buckets[bucket] = count
            return LatencyCounts(buckets)
        }
        func verdict(new: LatencyCounts, old: LatencyCounts) -> Evidence? {
            var bench = Bench(old: TrafficCounts(answers: old.total, latency: old))
            bench.seen.new.traffic?.latency = new
            return bench.look(answers: new.total)
        }
        // Bucket 26: 8.2 ms to 11.6 ms; bucket 40: 1.05 s to 1.48 s; bucket 36: 262 ms; bucket 37: 371 ms.
        let evidence = try #require(verdict(new: latency(40, 200), old: latency(26, 500)))
        #expect(
            "\(evidence)"
                == "the slowest 5 % of 200 answers took 1 s or more, in generation 3 11 ms; limit 500 ms")
        #expect(verdict(new: latency(37, 200), old: latency(26, 500)) == nil, "faster than 500 ms")
        #expect(verdict(new: latency(40, 99), old: latency(26, 500)) == nil, "too few")
        #expect(verdict(new: latency(40, 200), old: latency(26, 99)) == nil, "too few to compare with")
        #expect(verdict(new: latency(40, 200), old: latency(36, 500)) == nil, "less than five times as slow")
    }

    @Test("A queue that stays long and becomes no shorter is evidence")
    func queue() {
        var policy = EvidencePolicy.exitsOnly
        policy.queue = QueueLimit()
        func looks(_ lengths: [Int]) -> Evidence? {
            var bench = Bench(policy)
            var evidence: Evidence?
            for length in lengths where evidence == nil {
                bench.seen.new.queue = length
                evidence = bench.look(answers: 1)
            }
            return evidence
        }
        #expect(looks([Int](repeating: 63, count: 100)) == nil, "short enough")
        #expect(looks([Int](repeating: 64, count: 20)) == nil, "950 ms")
        #expect(looks([Int](repeating: 64, count: 21)) == .queue(length: 64, limit: 64, lasting: .seconds(1)))
        #expect(looks((0..<100).map { 5_000 - 45 * $0 }) == nil, "becomes shorter")
        #expect(looks((0..<100).map { $0 == 15 ? 0 : 500 }) != nil, "began anew, and lasted")
        #expect(looks((0..<30).map { $0 == 15 ? 0 : 500 }) == nil, "was empty in between")
    }

    @Test("A flood keeps any queue long: what counts is whether who is last is accepted in time")
    func flood() {
        var policy = EvidencePolicy.exitsOnly
        policy.queue = QueueLimit()
        func looks(_ count: Int, taking pace: (Int) -> Int) -> Evidence? {
            var bench = Bench(policy)
            bench.seen.new.queue = 500
            var evidence: Evidence?
            for index in 1...count where evidence == nil { evidence = bench.look(answers: pace(index)) }
            return evidence
        }
        #expect(looks(400) { _ in 26 } == nil, "520 a second")
        #expect(looks(21) { _ in 24 } == .queue(length: 500, limit: 64, lasting: .seconds(1)), "480 a second")
        #expect(looks(100) { $0 < 50 ? 100 : 1 } != nil, "it took 2,000 a second, and then 20")
    }

    @Test("Connections that nobody accepts, and requests that nobody answers, are a hang")
    func hang() {
        var policy = EvidencePolicy.exitsOnly
        policy.hang = .seconds(1)
        func looks(_ count: Int, queue: Int = 0, inFlight: Int = 0, doing: Int = 0) -> Evidence? {
            var bench = Bench(policy)
            bench.seen.new.queue = queue
            bench.seen.new.traffic?.inFlight = inFlight
            var evidence: Evidence?
            for _ in 1...count where evidence == nil { evidence = bench.look(answers: doing) }
            return evidence
        }
        #expect(looks(20, queue: 2) == nil, "950 ms")
        #expect(looks(21, queue: 2) == .notAccepting(waiting: 2, lasting: .seconds(1)))
        #expect(looks(100, queue: 2, doing: 1) == nil, "it accepts")
        #expect(looks(20, inFlight: 5) == nil, "950 ms")
        #expect(looks(21, inFlight: 5) == .notAnswering(inFlight: 5, lasting: .seconds(1)))
        #expect(looks(100, inFlight: 4) == nil, "a few slow requests are none")
        #expect(looks(100, inFlight: 5, doing: 1) == nil, "it answers")
    }

    @Test("Kept connections that nobody takes are a hang, though new ones are taken and answered")
    func unadopted() {
        var policy = EvidencePolicy.exitsOnly
        policy.hang = .seconds(1)
        func looks(_ count: Int, adopting: Int) -> Evidence? {
            var bench = Bench(policy)
            bench.seen.new.handoversWait = true
            var evidence: Evidence?
            for _ in 1...count where evidence == nil {
                bench.seen.new.traffic?.adopted += adopting
                evidence = bench.look(answers: 10)
            }
            return evidence
        }
        #expect(looks(20, adopting: 0) == nil, "950 ms")
        #expect(looks(21, adopting: 0) == .notAdopting(lasting: .seconds(1)))
        #expect(looks(100, adopting: 1) == nil, "it takes them, and more come")
    }

    @Test("A generation that does not count is judged by its queue")
    func uncounted() {
        var judge = WatchJudge(EvidencePolicy(), against: .init(3))
        let start = Instant(sinceBoot: .zero)
        let seen = Observation(new: GenerationCounts(queue: 1))
        for look in 0..<60 { #expect(judge.judge(seen, at: start + .milliseconds(50) * look) == nil) }
        #expect(judge.judge(seen, at: start + .seconds(3)) == .notAccepting(waiting: 1, lasting: .seconds(3)))
        #expect(judge.summary?.words(new: "v2", old: "v1") == "1 connection waits")
    }
}
