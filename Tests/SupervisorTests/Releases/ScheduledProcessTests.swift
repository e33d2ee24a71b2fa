import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("Kinds of processes with a schedule in release.json")
struct ScheduledProcessTests {
    private func read(_ job: String) -> Reading<Manifest> {
        Manifest.read(
            Array("{ command: ['site'], processes: { job: { command: ['j'], \(job) } } }".utf8), directory: "/r",
            shownFile: "f")
    }

    @Test("A schedule brings an hour for a run, as long as it may go on after a deploy")
    func reads() throws {
        let manifest = try read("schedule: '*/5 * * * *'").get()
        let job = manifest.processes[0].job
        #expect(
            job
                == JobPlan(
                    name: "job", schedule: "*/5 * * * *", limit: Defaults.runTimeout, drain: Defaults.runTimeout))
        let own = try read("schedule: '@daily', timeout: '20m', drain: { requests: '10s' }").get().processes[0].job
        #expect(own?.limit == .seconds(1200) && own?.drain == .seconds(10))
        #expect(try read("environment: {}").get().processes[0].job == nil)
    }

    @Test(
        "Mistakes are told by their keys",
        arguments: [
            ("schedule: '0 0 30 2 *'", "processes.job.schedule: found a day that no month of it has"),
            ("schedule: 'hourly'", "processes.job.schedule: found 1 field in \"hourly\", expected five fields"),
            ("schedule: 5", "processes.job.schedule: found 5, expected five fields"),
            ("timeout: '5m'", "processes.job.timeout: found it without `schedule`"),
            ("schedule: '@daily', workers: 2", "processes.job.workers: found it together with `schedule`"),
            ("schedule: '@daily', overlap: 'none'", "processes.job.overlap: found it together with `schedule`"),
            ("schedule: '@daily', watchdog: '5s'", "processes.job.watchdog: found it together with `schedule`"),
        ])
    func refuses(job: String, expected: String) {
        let problems = read(job).problems.map(\.description)
        #expect(problems.count == 1 && problems[0].contains(expected), "\(problems)")
    }
}
