import Linux
import Supervisor
import Testing

@testable import deployd

@Suite("The status for a person")
struct StatusTextTests {
    @Test("shows a quiet master in a few lines")
    func quiet() {
        let report = StatusReport(
            deployd: "0.1.0", master: MasterReport(pid: 812, uptimeSeconds: 1_040_520, residentBytes: 11_200_000),
            stateDirectory: "/var/lib/deployd",
            listeners: [ListenerReport(name: "web", address: "127.0.0.1:8080", steering: .lanes)], serving: 8,
            lastDeploy: LastDeployReport(
                verb: .deploy, release: "v2", outcome: .committed, secondsAgo: 187, milliseconds: 5320, user: "anna"),
            generations: [StatusSamples.serving])
        #expect(
            StatusText(report, paint: .off).text == """
                v2 serves, generation 8, for 3 min 12 s
                listening    127.0.0.1:8080
                last deploy  v2 committed 3 min 7 s ago by anna, took 5.3 s
                master       deployd 0.1.0, pid 812, up 12 d 1 h, 10.6 MiB, state in /var/lib/deployd

                GEN  RELEASE  STATE    FOR         WORKERS    MEMORY  REQUESTS  5XX    P50     P99  IN FLIGHT  IDLE  QUEUE
                  8  v2       serving  3 min 12 s        2  13.9 MiB     48112    3  90 µs  5.8 ms          2    40      1

                WORKER  PID  STATE  FOR         RESTARTS   MEMORY
                8.1     901  ready  3 min 12 s         0  7.0 MiB  warm cache
                8.2     944  ready  40 s               1  6.9 MiB  the previous one was killed by SIGSEGV

                """)
    }

    @Test("shows trouble: what drains and why, what crashes, what is under way, and what to type")
    func trouble() {
        #expect(
            StatusText(StatusSamples.trouble, paint: .off).text == """
                v2 serves, generation 8, for 3 min 12 s
                listening    127.0.0.1:8080, [::]:80 (shared), unix:run/web.sock (by rename)
                deploying    deploy of v3 as generation 9: probing for 4 s, 6 s in all; 1 more waiting
                last deploy  v3 rolled back 1 min ago by anna, took 2.0 s: worker 1 (pid 77) was killed by SIGABRT
                master       deployd 0.1.0, pid 812, up 1 h, state in /srv/state

                GEN  RELEASE  STATE     FOR         WORKERS    MEMORY  REQUESTS  5XX    P50     P99  IN FLIGHT  IDLE  QUEUE
                  8  v2       serving   3 min 12 s        2  13.9 MiB     48112    3  90 µs  5.8 ms          2    40      1
                  9  v3       probing   6 s               1         -         -    -      -       -          -     -      -  crash loop: 5 in 20 s, next try in 2 s
                  7  v1       draining  3 min 12 s        0         -         -    -      -       -          -     -      -  1 request in flight, deadline in 27 s

                WORKER  PID  STATE    FOR         RESTARTS   MEMORY
                8.1     901  ready    3 min 12 s         0  7.0 MiB  warm cache
                8.2     944  ready    40 s               1  6.9 MiB  the previous one was killed by SIGSEGV
                9.1       -  waiting  2 s                5        -

                problem: worker 1 of generation 9 crashed 5 times in 20 s
                         deployd logs 9

                """)
    }

    @Test("shows the share of a canary, and what was seen of it")
    func canary() {
        let report = StatusReport(
            deployd: "0.1.0", master: MasterReport(pid: 812, uptimeSeconds: 3), stateDirectory: "/s", serving: 8,
            deployment: DeploymentReport(
                verb: .deploy, release: "v3", generation: 9, step: .canary, stepSeconds: 12, seconds: 13,
                evidence: "812 answers, 3 of them 5xx; 0 connections wait", canaryPercent: 10))
        let text = StatusText(report, paint: .off).text
        #expect(
            text.contains("deploy of v3 as generation 9: canary with 10 % of new connections for 12 s, 13 s in all"),
            "\(text)")
        #expect(text.contains("812 answers, 3 of them 5xx; 0 connections wait"), "\(text)")
        #expect(text.contains("`deployd promote`") && text.contains("`deployd abort`"), "\(text)")
    }

    @Test("says in its first line who gets what share of a canary")
    func canaryHeadline() {
        var report = StatusSamples.trouble
        report.deployment?.canaryPercent = 10
        let text = StatusText(report, paint: .off).text
        #expect(
            text.hasPrefix("v2 serves, generation 8, for 3 min 12 s; 10 % of new connections go to v3, generation 9\n"))
    }

    @Test("fits into any width, loses columns in an order, and keeps what serves", arguments: [40, 60, 80, 99, 120])
    func widths(width: Int) throws {
        for paint in [Paint.off, Paint.on] {
            let text = StatusText(StatusSamples.trouble, paint: paint, columns: Columns(width: width, height: nil)).text
            for line in text.split(separator: "\n") { #expect(Columns.visibleCount(line) <= width, "\(line)") }
            for word in ["v2 serves", "RELEASE", "STATE", "probing", "crash loop: 5", "problem: "] {
                #expect(text.contains(word), "\(word): \(text)")
            }
            #expect(text.contains("IDLE") == (width >= 120))
            #expect(text.contains("REQUESTS") == (width >= 60))
        }
    }

    @Test("shows its first line on any screen, and says what it leaves out", arguments: [5, 10, 16, 100])
    func heights(height: Int) {
        let whole = StatusText(StatusSamples.trouble, paint: .off, columns: Columns(width: 80, height: nil)).text
        let screen = StatusText(StatusSamples.trouble, paint: .off, columns: Columns(width: 80, height: height)).screen
        #expect(screen.hasPrefix("v2 serves"))
        #expect(screen.split(separator: "\n", omittingEmptySubsequences: false).count <= height)
        #expect(screen.contains(" more lines") == (screen != whole))
    }

    @Test("is made of harmless lines, whatever the master, its releases and its workers are called")
    func foreignText() throws {
        let evil = "x\u{1B}[2J\ny\u{9B}31m\u{202E}z\r"
        var report = StatusSamples.trouble
        report.stateDirectory = evil
        report.deployd = evil
        report.deployment?.release = evil
        report.deployment?.evidence = evil
        report.deployment?.canaryPercent = 10
        report.lastDeploy?.release = evil
        report.lastDeploy?.reason = evil
        report.lastDeploy?.user = evil
        for index in report.listeners.indices { report.listeners[index].address = evil }
        for index in report.generations.indices {
            report.generations[index].release = evil
            report.generations[index].reason = evil
            for place in report.generations[index].workers.indices {
                report.generations[index].workers[place].state = evil
                report.generations[index].workers[place].status = evil
                report.generations[index].workers[place].process = evil
                report.generations[index].workers[place].lastExit = evil
            }
        }
        report.problems = [ProblemReport(evil, advice: evil)]
        let text = StatusText(report, paint: .off).text
        for line in text.split(separator: "\n") { #expect(ForeignText.isHarmless(String(line)), "\(line)") }
        #expect(!text.contains("\ny"), "a line that nobody wrote: \(text)")
    }

    @Test("says in the first line when nothing serves")
    func nothing() {
        let report = StatusReport(
            deployd: "0.1.0", master: MasterReport(pid: 812, uptimeSeconds: 3), stateDirectory: "/s",
            problems: [ProblemReport("nothing serves", advice: "deployd deploy RELEASE")])
        #expect(
            StatusText(report, paint: .off).text == """
                nothing serves
                master       deployd 0.1.0, pid 812, up 3 s, state in /s

                problem: nothing serves
                         deployd deploy RELEASE

                """)
    }

    @Test("has a table of several sites, the busiest first, and the rest in one line")
    func sites() {
        var report = StatusSamples.trouble
        #expect(!StatusText(report, paint: .off).text.contains("SITE"))
        let sites = (0..<14).map { ScoreboardReport.Site(name: "s\($0)", requests: 100 + $0, serverErrors: $0 / 12) }
        report.generations[1].scoreboard?.sites = sites
        let text = StatusText(report, paint: .off).text
        #expect(text.contains("\nSITE    REQUESTS  5XX\ns13          113    1\ns12          112    1\n"), "\(text)")
        #expect(text.contains("\ns2           102    0\n2 more       201    0\n\n"), "\(text)")
    }

    @Test("is the same with colours as without, but for the colours")
    func colours() {
        let plain = StatusText(StatusSamples.trouble, paint: .off).text
        let coloured = StatusText(StatusSamples.trouble, paint: .on).text
        #expect(coloured != plain)
        #expect(coloured.replacing(#/\u{1B}\[[0-9;]*m/#, with: "") == plain)
        #expect(coloured.hasPrefix("\u{1B}[32mv2 serves\u{1B}[0m, generation 8"))
        #expect(coloured.contains("\u{1B}[1;31mproblem: \u{1B}[0m"))
    }

    @Test("does not let a worker steer the terminal")
    func controlCharacters() {
        var report = StatusSamples.trouble
        report.problems = [ProblemReport("a\u{1B}[2Jb\nc", advice: "\u{7}")]
        let text = StatusText(report, paint: .off).text
        #expect(text.contains("problem: a?[2Jb?c\n         ?\n"))
        #expect(!text.contains("\u{1B}"))
    }
}

