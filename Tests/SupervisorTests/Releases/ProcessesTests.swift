import Handoff
import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("Kinds of processes in release.json")
struct ProcessesTests {
    private func read(_ processes: String) -> Reading<Manifest> {
        Manifest.read(
            Array("{ command: ['site', '{socket:app}'], processes: \(processes) }".utf8), directory: "/r",
            shownFile: "f")
    }

    /// What is wrong, with the text and with what it goes beside.
    private func problems(_ processes: String, state: String = "/state") -> [String] {
        let reading = read(processes)
        let directory = StateDirectory(root: state, runtime: state)
        return
            (reading.problems
            + ProcessCheck(manifest: reading.value, directory: directory, file: "f").problems).map(\.description)
    }

    @Test("A kind has one process and no socket, unless the file says otherwise")
    func reads() throws {
        let processes = try read(
            """
            { jobs: ['bin/jobs', '-v'],
              app: { command: ['bin/app'], workers: 'auto', inherit: 'einhorn', environment: { A: 'b' },
                     readiness: 'notify', drain: { requests: '5s' }, watchdog: '10s' },
              own: { command: ['bin/own'], socket: 'port', drain: { signal: 'QUIT' } } }
            """
        ).get().processes
        #expect(processes.map(\.name) == ["app", "jobs", "own"])
        let (app, jobs, own) = (processes[0], processes[1], processes[2])
        #expect(app.socket == .listen && app.inherit == .einhorn && app.workers == .automatic)
        #expect(app.drain.signal == .usr2 && app.drain.requests == .seconds(5))
        #expect(app.readiness == .notify && app.watchdog == .seconds(10) && app.environment == ["A": "b"])
        #expect(jobs.command == ["bin/jobs", "-v"] && jobs.workers == .fixed(1) && jobs.socket == .nowhere)
        #expect(jobs.readiness == .auto && jobs.drain.requests == Defaults.drainRequests && jobs.watchdog == nil)
        #expect(own.socket == .port && own.drain.signal == .quit)
        let plans = processes.map { ProcessPlan($0, cores: 4) }
        #expect(plans.map(\.workers) == [4, 1, 1])
        #expect(plans.map(\.isUpstream) == [true, false, true])
        #expect(plans[0].drain.requests == .seconds(5) && plans[0].watchdog == .seconds(10))
    }

    @Test("Mistakes are told by their keys")
    func refuses() {
        let app = "app: { command: ['a'], socket: 'listen' }"
        for (processes, expected) in [
            ("{ \(app), web: ['b'] }", "processes.web: found the name \"web\", expected another"),
            ("{ \(app), B: ['b'] }", "processes.B: found the name \"B\", expected lower-case letters"),
            ("{ \(app), b: 3 }", "processes.b: found 3, expected an object"),
            ("{ \(app), b: {} }", "processes.b.command: found nothing, expected a list"),
            ("{ \(app), b: { command: ['b'], sokcet: 'path' } }", "expected \"socket\""),
            ("{ app: { command: ['a'], socket: 'path', workers: 2 } }", "processes.app.workers: found more than one"),
            (
                "{ app: { command: ['a'], socket: 'port', inherit: 'stdin' } }",
                "processes.app.inherit: found it together with socket: \"port\""
            ),
            (
                "{ app: { command: ['a'], inherit: 'nginx' } }",
                "processes.app.inherit: found \"nginx\", expected another"
            ),
            ("{ jobs: ['b'] }", "f: command[1]: found {socket:app}, expected a kind of process with a socket"),
            (
                "{ \(app), b: ['b', '{socket}'] }",
                "processes.b.command[1]: found {socket}, expected one of {socket:app}"
            ),
            ("{ app: { command: ['a', '{fd:web}'], socket: 'listen' } }", "processes.app.command[1]: found {fd:web}"),
            (
                "{ app: { command: ['a'], socket: 'port', environment: { PORT: '1' } } }",
                "processes.app.environment.PORT: found a variable that deployd sets"
            ),
            (
                "{ app: { command: ['a'], socket: 'path', environment: { DEPLOYD_SOCKET: '1' } } }",
                "processes.app.environment.DEPLOYD_SOCKET: found a variable"
            ),
        ] {
            let found = problems(processes)
            #expect(found.count == 1 && found[0].contains(expected), "\(processes): \(found)")
        }
        #expect(problems("{ \(app) }") == [])
        #expect(problems("{ app: { command: ['a', '{fd:app}', '{socket}'], socket: 'listen' } }") == [])
        let name = String(repeating: "y", count: 30)
        let long = problems(
            "{ \(name): { command: ['a'], socket: 'listen' } }", state: "/" + String(repeating: "x", count: 79))
        #expect(long.count { $0.contains("at most 107") } == 1, "\(long)")
        // Where no worker's own socket fits either, the state directory is what is told.
        #expect(problems("{ \(app) }", state: "/" + String(repeating: "x", count: 100)) == [])
    }

    @Test("A kind is found like the release's command, with the release's variables under its own")
    func resolves() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release(
            "releases/v1",
            manifest: """
                { command: ['site'], environment: { A: 'release', B: 'release' },
                  processes: { app: { command: ['bin/app', '-x'], environment: { B: 'app' } }, jobs: ['none'] } }
                """)
        try scratch.write("releases/v1/bin/app", "#!/bin/sh\n", mode: 0o755)
        let surroundings = Surroundings(
            workingDirectory: scratch.path, environment: ["PATH": "/usr/bin"], userID: ThisProcess.uid,
            executableDirectory: "/nowhere")
        let resolver = ReleaseResolver(configuration: .defaults(surroundings), surroundings: surroundings)
        #expect(resolver.examine("releases/v1").problems.map(\.keyPath) == ["processes.jobs.command[0]"])
        try scratch.write("releases/v1/none", "#!/bin/sh\n", mode: 0o755)
        let release = try resolver.resolve("releases/v1")
        let app = release.processes[0]
        #expect(app.executable == release.path + "/bin/app" && app.arguments == ["bin/app", "-x"])
        #expect(app.environment["A"] == "release" && app.environment["B"] == "app")
        #expect(release.environment["B"] == "release")
        let runnable = try RunnableRelease(release)
        #expect(runnable.process("app")?.order.executable == app.executable)
        #expect(runnable.process("app")?.order.directory == release.workingDirectory)
        #expect(runnable.process("web") == nil)
    }
}
