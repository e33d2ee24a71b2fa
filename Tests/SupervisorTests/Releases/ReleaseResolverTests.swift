import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("Examining a release")
struct ReleaseResolverTests {
    private func resolver(
        _ scratch: TemporaryDirectory, configuration text: String = "{}", userID: UInt32 = ThisProcess.uid
    ) throws -> ReleaseResolver {
        try scratch.write("deployd.json", text)
        let surroundings = Surroundings(
            workingDirectory: scratch.path, environment: ["PATH": scratch.path("path"), "LANG": "C"], userID: userID,
            executableDirectory: scratch.path("beside"), cores: 2)
        let configuration = try Configuration.load(named: nil, surroundings: surroundings)
        return ReleaseResolver(configuration: configuration, surroundings: surroundings)
    }

    @Test("A good release comes out ready to start")
    func resolves() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release(
            "releases/v2",
            manifest: "{ command: ['site', '-x'], environment: { B: 'release' }, environmentFiles: ['e.env'], "
                + "limits: { generation: { cpu: 'unlimited' } } }")
        try scratch.write("releases/v2/e.env", "C=file\n")
        try scratch.write("server.env", "A=file\n")
        let resolver = try resolver(
            scratch,
            configuration: """
                { environment: { A: 'server', B: 'server' }, environmentFiles: ['server.env'], umask: '027',
                  limits: { files: 5, generation: { tasks: 9, cpu: '50%' } } }
                """)
        let release = try resolver.resolve("releases/v2")
        #expect(release.path == resolver.surroundings.workingDirectory + "/releases/v2")
        #expect(release.label == "v2")
        #expect(release.executable == release.path + "/site")
        #expect(release.arguments == ["site", "-x"])
        #expect(release.workingDirectory == release.path)
        #expect(release.limits.values == [.files: 5])
        #expect(release.limits.generation == [.tasks: 9, .cpu: ResourceLimit.unlimited])
        #expect(release.limits.generation.launchLimits == ["tasks": 9])
        #expect(release.umask == 0o27)
        #expect(release.environment["A"] == "file")
        #expect(release.environment["B"] == "release")
        #expect(release.environment["C"] == "file")
        #expect(release.environment["LANG"] == "C")