enum StatusSamples {
    static let serving = GenerationReport(
        number: 8, release: "v2", path: "/srv/releases/v2", state: .serving, seconds: 192,
        workers: [
            WorkerReport(
                slot: 1, pid: 901, state: "ready", seconds: 192, residentBytes: 7_340_032, status: "warm cache"),
            WorkerReport(
                slot: 2, pid: 944, state: "ready", seconds: 40, restarts: 1, residentBytes: 7_300_000,
                lastExit: "was killed by SIGSEGV"),
        ],
        scoreboard: ScoreboardReport(
            requests: 48_112, statusClasses: .init(successful: 48_109, serverError: 3), inFlight: 2, idle: 40,
            connections: 42, latency: .init(p50: 90, p90: 362, p99: 5792)),
        lanes: [LaneReport(listener: "web", acceptQueue: 1, backlog: 1024)])

    static let trouble = StatusReport(
        deployd: "0.1.0", master: MasterReport(pid: 812, uptimeSeconds: 3600), stateDirectory: "/srv/state",
        listeners: [
            ListenerReport(name: "web", address: "127.0.0.1:8080", steering: .lanes, stragglers: 3),
            ListenerReport(name: "web2", address: "[::]:80", steering: .shared),
            ListenerReport(name: "web3", address: "unix:run/web.sock", steering: .rename),
        ],
        serving: 8,
        deployment: DeploymentReport(
            verb: .deploy, release: "v3", generation: 9, step: .probing, stepSeconds: 4, seconds: 6),
        queuedDeploys: 1,
        lastDeploy: LastDeployReport(
            verb: .deploy, release: "v3", outcome: .rolledBack, reason: "worker 1 (pid 77) was killed by SIGABRT",
            secondsAgo: 60, milliseconds: 2000, user: "anna"),
        generations: [
            GenerationReport(
                number: 7, release: "v1", path: "/srv/releases/v1", state: .draining, seconds: 192,
                reason: "1 request in flight, deadline in 27 s"),
            serving,
            GenerationReport(
                number: 9, release: "v3", path: "/srv/releases/v3", state: .probing, seconds: 6,
                workers: [WorkerReport(slot: 1, pid: nil, state: "waiting", seconds: 2, restarts: 5)],
                crashLoop: CrashLoopReport(crashes: 5, withinSeconds: 20, nextAttemptSeconds: 2)),
        ],
        problems: [ProblemReport("worker 1 of generation 9 crashed 5 times in 20 s", advice: "deployd logs 9")])
}
