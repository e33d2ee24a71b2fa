@testable import Supervisor

extension StatusReport {
    /// A master in the middle of things: one generation serves, one drains, a worker crashes.
    static let sample = StatusReport(
        deployd: "0.1.0", master: MasterReport(pid: 812, uptimeSeconds: 1_040_520, residentBytes: 11_200_000),
        stateDirectory: "/var/lib/deployd",
        listeners: [ListenerReport(name: "web", address: "127.0.0.1:8080", steering: .lanes, lanes: 3, stragglers: 1)],
        serving: 8, queuedDeploys: 0,
        lastDeploy: LastDeployReport(
            verb: .deploy, release: "v2", outcome: .committed, secondsAgo: 192, milliseconds: 5_320.5, user: "anna"),
        generations: [
            GenerationReport(
                number: 8, release: "v2", path: "/srv/releases/v2", state: .serving, seconds: 192,
                workers: [
                    WorkerReport(slot: 1, pid: 901, state: "ready", seconds: 192, residentBytes: 7_340_032),
                    WorkerReport(
                        slot: 2, pid: nil, state: "waiting", seconds: 3, restarts: 5, lastExit: "killed by SIGSEGV"),
                ],
                crashLoop: CrashLoopReport(crashes: 5, withinSeconds: 20, nextAttemptSeconds: 2),
                scoreboard: ScoreboardReport(
                    requests: 48_112,
                    statusClasses: .init(successful: 48_000, redirection: 100, clientError: 9, serverError: 3),
                    inFlight: 2, idle: 40, connections: 42, latency: .init(p50: 90, p90: 362, p99: 5792)),
                lanes: [LaneReport(listener: "web", acceptQueue: 0, backlog: 1024)])
        ],
        problems: [ProblemReport("worker 2 of generation 8 crashed 5 times in 20 s", advice: "deployd logs 8")])
}
