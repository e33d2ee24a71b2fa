import Testing

@testable import DeployCore

private struct UTC: LocalCalendar {
    func offset(at moment: Int) -> Int { 0 }
}

@Suite("Jobs that are started by the clock")
struct JobBookTests {
    private var book = JobBook()
    private let process = ProcessIdentity(pid: 7, startTime: 8)
    private let one = GenerationNumber(rawValue: 1)
    private let two = GenerationNumber(rawValue: 2)

    private func plan(
        _ schedule: String = "*/10 * * * *", limit: Duration = .seconds(3600), drain: Duration = .seconds(3600)
    ) -> JobPlan { JobPlan(name: "job", schedule: schedule, limit: limit, drain: drain) }

    /// So many seconds after midnight, and after the boot.
    private func at(_ seconds: Int) -> JobMoment {
        JobMoment(wall: 1_796_083_200 + seconds, now: Instant(sinceBoot: .seconds(seconds)))
    }

    private mutating func look(_ seconds: Int) -> [JobEffect] {
        book.look(UTC(), grace: .seconds(2), at: at(seconds))
    }

    @Test("A job begins at its time, and not again before the next")
    mutating func begins() {
        book.follow(one, [plan()], at: at(5))
        #expect(look(5) == [])
        #expect(book.nextDue == at(600).wall)
        #expect(look(600) == [.start("job")])
        book.spawned("job", process)
        #expect(look(601) == [])
        book.ended("job", .exited(code: 0), at: at(610))
        #expect(look(611) == [])
        #expect(book["job"]?.last.first?.outcome == .succeeded)
        #expect(book["job"]?.last.first?.took == 10)
        #expect(look(1200) == [.start("job")])
    }

    @Test("A moment that comes while a run is under way is skipped, and that is told once for all of them")
    mutating func skipped() {
        book.follow(one, [plan()], at: at(5))
        #expect(look(600) == [.start("job")])
        #expect(look(1200) == [.skipped("job")])
        #expect(look(1201) == [])
        #expect(look(1800) == [.skipped("job")])
        #expect(book["job"]?.last.count == 1)
        #expect(book["job"]?.last.first?.times == 2)
        book.ended("job", .exited(code: 1), at: at(1900))
        #expect(look(1901) == [])
        #expect(book["job"]?.last.first?.outcome == .failed("exited with code 1"))
    }

    @Test("Moments that passed while nobody looked are one run")
    mutating func late() {
        book.follow(one, [plan()], at: at(5))
        _ = look(5)
        var next = JobBook(book.jobs)
        next.follow(one, [plan()], at: at(5000))
        #expect(next.look(UTC(), grace: .seconds(2), at: at(5000)) == [.start("job")])
        #expect(next["job"]?.run?.due == at(4800).wall)
        #expect(next.nextDue == at(5400).wall)
    }

    @Test("A new job, and one whose times are others now, begin with the next of them")
    mutating func new() {
        book.follow(one, [plan("0 3 * * *")], at: at(5))
        book.follow(two, [plan("0 1 * * *")], at: at(7200))
        #expect(look(7200) == [])
        #expect(book.nextDue == at(86400 + 3600).wall)
    }

    @Test("A run of the release before goes on, and keeps the next one's from beginning")
    mutating func handOver() {
        book.follow(one, [plan()], at: at(5))
        #expect(look(600) == [.start("job")])
        book.follow(two, [plan()], at: at(700))
        #expect(look(1200) == [.skipped("job")])
        book.ended("job", .exited(code: 0), at: at(1300))
        #expect(look(1800) == [.start("job")])
        #expect(book["job"]?.run?.generation == two)
    }

    @Test("A run that takes too long, or outlives what its release gives it, is terminated and then killed")
    mutating func limits() {
        book.follow(one, [plan(limit: .seconds(30), drain: .seconds(5))], at: at(5))
        #expect(look(600) == [.start("job")])
        #expect(book.nextDeadline == at(630).now)
        #expect(look(630) == [.terminate("job")])
        #expect(look(632) == [.kill("job")])
        book.ended("job", .signalled(name: "SIGKILL", dumpedCore: false), at: at(632))
        #expect(book["job"]?.last.first?.outcome == .failed("did not end within 30 s, and was terminated"))
        #expect(look(1200) == [.start("job")])
        book.follow(two, [], at: at(1201))
        #expect(look(1205) == [])
        #expect(look(1206) == [.terminate("job")])
        book.ended("job", .exited(code: 0), at: at(1206))
        #expect(book["job"] == nil)
    }

    @Test("What was never begun is begun again, after a pause where nothing can be written")
    mutating func undone() {
        book.follow(one, [plan()], at: at(5))
        #expect(look(600) == [.start("job")])
        book.undo("job", until: at(610).now)
        #expect(look(605) == [])
        #expect(book.nextDeadline == at(610).now)
        #expect(look(610) == [.start("job")])
        book.undo("job")
        #expect(look(611) == [.start("job")])
    }

    @Test("A master that stops begins none, and waits for runs as long as it may")
    mutating func stop() {
        book.follow(one, [plan()], at: at(5))
        #expect(look(600) == [.start("job")])
        book.stop(within: .seconds(30), at: at(700).now)
        #expect(book.nextDue == nil)
        #expect(look(1200) == [.terminate("job")])
        #expect(!book.isIdle)
        book.ended("job", .unobserved, at: at(1201))
        #expect(book.isIdle)
        #expect(look(1800) == [])
    }

    @Test("Nobody's jobs wait, and are not forgotten")
    mutating func nobody() {
        book.follow(one, [plan()], at: at(5))
        book.follow(nil, [], at: at(10))
        #expect(look(700) == [])
        book.follow(two, [plan()], at: at(710))
        #expect(look(710) == [.start("job")])
    }

    @Test(
        "A clock that is put back a little has no time come twice, and one that was wrong by hours counts from now on")
    mutating func clock() {
        book.follow(one, [plan("0 * * * *")], at: at(5))
        #expect(look(3600) == [.start("job")])
        book.ended("job", .exited(code: 0), at: at(3600))
        #expect(look(3590) == [])
        #expect(look(3600) == [])
        // An hour of the clock that comes again has its times again.
        #expect(look(600) == [])
        #expect(look(3600) == [.start("job")])
    }
}
