import Linux
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("release.json")
struct ManifestTests {
    private func read(_ text: String) -> Reading<Manifest> {
        Manifest.read(Array(text.utf8), directory: "/srv/releases/v3", shownFile: "releases/v3/release.json")
    }

    @Test("A command is all that a manifest needs")
    func hasDefaults() throws {
        let manifest = try read("{ command: ['site', '--port', '{fd:web}'] }").get()
        #expect(manifest.command == ["site", "--port", "{fd:web}"])
        #expect(manifest.health.path == nil)
        #expect(manifest.health.status == StatusSet([100...499]))
        #expect(manifest.health.timeout == .seconds(2))
        #expect(manifest.health.interval == .milliseconds(100))
        #expect(manifest.health.count == 3)
        #expect(manifest.drain == Manifest.Drain(requests: .seconds(30), upgrades: .seconds(300), signal: .term))
        #expect(manifest.watch == Manifest.Watch())
        #expect(manifest.readiness == .auto)
        #expect(manifest.readyTimeout == nil)
        #expect(manifest.directory == ".")
    }

    @Test("Everything that can be set is read")
    func readsAll() throws {
        let manifest = try read(
            """
            {
              command: ["site"], environment: { A: "1" }, environmentFiles: ["a.env"],
              health: { path: "/healthz?x=1", host: "www.foobar.com", status: [200, 204], timeout: "1s", interval: "50ms", count: 5 },
              drain: { requests: "10s", upgrades: "1m", signal: "QUIT" },
              watch: "0", readiness: "both", readyTimeout: "2m", directory: "app",
              user: "nobody", group: "nogroup", umask: "077", limits: { files: 100 },
            }
            """
        ).get()
        #expect(manifest.environmentFiles == [EnvironmentFileReference(path: "/srv/releases/v3/a.env")])
        #expect(manifest.health.path == "/healthz?x=1")
        #expect(manifest.health.host == "www.foobar.com")
        #expect(manifest.health.status == StatusSet([200...200, 204...204]))
        #expect(manifest.health.timeout == .seconds(1))
        #expect(manifest.health.interval == .milliseconds(50))
        #expect(manifest.health.count == 5)
        #expect(manifest.drain == Manifest.Drain(requests: .seconds(10), upgrades: .seconds(60), signal: .quit))
        #expect(manifest.watch.duration == .zero)
        #expect(manifest.readiness == .both)
        #expect(manifest.readyTimeout == .seconds(120))
        #expect(manifest.directory == "app")
        #expect(manifest.user == "nobody")
        #expect(manifest.group == "nogroup")
        #expect(manifest.umask == 0o77)
        #expect(manifest.limits.values == [.files: 100])
    }

    @Test("The watch is a duration, or an object in which each kind of evidence can be set or turned off")
    func readsWatch() throws {
        #expect(try read("{ command: ['a'], watch: '9s' }").get().watch == Manifest.Watch(duration: .seconds(9)))
        let watch = try read(
            """
            { command: ["a"], watch: {
                for: "30s", interval: "20ms", errors: { points: 0.5, answers: 50, count: 3 },
                latency: { factor: 2, above: "100ms", answers: 10 }, queue: { length: 9, for: "2s" },
                hang: "7s", probes: { interval: "1s", count: 2 } } }
            """
        ).get().watch
        #expect(watch.duration == .seconds(30))
        let evidence = watch.evidence
        #expect(evidence.interval == .milliseconds(20))
        #expect(evidence.errors?.points == 0.5 && evidence.errors?.answers == 50 && evidence.errors?.count == 3)
        #expect(evidence.latency?.factor == 2 && evidence.latency?.answers == 10)
        #expect(evidence.latency?.above == .milliseconds(100))
        #expect(evidence.queue?.length == 9 && evidence.queue?.lasting == .seconds(2))
        #expect(evidence.hang == .seconds(7))
        #expect(evidence.probes?.interval == .seconds(1) && evidence.probes?.count == 2)
        #expect(evidence.alpha == 0.01 && evidence.leastAnswers == nil)
        let off = "{ errors: false, latency: false, queue: false, hang: false, probes: false }"
        let reading = try read("{ command: ['a'], watch: \(off) }").get().watch
        #expect(reading == Manifest.Watch(evidence: .exitsOnly))
    }

    @Test("A sequential test decides unless a threshold is named; what the watch waits for has a limit of time")
    func readsCertainty() throws {
        func watch(_ text: String) throws -> EvidencePolicy {
            try read("{ command: ['a'], watch: \(text) }").get().watch.evidence
        }
        let test = try watch("{ alpha: 0.001, answers: 500, atMost: '20m', errors: { points: 0.5 } }")
        #expect(test.alpha == 0.001 && test.leastAnswers == 500 && test.atMost == .seconds(1200))
        #expect(test.errors?.points == 0.5 && test.errors?.isFixed == false && test.latency?.answers == nil)
        let thresholds = try watch("{ errors: { count: 3 } }")
        #expect(thresholds.errors?.isFixed == true && thresholds.errors?.points == 2)
        #expect(try watch("{ for: '10m', answers: 5 }").atMost == .seconds(600))
        for (text, key) in [
            ("{ alpha: 1 }", "alpha"), ("{ alpha: 0 }", "alpha"), ("{ answers: 0 }", "answers"),
            ("{ for: '1m', atMost: '59s' }", "atMost"),
        ] {
            #expect(read("{ command: ['a'], watch: \(text) }").problems.map(\.keyPath) == ["watch.\(key)"], "\(text)")
        }
    }

