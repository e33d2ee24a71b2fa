import Linux
import Testing

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
        #expect(manifest.watch == .seconds(5))
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
        #expect(manifest.watch == .zero)
        #expect(manifest.readiness == .both)
        #expect(manifest.readyTimeout == .seconds(120))
        #expect(manifest.directory == "app")
        #expect(manifest.user == "nobody")
        #expect(manifest.group == "nogroup")
        #expect(manifest.umask == 0o77)
        #expect(manifest.limits.values == [.files: 100])
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
                "command: found a program without name, expected a list of the program and its arguments: [\"site\"]"
            ),
            ("{ command: ['a', 8080] }", "command[1]: found 8080, expected a text"),
            (
                "{ command: ['a'], health: { timeout: '5' } }",
                "health.timeout: found \"5\", expected a duration with a unit such as \"5s\""
            ),
            (
                "{ command: ['a'], health: { path: 'healthz' } }",
                "health.path: found \"healthz\", expected a path that begins with \"/\", without blanks"
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
            ("{ command: ['a'], helth: {} }", "helth: found an unknown key, expected \"health\""),
            (
                "{ command: ['a'], health: { Timeout: '5s' } }",
                "health.Timeout: found an unknown key, expected \"timeout\""
            ),
            (
                "{ command: ['a'], environment: [] }",
                "environment: found an empty list, expected an object of names and texts"
            ),
        ])
    func tellsMistakes(text: String, problem: String) {
        #expect(read(text).problems.map(\.description) == ["releases/v3/release.json: " + problem])
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
