import Linux
import Supervisor
import TestSupport
import Testing

@Suite("The built command and its master")
struct CommandTests {
    private let v1 = ServingReport(generation: 1, release: "v1")
    private let v2 = ServingReport(generation: 2, release: "v2")

    @Test("A deploy prints its steps and ends with what serves now")
    func deploy() throws {
        let master = try StubMaster()
        try Files.makeDirectory(master.directory.path("releases/v2"))
        master.script = { [v1, v2] master, request in
            let client = request.client
            master.send(.started(StartedEvent(verb: .deploy, generation: 2, release: "v2", from: v1)), to: client)
            master.send(.step(StepEvent(.booting, .started)), to: client)
            master.send(.step(StepEvent(.booting, .finished, milliseconds: 40)), to: client)
            master.send(.done(DoneEvent(.committed, serving: v2, milliseconds: 50)), to: client)
        }
        let finished = try master.run("deploy", "v2", "--wait", "--timeout", "90s")
        #expect(finished.status == .exited(code: 0))
        #expect(
            finished.output == """
                deploy: v2 as generation 2; v1 serves (generation 1)
                  booting         40 ms
                v2 serves now (generation 2), after 50 ms

                """)
        #expect(finished.errors == "")
        let release = ReleaseReference.path(master.directory.path("releases/v2"))
        #expect(master.commands == [.deploy(release: release, DeployTerms(wait: true, timeout: .seconds(90)))])
    }

    @Test(
        "A command whose standard descriptors are closed does the same, and takes none of them for the master",
        arguments: [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
    func closedDescriptors(redirections: String) throws {
        let master = try StubMaster()
        try Files.makeDirectory(master.directory.path("releases/v2"))
        master.script = { [v2] master, request in
            let client = request.client
            master.send(.step(StepEvent(.booting, .finished, milliseconds: 40)), to: client)
            master.send(.note("a line for standard output"), to: client)
            master.send(.done(DoneEvent(.committed, serving: v2, milliseconds: 50)), to: client)
        }
        let command = try StubMaster.command(["deploy", "v2"], directory: master.directory)
        let child = try Child(["sh", "-c", "exec \"$@\" \(redirections)", "sh"] + command)
        #expect(try master.serve(child).status == .exited(code: 0))
        #expect(master.commands.count == 1)
    }

    @Test("A slash behind a bare name says nothing: the release of that name is meant")
    func trailingSlash() throws {
        let master = try StubMaster()
        try Files.makeDirectory(master.directory.path("releases/v2"))
        master.script = { [v2] master, request in
            master.send(.done(DoneEvent(.committed, serving: v2, milliseconds: 50)), to: request.client)
        }
        let finished = try master.run("deploy", "v2/")
        #expect(finished.status == .exited(code: 0), "\(finished.errors)")
        let release = ReleaseReference.path(master.directory.path("releases/v2"))
        #expect(master.commands == [.deploy(release: release, DeployTerms(wait: false))])
    }

    @Test("A deploy that fails exits with 1, and says why and what still serves")
    func failure() throws {
        let master = try StubMaster()
        master.script = { [v1] master, request in
            master.send(.output(OutputEvent(generation: 2, text: "no database")), to: request.client)
            master.send(
                .done(DoneEvent(.failed, message: "worker 1 exited with code 3", serving: v1)), to: request.client)
        }
        let finished = try master.run("deploy", "/srv/v2")
        #expect(finished.status == .exited(code: 1))
        #expect(finished.output == "  | no database\nv1 still serves (generation 1)\n")
        #expect(finished.errors == "deployd: deploy of /srv/v2 failed: worker 1 exited with code 3\n")
    }

    @Test("A rollback goes to a release, also in what it says")
    func rollbackFails() throws {
        let master = try StubMaster()
        master.script = { [v1] master, request in
            let client = request.client
            master.send(.started(StartedEvent(verb: .rollback, generation: 3, release: "v4", from: v1)), to: client)
            master.send(.done(DoneEvent(.failed, message: "worker 1 exited with code 3", serving: v1)), to: client)
        }
        let finished = try master.run("rollback")
        #expect(finished.status == .exited(code: 1))
        #expect(finished.errors == "deployd: rollback to v4 failed: worker 1 exited with code 3\n")
    }

    @Test("A deploy beside another exits with 75, and a request that is turned away with the master's code")
    func busy() throws {
        let master = try StubMaster()
        master.script = { [v1] master, request in
            master.send(.done(DoneEvent(.busy, message: "deploy of v3 is under way", serving: v1)), to: request.client)
        }
        #expect(try master.run("restart").status == .exited(code: 75))
        master.script = { master, request in
            master.send(.error(ErrorEvent("not now", exitCode: 75)), to: request.client)
        }
        let refused = try master.run("rollback")
        #expect(refused.status == .exited(code: 75))
        #expect(refused.errors == "deployd: rollback: not now\n")
    }

    @Test("With --json the events come as they are, a line each")
    func json() throws {
        let master = try StubMaster()
        let done = ControlEvent.done(DoneEvent(.committed, serving: v2))
        master.script = { master, request in master.send(done, to: request.client) }
        let finished = try master.run("deploy", "/srv/v2", "--json")
        #expect(finished.output == String(decoding: ControlLine.encode(done), as: UTF8.self))
    }

    @Test("Ctrl-C before the cut-over cancels and waits for the outcome")
    func cancel() throws {
        let master = try StubMaster()
        master.script = { [v1] master, request in
            if request.command == .cancel {
                master.send(.done(DoneEvent(.cancelled, serving: v1)), to: request.client)
            } else {
                master.send(.note("booting"), to: request.client)
            }
        }
        let child = try master.start(["deploy", "/srv/v2"])
        try wait(for: "the first event") {
            try master.turn()
            return child.output.contains("booting")
        }
        try child.send(.int)
        let finished = try master.serve(child)
        #expect(finished.status == .exited(code: 1))
        #expect(master.commands.last == .cancel)
        #expect(finished.output.hasSuffix("v1 still serves (generation 1)\n"))
        #expect(finished.errors.hasSuffix("deployd: deploy of /srv/v2 was cancelled\n"))
    }

    @Test("A second Ctrl-C leaves without the outcome")
    func leave() throws {
        let master = try StubMaster()
        master.script = { master, request in master.send(.note("heard"), to: request.client) }
        let child = try master.start(["deploy", "/srv/v2"])
        for heard in 1...2 {
            try wait(for: "answer \(heard)") {
                try master.turn()
                return child.output.split(separator: "\n").count == heard
            }
            try child.send(.int)
        }
        let finished = try master.serve(child)
        #expect(finished.status == .exited(code: 130))
        try wait(for: "the hang-up") {
            try master.turn()
            return master.departures == 1
        }
    }

    @Test("Ctrl-C after the cut-over leaves with 0, and sends no cancel")
    func detach() throws {
        let master = try StubMaster()
        master.script = { master, request in
            master.send(.step(StepEvent(.cutOver, .finished, milliseconds: 0.2)), to: request.client)
        }
        let child = try master.start(["deploy", "/srv/v2"])
        try wait(for: "the cut-over") {
            try master.turn()
            return child.output.contains("cut-over")
        }
        try child.send(.int)
        let finished = try master.serve(child)
        #expect(finished.status == .exited(code: 0))
        #expect(finished.errors.contains("the deploy of /srv/v2 continues"))
        #expect(master.commands.count == 1)
    }

    @Test("Status is text for people and JSON for programs")
    func status() throws {
        let master = try StubMaster()
        let report = StatusReport(
            deployd: "0.1.0", master: MasterReport(pid: 1, uptimeSeconds: 1), stateDirectory: "/s")
        master.script = { master, request in master.send(.status(report), to: request.client) }
        #expect(try master.run("status").output.hasPrefix("nothing serves\n"))
        #expect(
            try master.run("status", "--json").output == String(decoding: ControlLine.document(report), as: UTF8.self))
    }

    @Test("What the master advises to type names the configuration of the command line")
    func advice() throws {
        let master = try StubMaster()
        let file = master.directory.path("deployd.json")
        var report = StatusReport(
            deployd: "0.1.0", master: MasterReport(pid: 1, uptimeSeconds: 1), stateDirectory: "/s")
        report.problems = [ProblemReport("nobody accepts", advice: "`deployd restart` starts workers that do")]
        master.script = { [report, v1] master, request in
            guard request.command != .status else { return master.send(.status(report), to: request.client) }
            master.send(.note("`deployd status` shows it"), to: request.client)
            master.send(.output(OutputEvent(generation: 2, text: "`deployd status` shows it")), to: request.client)
            master.send(
                .done(DoneEvent(.refused, message: "use `deployd rollback --force`", serving: v1)), to: request.client)
        }
        #expect(try master.run("status").output.contains("`deployd restart --config \(file)` starts workers that do\n"))
        let refused = try master.run("rollback")
        #expect(refused.errors == "deployd: rollback was refused: use `deployd rollback --force --config \(file)`\n")
        #expect(refused.output.hasPrefix("  note: `deployd status --config \(file)` shows it\n"), "\(refused.output)")
        #expect(refused.output.contains("| `deployd status` shows it\n"), "what a worker writes stays")
    }

    @Test("Stop waits until the master's process is gone")
    func stop() throws {
        let master = try StubMaster()
        master.script = { master, request in master.send(.done(DoneEvent(.completed)), to: request.client) }
        let child = try master.start(["stop", "--now"])
        try wait(for: "the request") {
            try master.turn()
            return master.commands.contains(.stop(now: true))
        }
        // The kernel says who listens: this process.
        try wait(for: "the command to hold the master's process") {
            try master.turn()
            let folder = "/proc/\(child.pid)/fdinfo"
            return try Files.list(folder).contains { number in
                let text = String(decoding: (try? Files.read("\(folder)/\(number)")) ?? [], as: UTF8.self)
                return text.split(separator: "\n").contains("Pid:\t\(ThisProcess.pid)")
            }
        }
        #expect(try child.status() == nil)
        #expect(child.output == "")
        try child.send(.kill)
    }

    @Test("Logs that are followed without a number go on with what serves, after a deploy and back")
    func followServing() throws {
        let master = try StubMaster()
        let directory = master.directory
        var serving = 1
        master.script = { master, request in
            let generation = GenerationReport(
                number: serving, release: "v\(serving)", path: "/v", state: .serving, seconds: 1)
            let report = StatusReport(
                deployd: "0.1.0", master: MasterReport(pid: 1, uptimeSeconds: 1), stateDirectory: "/s",
                serving: serving, generations: [generation])
            master.send(.status(report), to: request.client)
        }
        let state = try directory.write("state/state.json", "{}\n")
        try directory.write("state/logs/1.log", "one\n")
        let child = try master.start(["logs", "-f"])
        func expect(_ text: String) throws {
            try wait(for: "\"\(text)\" in \(child.output)") {
                try master.turn()
                return child.output == text
            }
        }
        try expect("one\n")
        let second = try directory.write("state/logs/2.log", "two\n")
        serving = 2
        try Files.openForAppending(state).writeAll(Array("{}\n".utf8))
        let afterDeploy = "one\n\n==> generation 2 (v2) serves now <==\ntwo\n"
        try expect(afterDeploy)
        try Files.openForAppending(second).writeAll(Array("more\n".utf8))
        try expect(afterDeploy + "more\n")
        serving = 1
        try Files.openForAppending(state).writeAll(Array("{}\n".utf8))
        try expect(afterDeploy + "more\n\n==> generation 1 (v1) serves now <==\none\n")
        try child.send(.int)
        #expect(try master.serve(child).status == .signalled(.int, dumpedCore: false))
    }

    @Test("A master that dies in the middle of a deploy is told of")
    func masterDies() throws {
        var master: StubMaster? = try StubMaster()
        let directory = try #require(master?.directory)
        let child = try #require(try master?.start(["deploy", "/srv/v2"]))
        try wait(for: "the request") {
            try master?.turn()
            return master?.commands.count == 1
        }
        master = nil
        #expect(try child.wait() == .exited(code: 70))
        let config = "--config \(directory.path("deployd.json"))"
        #expect(
            child.errors == "deployd: deploy of /srv/v2: the master at \(directory.path("state/control.sock")) closed "
                + "the connection before it was done; the outcome is unknown: see `deployd status \(config)` and "
                + "`deployd history \(config)`\n")
    }
}