    @Test("A test of the release's own is part of the watch")
    func readsTest() throws {
        let short = try read("{ command: ['a'], watch: { test: ['t', '-q'] } }").get().watch
        #expect(short.test == Manifest.Hook(command: ["t", "-q"], timeout: .seconds(30), user: nil))
        #expect(short.evidence.test == WatchTest())
        let long = try read(
            """
            { command: ["a"], watch: {
                test: { command: ["t"], timeout: "2s", user: "w", interval: "700ms", count: 3 } } }
            """
        ).get().watch
        #expect(long.test == Manifest.Hook(command: ["t"], timeout: .seconds(2), user: "w"))
        #expect(long.evidence.test?.interval == .milliseconds(700) && long.evidence.test?.count == 3)
        let problems = read("{ command: ['a'], watch: { test: { count: 0 } } }").problems
        #expect(problems.map(\.keyPath).sorted() == ["watch.test.command", "watch.test.count"])
    }

    @Test("A release may forbid to go back from it")
    func readsRollback() throws {
        #expect(try read("{ command: ['a'], rollback: 'never' }").get().rollback == .never)
        #expect(try read("{ command: ['a'] }").get().rollback == .allowed)
        let problem = read("{ command: ['a'], rollback: 'no' }").problems.first
        #expect(problem?.expected == "\"allowed\" or \"never\"")
    }

    @Test("A hook is a command, or an object with a time limit and a user of its own")
    func readsHooks() throws {
        let hooks = try read(
            "{ command: ['a'], hooks: { before: { command: ['m', '-y'], timeout: '5m', user: 'db' }, after: ['b'] } }"
        ).get().hooks
        #expect(hooks.before == Manifest.Hook(command: ["m", "-y"], timeout: .seconds(300), user: "db"))
        #expect(hooks.after == Manifest.Hook(command: ["b"], timeout: .seconds(60), user: nil))
        #expect(hooks.failure == nil)
        let before = try read("{ command: ['a'], hooks: { before: ['m'] } }").get().hooks.before
        #expect(before?.timeout == .seconds(600))
    }

    @Test("With a health path, the answers from 200 to 399 are good unless the manifest says otherwise")
    func hasStatusDefault() {
        #expect(read("{ command: ['a'], health: { path: '/h' } }").value.health.status == StatusSet([200...399]))
        #expect(read("{ command: ['a'], health: { status: 204 } }").value.health.status == StatusSet([204...204]))
    }

