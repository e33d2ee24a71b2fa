import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("deployd.json")
struct ConfigurationTests {
    private let surroundings = Surroundings(workingDirectory: "/srv/site", userID: 1000, cores: 2)

    private func read(_ text: String, surroundings: Surroundings? = nil) -> Reading<Configuration> {
        Configuration.read(
            Array(text.utf8), file: "/srv/site/deployd.json", surroundings: surroundings ?? self.surroundings)
    }

    @Test("An empty file means the defaults, relative to the file")
    func hasDefaults() throws {
        let configuration = try read("{}").get()
        #expect(
            configuration.listeners == [
                ListenerSetting(name: "web", address: .v4(IPv4Address("127.0.0.1")!, port: 8080), backlog: 4096)
            ])
        #expect(configuration.workers == .automatic)
        #expect(configuration.workers.resolved(cores: 2) == 2)
        #expect(configuration.stateDirectory == "/srv/site/.deployd")
        #expect(configuration.runtimeDirectory == "/srv/site/.deployd")
        #expect(configuration.releasesDirectory == "/srv/site/releases")
        #expect(configuration.initialRelease == "/srv/site/releases/v1")
        #expect(configuration.keep == nil)
        #expect(configuration.policies == PolicySettings())
        #expect(configuration.user == nil)
        #expect(configuration.umask == nil)
    }

    @Test("Without a file the defaults are relative to the working directory")
    func hasDefaultsWithoutFile() {
        let configuration = Configuration.defaults(surroundings)
        var expected = read("{}").value
        expected.file = nil
        #expect(configuration == expected)
    }

    @Test("Everything that can be set is read")
    func readsAll() throws {
        let configuration = try read(
            """
            {
              listen: ["[::]:80", { address: "unix:run/web.sock", name: "local", backlog: 7 }, "0.0.0.0:80"],
              workers: 3, user: "www-data", group: "web", controlGroup: "ops", umask: "027",
              limits: { files: 65536, core: 0, memory: "512M", processes: "unlimited", processorTime: "1h",
                generation: { memory: "2G", cpu: "150%", tasks: "unlimited" } },
              environment: { TIER: "production" }, environmentFiles: ["site.env", "-/etc/site.env"],
              state: "var", releases: "rel", release: "/opt/first", keep: 9,
              policies: {
                readyTimeout: "90s", killGrace: "1s", stopTimeout: "20s", maxDraining: 2, maxQueued: 0,
                respawn: { firstDelay: "1s", longestDelay: "2s", healthyAfter: "3s", crashLoopExits: 4, crashLoopWindow: "5s" },
                logs: { limit: "1M" },
              },
            }
            """
        ).get()
        #expect(configuration.listeners.map(\.name) == ["web", "local", "web3"])
        #expect(configuration.listeners[1].address == .unix(path: "/srv/site/run/web.sock"))
        #expect(configuration.listeners[1].backlog == 7)
        #expect(configuration.isV6Only(configuration.listeners[0]))
        #expect(configuration.workers == .fixed(3))
        #expect(configuration.user == "www-data")
        #expect(configuration.group == "web")
        #expect(configuration.controlGroup == "ops")
        #expect(configuration.umask == 0o27)
        #expect(
            configuration.limits.values == [
                .files: 65536, .core: 0, .memory: 512 << 20, .processes: ResourceLimit.unlimited, .processorTime: 3600,
            ])
        #expect(
            configuration.limits.generation == [.memory: 2 << 30, .cpu: 150, .tasks: ResourceLimit.unlimited])
        #expect(configuration.environment == ["TIER": "production"])
        #expect(
            configuration.environmentFiles == [
                EnvironmentFileReference(path: "/srv/site/site.env"),
                EnvironmentFileReference(path: "/etc/site.env", isOptional: true),
            ])
        #expect(configuration.stateDirectory == "/srv/site/var")
        #expect(configuration.releasesDirectory == "/srv/site/rel")
        #expect(configuration.initialRelease == "/opt/first")
        #expect(configuration.keep == 9)
        let policies = Policies(configuration.policies)
        #expect(policies.readyTimeout == .seconds(90))
        #expect(policies.terminateGrace == .seconds(1))
        #expect(policies.stopTimeout == .seconds(20))
        #expect(policies.maxDraining == 2)
        #expect(policies.maxQueued == 0)
        #expect(policies.respawn.firstDelay == .seconds(1))
        #expect(policies.respawn.longestDelay == .seconds(2))
        #expect(policies.respawn.healthyAfter == .seconds(3))
        #expect(policies.respawn.crashLoopExits == 4)
        #expect(policies.respawn.crashLoopWindow == .seconds(5))
        #expect(configuration.policies.logLimitBytes == 1 << 20)
    }

    @Test("The machine's own defaults are those of the files")
    func agreesWithTheMachine() {
        #expect(Policies(PolicySettings()) == Policies())
    }

    @Test(
        "A mistake is told with file, key, what was found and what was expected",
        arguments: [
            ("{ workers: 0 }", "workers: found 0, expected a whole number from 1 to 1024, or \"auto\""),
            ("{ workers: '2' }", "workers: found \"2\", expected a whole number from 1 to 1024, or \"auto\""),
            ("{ workers: 1.5 }", "workers: found 1.5, expected a whole number from 1 to 1024, or \"auto\""),
            (
                "{ listen: '127.0.0.1:80' }",
                "listen: found \"127.0.0.1:80\", expected a list of addresses: [\"127.0.0.1:8080\"]"
            ),
            ("{ listen: [] }", "listen: found an empty list, expected a list of addresses: [\"127.0.0.1:8080\"]"),
            (
                "{ listen: ['localhost:80'] }",
                "listen[0]: found \"localhost:80\", expected an address such as \"127.0.0.1:8080\", \"[::]:80\" or \"unix:run/web.sock\""
            ),
            (
                "{ listen: [8080] }",
                "listen[0]: found 8080, expected an address such as \"127.0.0.1:8080\", \"[::]:80\" or \"unix:run/web.sock\""
            ),
            (
                "{ listen: [{ name: 'x' }] }",
                "listen[0].address: found nothing, expected an address such as \"127.0.0.1:8080\", \"[::]:80\" or \"unix:run/web.sock\""
            ),
            (
                "{ listen: [{ address: '127.0.0.1:1', backlog: 0 }] }",
                "listen[0].backlog: found 0, expected a whole number from 1 to 65535"
            ),
            (
                "{ listen: [{ address: '127.0.0.1:1', name: 'a:b' }] }",
                "listen[0].name: found \"a:b\", expected a name of letters, digits, \"-\" and \"_\""
            ),
            (
                "{ listen: ['127.0.0.1:80', '127.0.0.1:80'] }",
                "listen[1]: found \"127.0.0.1:80\" a second time, expected each address once; listen[0] has it already"
            ),
            (
                "{ listen: ['127.0.0.1:80', { address: '127.0.0.1:81', name: 'web' }] }",
                "listen[1].name: found the name \"web\" a second time, expected each name once; listen[0] has it already"
            ),
            ("{ user: 33 }", "user: found 33, expected the name of a user"),
            ("{ user: '' }", "user: found \"\", expected the name of a user"),
            ("{ umask: 22 }", "umask: found 22, expected octal digits in quotes such as \"027\""),
            ("{ umask: '089' }", "umask: found \"089\", expected octal digits in quotes such as \"027\""),
            ("{ limits: [] }", "limits: found an empty list, expected an object: { … }"),
            ("{ limits: { memory: 512 } }", "limits.memory: found 512, expected a size with a unit such as \"512M\""),
            ("{ limits: { files: '1K' } }", "limits.files: found \"1K\", expected a whole number of at least 1"),
            (
                "{ limits: { generation: { cpu: 2 } } }",
                "limits.generation.cpu: found 2, expected a share of one processor such as \"150%\", of at least 1%"
            ),
            ("{ limits: { file: 1 } }", "limits.file: found an unknown key, expected \"files\""),
            ("{ environment: { A: 1 } }", "environment.A: found 1, expected a string; put the value in quotes"),
            (
                "{ environment: { 'A-B': 'x' } }",
                "environment.A-B: found the name \"A-B\", expected a variable name of letters, digits and \"_\""
            ),
            ("{ environmentFiles: 'x' }", "environmentFiles: found \"x\", expected a list of files: [\"site.env\"]"),
            ("{ environmentFiles: ['a', 1] }", "environmentFiles[1]: found 1, expected the path of a file"),
            ("{ environmentFiles: ['-'] }", "environmentFiles[0]: found \"-\", expected the path of a file"),
            ("{ state: null }", "state: found null, expected a path"),
            ("{ keep: -1 }", "keep: found -1, expected a whole number from 1 to 10000"),
            (
                "{ policies: { readyTimeout: 60 } }",
                "policies.readyTimeout: found 60, expected a duration with a unit such as \"60s\""
            ),
            (
                "{ policies: { readyTimeout: '0' } }",
                "policies.readyTimeout: found \"0\", expected a duration of at least 1ms"
            ),
            (
                "{ policies: { logs: { limit: '1K' } } }",
                "policies.logs.limit: found \"1K\", expected a size of at least 64K"
            ),
            (
                "{ policies: { respawn: { delay: '1s' } } }",
                "policies.respawn.delay: found an unknown key, expected one of crashLoopExits, crashLoopWindow, firstDelay, healthyAfter, longestDelay"
            ),
            ("{ listens: [] }", "listens: found an unknown key, expected \"listen\""),
            ("{ Listen: [] }", "Listen: found an unknown key, expected \"listen\""),
        ])
    func tellsMistakes(text: String, problem: String) {
        #expect(read(text).problems.map(\.description) == ["deployd.json: " + problem])
    }

    @Test("All mistakes are told at once, in the order of the file")
    func tellsAllMistakes() {
        let problems = read("{ keep: 0,\n workers: 'two',\n lisen: 1,\n policies: { killGrace: 2 },\n user: 1 }")
            .problems
        #expect(problems.map(\.keyPath) == ["keep", "workers", "lisen", "policies.killGrace", "user"])
    }

    @Test("A socket path that the kernel does not take is told with its length")
    func refusesLongSocketPath() {
        let name = String(repeating: "x", count: 100)
        #expect(
            read("{ listen: ['unix:\(name)'] }").problems.map(\.description) == [
                "deployd.json: listen[0]: found a path of 110 bytes, /srv/site/\(name), expected one of 98 at most: the "
                    + "kernel takes 107, and each generation has a socket with its number behind the path; choose a "
                    + "shorter one, in /run for instance"
            ])
    }

    @Test("A listener at every address and one at the loopback address of the same port do not go together")
    func refusesCovered() {
        for (wide, narrow) in [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80")] {
            #expect(
                read("{ listen: ['\(wide)', '\(narrow)'] }").problems.map(\.description) == [
                    "deployd.json: listen[1]: found \"\(narrow)\" beside \"\(wide)\" of listen[0], "
                        + "expected one of them; \(wide) covers \(narrow): leave that out"
                ])
            #expect(
                read("{ listen: ['unix:s', '\(narrow)', { address: '\(wide)' }] }").problems.map(\.description) == [
                    "deployd.json: listen[2].address: found \"\(wide)\" beside \"\(narrow)\" of listen[1], "
                        + "expected one of them; \(wide) covers \(narrow): leave that out"
                ])
        }
        for good in [
            "'[::]:80', '127.0.0.1:80'", "'[::]:80', '0.0.0.0:80'", "'0.0.0.0:80', '127.0.0.1:81'",
            "'0.0.0.0:80', '[::1]:80'", "'0.0.0.0:0', '127.0.0.1:0'", "'0.0.0.0:80', '192.0.2.1:80'",
        ] { #expect(read("{ listen: [\(good)] }").problems == [], "\(good)") }
    }

    @Test("Several listeners on port 0 are no duplicates: each gets a port of its own")
    func allowsPortZeroTwice() {
        #expect(read("{ listen: ['127.0.0.1:0', '127.0.0.1:0'] }").problems == [])
    }

    @Test("The state lies where the file says, else where systemd says to root, else where an installed deployd has it")
    func findsState() {
        var root = Surroundings(workingDirectory: "/root", userID: 0)
        func state(_ text: String, file: String) -> [String] {
            let value = Configuration.read(Array(text.utf8), file: file, surroundings: root).value
            return [value.stateDirectory, value.runtimeDirectory]
        }
        #expect(state("{}", file: "/etc/deployd/deployd.json") == ["/var/lib/deployd", "/run/deployd"])
        #expect(state("{}", file: "/srv/deployd.json") == ["/srv/.deployd", "/srv/.deployd"])
        root.environment = ["STATE_DIRECTORY": "/var/lib/a:/var/lib/b", "RUNTIME_DIRECTORY": "/run/a"]
        #expect(state("{}", file: "/srv/deployd.json") == ["/var/lib/a", "/run/a"])
        #expect(state("{ state: 's' }", file: "/srv/deployd.json") == ["/srv/s", "/srv/s"])
        root.userID = 1000
        #expect(state("{}", file: "/srv/deployd.json") == ["/srv/.deployd", "/srv/.deployd"])
        // Whoever asks looks for an installed deployd where it is.
        #expect(state("{}", file: "/etc/deployd/deployd.json") == ["/var/lib/deployd", "/run/deployd"])
        #expect(state("{}", file: "/etc/deployd/two.json") == ["/var/lib/deployd-two", "/run/deployd-two"])
    }

    @Test("State beside an installed file is used on, until there is some in its own place; or while it is held")
    func stateBeside() throws {
        let scratch = try TemporaryDirectory()
        let (own, beside) = (scratch.path("own"), scratch.path("beside"))
        let installed = InstalledState(own: own, beside: beside, isFirst: false)
        #expect(!installed.isBeside)
        try Files.makeDirectory(own)
        try Files.makeDirectory(beside)
        #expect(!installed.isBeside, "no master was there")
        try scratch.write("beside/lock", "\(ThisProcess.pid) 1\n")
        #expect(installed.isBeside)
        #expect(InstalledState(own: own, beside: beside, isFirst: true).isBeside == (ThisProcess.uid != 0))
        try scratch.write("own/lock", "\(ThisProcess.pid) 1\n")
        #expect(!installed.isBeside)
        guard let lock = try FileLock.acquire(scratch.path("beside/lock")) else {
            Issue.record("nobody else has the lock")
            return
        }
        try lock.sign(LockHolder.signature)
        #expect(installed.isBeside)
        guard let other = try FileLock.acquire(scratch.path("own/lock")) else {
            Issue.record("nobody else has the lock")
            return
        }
        try other.sign(LockHolder.signature)
        #expect(!installed.isBeside)
    }

    @Test("Who has run a master by the defaults keeps it, whatever is installed; a file at hand goes before")
    func keepsDefaults() throws {
        let scratch = try TemporaryDirectory()
        let here = Surroundings(workingDirectory: scratch.path)
        let installed = try scratch.write("etc/deployd.json", "{}")
        let find = { Configuration.find(named: nil, surroundings: here, installed: installed) }
        func note(_ named: String? = nil, at place: String? = nil) -> String? {
            let surroundings = Surroundings(workingDirectory: place ?? scratch.path)
            return Configuration.installedNote(named: named, surroundings: surroundings, installed: installed)
        }
        #expect(find() == installed)
        #expect(note()?.hasPrefix("\(installed) applies: there is no deployd.json in \(scratch.path) (") == true)
        #expect(note(installed) == nil && note(at: scratch.path("etc")) == nil, "it was meant")
        try Files.makeDirectory(scratch.path(".deployd"))
        #expect(find() == installed, "no master was here")
        try scratch.write(".deployd/lock", "")
        #expect(find() == nil && note() == nil)
        try scratch.write("deployd.json", "{}")
        #expect(find() == scratch.path("deployd.json"))
    }

    // (Root looks into every directory; scripts/bare-machine has it run by a user.)
    @Test(
        "A directory that the user may not look into is no master's; a state directory that he may not is",
        .enabled(if: ThisProcess.uid != 0))
    func closedDirectory() throws {
        let scratch = try TemporaryDirectory()
        let installed = try scratch.write("etc/deployd.json", "{}")
        try scratch.write("home/.deployd/lock", "")
        let here = Surroundings(workingDirectory: scratch.path("home"), userID: ThisProcess.uid)
        let find = { Configuration.find(named: nil, surroundings: here, installed: installed) }
        for (name, found) in [("home/.deployd", nil), ("home", installed)] as [(String, String?)] {
            try Files.setMode(scratch.path(name), 0)
            #expect(find() == found, "\(name)")
            try Files.setMode(scratch.path(name), 0o700)
        }
    }

    @Test("The file is the one that was named, then DEPLOYD_CONFIG's, then the one at hand")
    func findsFile() throws {
        let scratch = try TemporaryDirectory()
        var here = Surroundings(workingDirectory: scratch.path)
        try scratch.write("deployd.json", "{}")
        #expect(Configuration.find(named: nil, surroundings: here) == scratch.path("deployd.json"))
        here.environment["DEPLOYD_CONFIG"] = "other.json"
        #expect(Configuration.find(named: nil, surroundings: here) == scratch.path("other.json"))
        #expect(Configuration.find(named: "/x.json", surroundings: here) == "/x.json")
        #expect(
            Configuration.examine(named: nil, surroundings: here).problems.map(\.description) == [
                "other.json: found nothing there, expected a configuration in JSON5; DEPLOYD_CONFIG names it"
            ])
    }
}