        let plan = ReleasePlan(release, configuration: resolver.configuration, cores: 2)
        #expect(plan.workers == 2)
        #expect(plan.overrides.probe == ProbePolicy())
    }

    @Test("A command, a hook, a test and a kind whose interpreter is missing are refused, with the interpreter's name")
    func missingInterpreter() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release(
            "releases/v2",
            manifest:
                "{ command: ['run'], hooks: { before: { command: ['run'] } }, watch: { test: { command: ['run'] } }, "
                + "processes: { app: { command: ['run'] } } }")
        try scratch.write("releases/v2/run", "#!/opt/python9\r\nprint()\r\n", mode: 0o755)
        let problems = try resolver(scratch).examine("releases/v2").problems
        #expect(
            problems.map(\.keyPath) == [
                "command[0]", "hooks.before.command[0]", "watch.test.command[0]", "processes.app.command[0]",
            ])
        for problem in problems { #expect(problem.found.contains("carriage return"), "\(problem)") }
    }

    @Test("A virtual environment of the release is active: its programs are found, and they find it")
    func virtualEnvironment() throws {
        let scratch = try TemporaryDirectory()
        for place in ["venv", ".venv", "app/venv"] {
            let name = "releases/\(place.replacing("/", with: "-"))"
            try scratch.release(name, manifest: "{ command: ['gunicorn'], directory: 'app' }")
            try scratch.write("\(name)/app/x", "")
            try scratch.write("\(name)/\(place)/pyvenv.cfg", "home = /usr/bin\n")
            let program = try scratch.write("\(name)/\(place)/bin/gunicorn", "#!/usr/bin/env sh\n", mode: 0o755)
            try scratch.write("\(name)/\(place)/bin/sh", "", mode: 0o755)
            let release = try resolver(scratch).resolve(name)
            #expect(release.executable == program)
            #expect(release.environment["VIRTUAL_ENV"] == scratch.path("\(name)/\(place)"))
            let path = "\(scratch.path("\(name)/\(place)/bin")):\(scratch.path("path")):"
            #expect(release.environment["PATH"]?.hasPrefix(path) == true)
        }
        try scratch.release(
            "releases/own", manifest: "{ command: ['site'], environment: { PATH: '/own', VIRTUAL_ENV: '/else' } }")
        try scratch.write("releases/own/venv/pyvenv.cfg", "")
        try scratch.write("releases/own/venv/bin/x", "")
        let own = try resolver(scratch).resolve("releases/own").environment
        #expect(own["PATH"] == "/own")
        #expect(own["VIRTUAL_ENV"] == "/else")
    }

    @Test("A link is followed once: what comes out names the directory behind it")
    func followsLink() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v2")
        try Files.replaceLink(scratch.path("latest"), target: "releases/v2")
        let release = try resolver(scratch).resolve("latest")
        #expect(release.path == scratch.path + "/releases/v2")
        #expect(release.label == "v2")
    }

    @Test("Commands are found in the release, in its bin, beside deployd, on PATH, in the system's sbin, in this order")
    func findsCommands() throws {
        let scratch = try TemporaryDirectory()
        let lookup = CommandLookup(
            release: scratch.path("r"), executableDirectory: scratch.path("beside"),
            searchPath: "relative:\(scratch.path("path"))")
        let absent = lookup.find("prog")
        let directories = ["r", "r/bin", "beside", "path"].map { scratch.path + "/" + $0 }
        #expect(absent == .notFound(lookedIn: directories + ["/usr/local/sbin", "/usr/sbin", "/sbin"]))
        for directory in directories.reversed() {
            let path = "\(directory)/prog"
            try Files.makeDirectory(directory)
            try Files.replace(path, with: [], mode: 0o755)
            #expect(lookup.find("prog") == .found(path))
        }
        #expect(lookup.find("bin/prog") == .found(scratch.path + "/r/bin/prog"))
        #expect(lookup.find("./bin/prog") == .found(scratch.path + "/r/bin/prog"))
        #expect(lookup.find("bin/none") == .notFound(lookedIn: [scratch.path + "/r/bin/none"]))
        #expect(lookup.find("/bin/sh") == .found("/bin/sh"))
        #expect(lookup.find("/none") == .notFound(lookedIn: ["/none"]))
        try Files.setMode("\(directories[0])/prog", 0o644)
        #expect(lookup.find("prog") == .notExecutable("\(directories[0])/prog"))
    }

    @Test("A directory of the command's name is no program")
    func skipsDirectories() throws {
        let scratch = try TemporaryDirectory()
        try Files.makeDirectory(scratch.path("r/prog"))
        try scratch.write("r/bin/prog", "", mode: 0o755)
        let lookup = CommandLookup(release: scratch.path("r"), executableDirectory: "/nowhere", searchPath: "")
        #expect(lookup.find("prog") == .found(scratch.path + "/r/bin/prog"))
    }

    @Test(
        "What stands in the way is told in full",
        arguments: [
            (
                "{ command: ['none'] }",
                "release.json: command[0]: found no program \"none\", expected it in one of $/releases/v3, $/releases/v3/bin, $/beside, $/path, /usr/local/sbin, /usr/sbin, /sbin"
            ),
            (
                "{ command: ['cd /x && npm start'] }",
                "release.json: command[0]: found no program \"cd /x && npm start\", expected it at $/releases/v3/cd /x && npm start; no shell is involved unless you write it: [\"sh\", \"-c\", \"cd /x && npm start\"]"
            ),
            (
                "{ command: ['~/run', '-v'] }",
                "release.json: command[0]: found no program \"~/run\", expected it at $/releases/v3/~/run; no shell is involved unless you write it: [\"sh\", \"-c\", \"~/run -v\"]"
            ),
            (
                "{ command: ['gunicorn app:app', '-w'] }",
                "release.json: command[0]: found no program \"gunicorn app:app\", expected it in one of $/releases/v3, $/releases/v3/bin, $/beside, $/path, /usr/local/sbin, /usr/sbin, /sbin; no shell is involved: each word is a string of its own: [\"gunicorn\", \"app:app\", \"-w\"]"
            ),
            (
                "{ command: ['bin/none'] }",
                "release.json: command[0]: found no program \"bin/none\", expected it at $/releases/v3/bin/none"
            ),
            (
                "{ command: ['data'] }",
                "release.json: command[0]: found $/releases/v3/data, which is not executable, expected an executable file; chmod +x $/releases/v3/data"
            ),
            (
                "{ command: ['site'], directory: 'x' }",
                "release.json: directory: found \"x\", expected a directory; there is none at $/releases/v3/x"
            ),
            (
                "{ command: ['site'], hooks: { before: ['bin/none'] } }",
                "release.json: hooks.before.command[0]: found no program \"bin/none\", expected it at $/releases/v3/bin/none"
            ),
            (
                "{ command: ['site'], hooks: { after: ['data'] } }",
                "release.json: hooks.after.command[0]: found $/releases/v3/data, which is not executable, expected an executable file; chmod +x $/releases/v3/data"
            ),
            (
                "{ command: ['site'], hooks: { failure: { command: ['site'], user: 'nosuchuser' } } }",
                "release.json: hooks.failure.user: found \"nosuchuser\", expected a user of this machine; `getent passwd` lists them"
            ),
            (
                "{ command: ['site'], user: 'nosuchuser' }",
                "release.json: user: found \"nosuchuser\", expected a user of this machine; `getent passwd` lists them"
            ),
            (
                "{ command: ['site'], group: 'nosuchgroup' }",
                "release.json: group: found \"nosuchgroup\", expected a group of this machine; `getent group` lists them"
            ),
            (
                "{ command: ['site'], environmentFiles: ['e'] }",
                "release.json: environmentFiles[0]: found nothing there, expected a readable file $/releases/v3/e; write \"-\" before its name if it may be missing"
            ),
            ("{ command: ['site'], environmentFiles: ['-e'] }", ""),
            ("{ command: ['site'], environmentFiles: ['data'] }", ""),
            ("{ command: ['site' }", "release.json:1:20: found \"}\", expected \",\" or \"]\""),
        ])
    func tellsProblems(manifest: String, problem: String) throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v3", manifest: manifest)
        try scratch.write("releases/v3/data", "nonsense")
        let base = scratch.path
        let found = try resolver(scratch).examine("releases/v3").problems.map { problem in
            var text = problem.description
            while let range = text.firstRange(of: base) { text.replaceSubrange(range, with: "$") }
            return text
        }
        #expect(found == (problem.isEmpty ? [] : ["releases/v3/" + problem]))
    }

    @Test("A release that is not there, is a file, or has no manifest is told apart")
    func tellsMissingParts() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("file", "")
        try Files.makeDirectory(scratch.path("empty"))
        try Files.replaceLink(scratch.path("dangling"), target: "gone")
        let resolver = try resolver(scratch)
        func problem(_ path: String) -> [String] { resolver.examine(path).problems.map(\.description) }
        for name in ["none", "dangling"] {
            #expect(
                problem(name) == [
                    "\(name): found nothing there, expected a release: a directory with a release.json; "
                        + "nor is there \(scratch.path("releases/\(name)")); there is no directory "
                        + scratch.path("releases")
                ])
        }
        #expect(problem("file") == ["file: found a file, expected a release: a directory with a release.json"])
        #expect(
            problem("empty") == [
                "empty/release.json: found nothing there, expected the release's manifest; "
                    + "the minimum is { command: [\"PROGRAM\"] }; `deployd init` writes that of a known server"
            ])
        try scratch.release("releases/2026-11-21")
        try scratch.release("releases/v2")
        try Files.makeDirectory(scratch.path("releases/v2/public/css"))
        #expect(problem("releases").first?.hasSuffix("name one of the releases in it: 2026-11-21, v2") == true)
        // deployd's own link is none of them.
        try Files.replaceLink(scratch.path("current"), target: "releases/v2")
        let whole = problem(".").first
        #expect(whole?.hasSuffix("name one of the releases: 2026-11-21, v2") == true, "\(whole ?? "")")
        let part = problem("releases/v2/public/css").first
        #expect(part?.hasSuffix("it is in the release \(scratch.path)/releases/v2") == true, "\(part ?? "")")
        #expect(problem("releases/v2/release.json").first?.hasSuffix("; name its directory") == true)
        let near = problem("2026-11-12").first
        #expect(near?.hasSuffix(" has 2026-11-21, v2; did you mean 2026-11-21?") == true, "\(near ?? "")")
        #expect(problem("nothing").first?.contains("did you mean") == false)
    }

    @Test("Who is not root cannot have workers of another user or group")
    func refusesForeignUser() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1", manifest: "{ command: ['site'], user: 'root', group: '4243' }")
        let problems = try resolver(scratch, userID: 4242).examine("releases/v1").problems
        #expect(
            problems.map(\.description) == [
                "releases/v1/release.json: user: found \"root\", expected the user who starts deployd; "
                    + "only root can start workers as another user",
                "releases/v1/release.json: group: found \"4243\", expected the group of the user who starts deployd; "
                    + "only root can start workers in another",
            ])
    }

    @Test("A release that moved elsewhere is called by its path")
    func labels() {
        let layout = ReleaseLayout(releasesDirectory: "/srv/none/releases", baseDirectory: "/srv/none")
        #expect(layout.label("/srv/none/releases/v2") == "v2")
        #expect(layout.label("/srv/none/other/v2") == "other/v2")
        #expect(layout.label("/opt/v2") == "/opt/v2")
        #expect(layout.label("/srv/none") == "none")
        #expect(layout.currentLink == "/srv/none/current")
    }
}