    @Test(
        "A mistake is told with file, key, what was found and what was expected",
        arguments: [
            ("{}", "command: found nothing, expected a list of the program and its arguments: [\"site\"]"),
            (
                "{ command: 'site' }",
                "command: found \"site\", expected a list of the program and its arguments: [\"site\"]"
            ),
            (
                "{ command: [] }",
                "command: found an empty list, expected a list of the program and its arguments: [\"site\"]"
            ),
            (
                "{ command: [''] }",
                "command: found a program without a name, expected a list of the program and its arguments: [\"site\"]"
            ),
            ("{ command: ['a', 8080] }", "command[1]: found 8080, expected a string"),
            (
                "{ command: ['a'], health: { timeout: '5' } }",
                "health.timeout: found \"5\", expected a duration with a unit such as \"5s\""
            ),
            (
                "{ command: ['a'], health: { path: 'healthz' } }",
                "health.path: found \"healthz\", expected a path that begins with \"/\", without spaces"
            ),
            (
                "{ command: ['a'], health: { host: 'a b' } }",
                "health.host: found \"a b\", expected a host name, perhaps with a port"
            ),
            (
                "{ command: ['a'], health: { status: '99' } }",
                "health.status: found \"99\", expected status codes such as \"200-399\" or [200, 401]"
            ),
            (
                "{ command: ['a'], health: { status: [] } }",
                "health.status: found an empty list, expected status codes such as \"200-399\" or [200, 401]"
            ),
            (
                "{ command: ['a'], health: { count: 0 } }",
                "health.count: found 0, expected a whole number from 1 to 1000"
            ),
            (
                "{ command: ['a'], drain: { signal: 'KILL' } }",
                "drain.signal: found \"KILL\", expected the name of a signal such as \"TERM\", \"QUIT\" or \"USR2\""
            ),
            (
                "{ command: ['a'], drain: { signal: 'FOO' } }",
                "drain.signal: found \"FOO\", expected the name of a signal such as \"TERM\", \"QUIT\" or \"USR2\""
            ),
            ("{ command: ['a'], drain: '30s' }", "drain: found \"30s\", expected an object: { … }"),
            ("{ command: ['a'], watch: 5 }", "watch: found 5, expected a duration with a unit such as \"5s\""),
            (
                "{ command: ['a'], readiness: 'ready' }",
                "readiness: found \"ready\", expected \"auto\", \"notify\", \"probe\" or \"both\""
            ),
            (
                "{ command: ['a'], hooks: { before: 'm' } }",
                "hooks.before: found \"m\", expected a list of the program and its arguments, or an object: "
                    + "{ command: [\"bin/before\"], timeout: \"1m\" }"
            ),
            (
                "{ command: ['a'], hooks: { before: { timeout: '5m' } } }",
                "hooks.before.command: found nothing, expected a list of the program and its arguments: [\"site\"]"
            ),
            (
                "{ command: ['a'], hooks: { befor: ['m'] } }",
                "hooks.befor: found an unknown key, expected \"before\""
            ),
            ("{ command: ['a'], helth: {} }", "helth: found an unknown key, expected \"health\""),
            (
                "{ command: ['a'], canary: 10 }",
                "canary: found 10, expected a list of steps: [{ percent: 10, for: \"30s\" }]"
            ),
            (
                "{ command: ['a'], canary: [10] }",
                "canary[0]: found 10, expected a step: { percent: 10, for: \"30s\" }"
            ),
            (
                "{ command: ['a'], canary: [{ for: '1s' }] }",
                "canary[0].percent: found nothing, expected a whole number from 1 to 99"
            ),
            (
                "{ command: ['a'], canary: [{ percent: 100 }] }",
                "canary[0].percent: found 100, expected a whole number from 1 to 99"
            ),
            (
                "{ command: ['a'], canary: [{ percent: 20, for: '1s' }, { percent: 20 }] }",
                "canary[1].percent: found 20, expected more than the 20 of the step before"
            ),
            (
                "{ command: ['a'], canary: [{ percent: 20 }, { percent: 30, for: '1s' }] }",
                "canary[0].for: found nothing, expected a duration: only the last step may wait for `deployd promote`"
            ),
            (
                "{ command: ['a'], canary: [{ percent: 20 }], rollback: 'never' }",
                "canary: found steps together with rollback: \"never\", expected one of them: a canary is useful "
                    + "only if it can be rolled back"
            ),
            (
                "{ command: ['a'], health: { Timeout: '5s' } }",
                "health.Timeout: found an unknown key, expected \"timeout\""
            ),
            (
                "{ command: ['a'], environment: [] }",
                "environment: found an empty list, expected an object of names and strings"
            ),
        ])
    func tellsMistakes(text: String, problem: String) {
        #expect(read(text).problems.map(\.description) == ["releases/v3/release.json: " + problem])
    }

    @Test("A canary is a list of ever larger shares, of which the last may wait")
    func readsCanary() throws {
        #expect(try read("{ command: ['a'] }").get().canary == [])
        let steps = "[{ percent: 1, for: '30s' }, { percent: 50, for: '1m' }, { percent: 99 }]"
        #expect(
            try read("{ command: ['a'], canary: \(steps) }").get().canary == [
                CanaryStep(percent: 1, duration: .seconds(30)), CanaryStep(percent: 50, duration: .seconds(60)),
                CanaryStep(percent: 99, duration: nil),
            ])
        #expect(try read("{ command: ['a'], canary: [], rollback: 'never' }").get().canary == [])
    }

    @Test(
        "A key in the wrong place is told where it belongs",
        arguments: [
            ("{ command: ['a'], path: '/' }", "; there is health.path"),
            ("{ command: ['a'], listen: [] }", "; deployd.json has listen"),
            ("{ command: ['a'], workers: 2 }", "; deployd.json has workers"),
            ("{ command: ['a'], health: { umask: '022' } }", "; there is umask"),
        ])
    func tellsWhereKeysBelong(text: String, advice: String) throws {
        let problem = try #require(read(text).problems.first)
        #expect(problem.description.contains("found an unknown key, expected one of "), "\(problem)")
        #expect(problem.description.hasSuffix(advice), "\(problem)")
        let other = Configuration.read(
            Array("{ command: ['a'] }".utf8), file: "/deployd.json",
            surroundings: Surroundings(workingDirectory: "/"))
        #expect(other.problems.first?.advice.hasPrefix("release.json has command") == true, "\(other.problems)")
    }

    @Test("All mistakes are told at once")
    func tellsAllMistakes() {
        let problems = read("{ helth: {}, watch: 5, drain: { signals: 'x', requests: '1' } }").problems
        #expect(problems.map(\.keyPath) == ["command", "helth", "watch", "drain.signals", "drain.requests"])
    }

    @Test(
        "Status codes are single ones, ranges and lists of both",
        arguments: [
            ("200", "200"), ("200-399", "200-399"), ("200-299, 401", "200-299,401"), ("", nil), ("399-200", nil),
            ("2xx", nil),
            ("200-", nil), ("200,,201", nil), ("600", nil), ("100-200-300", nil),
        ])
    func readsStatus(text: String, description: String?) {
        #expect(StatusSet(parsing: text)?.description == description)
    }
}
