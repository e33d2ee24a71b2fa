import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("deployd check")
struct CheckTests {
    private func check(
        _ scratch: TemporaryDirectory, _ configuration: String, release: String? = nil, masterRuns: Bool = false,
        listening: [SocketAddress]? = nil, looksInside: Bool = false
    ) throws -> CheckReport {
        try scratch.write("deployd.json", configuration)
        let surroundings = Surroundings(
            workingDirectory: scratch.path, environment: ["PATH": "/usr/bin:/bin"], userID: ThisProcess.uid,
            executableDirectory: "/nowhere", cores: 2)
        return Check.run(
            configurationFile: nil, release: release, surroundings: surroundings, masterRuns: masterRuns,
            listening: listening, looksInside: looksInside)
    }

    @Test("All is well where all is well")
    func passes() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        let report = try check(scratch, "{ listen: ['127.0.0.1:0', '[::1]:0'] }")
        #expect(report.problems == [])
        #expect(report.isGood)
        #expect(report.release?.label == "v1")
    }

    @Test("Mistakes of both files and of the machine are told in one go")
    func tellsAll() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1", manifest: "{ command: ['none'], watch: 5 }")
        let report = try check(
            scratch, "{ listen: ['127.0.0.1:0', 'unix:run/web.sock'], keep: 0, controlGroup: 'nosuchgroup' }")
        #expect(
            report.problems.map { [$0.file, $0.keyPath] } == [
                ["deployd.json", "keep"], ["deployd.json", "listen[1]"], ["deployd.json", "controlGroup"],
                ["releases/v1/release.json", "watch"], ["releases/v1/release.json", "command[0]"],
            ])
        let base = scratch.path
        #expect(
            report.problems[1].description
                == "deployd.json: listen[1]: found no directory \(base)/run for the socket, expected one that "
                + "exists; mkdir -p \(base)/run"
        )
    }

    @Test("A path with a space is one word of the command that is advised")
    func quotesPaths() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        let report = try check(scratch, "{ listen: ['unix:my run/web.sock'] }")
        #expect(report.problems.first?.advice == "mkdir -p '\(scratch.path)/my run'")
    }

    /// A socket that has an address of the kernel's choice for itself.
    private func listening() throws -> Socket {
        let socket = try Socket.stream(.v4)
        try socket.bind(.v4(.loopback, port: 0))
        try socket.listen(backlog: 1)
        return socket
    }

    @Test("A busy address is told, unless the master itself holds it")
    func tellsBusyAddress() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        let holder = try listening()
        let address = try holder.localAddress()
        let configuration = "{ listen: ['127.0.0.1:0', '\(address)'] }"
        let port = try #require(address.port)
        #expect(
            try check(scratch, configuration).problems.map(\.description) == [
                "deployd.json: listen[1]: found \"\(address)\" in use by another program, expected a free address; "
                    + "ss -ltnp 'sport = :\(port)' shows by which"
            ])
        #expect(try check(scratch, configuration, masterRuns: true).problems == [])
    }

    @Test("Beside a master that runs every address is tried but its own, and what it covers itself is told as that")
    func tellsAddressesBesideTheMaster() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        let holder = try listening()
        let address = try holder.localAddress()
        let port = try #require(address.port)
        func found(_ listen: String, listening: [SocketAddress]) throws -> [String] {
            try check(scratch, "{ listen: ['\(listen)'] }", masterRuns: true, listening: listening).problems.map(
                \.description)
        }
        #expect(try found("\(address)", listening: [address]) == [])
        #expect(
            try found("0.0.0.0:\(port)", listening: [address]) == [
                "deployd.json: listen[0]: found \"0.0.0.0:\(port)\", while deployd itself holds \(address), expected an "
                    + "address that can be bound beside those on which it listens; choose another port; or `deployd stop`, then "
                    + "`deployd start`, which users notice"
            ])
        let other = try #require(SocketAddress(parsing: "127.0.0.2:\(port)"))
        let strange = try found("\(address)", listening: [other])
        #expect(strange.count == 1 && strange[0].contains("in use by another program"), "\(strange)")
    }

    @Test("A mode that a start would refuse is told while a master runs, too")
    func tellsModesBesideTheMaster() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        try Files.makeDirectory(scratch.path("state"))
        try Files.setMode(scratch.path("state"), 0o777)
        let problems = try check(scratch, "{ listen: ['127.0.0.1:0'], state: 'state' }", masterRuns: true).problems
        #expect(problems.map(\.file) == [scratch.path("state")])
        #expect(problems.first?.advice.hasSuffix("chmod go-w \(scratch.path("state"))") == true)
    }

    @Test("An address of another machine is told")
    func tellsForeignAddress() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        #expect(
            try check(scratch, "{ listen: ['192.0.2.1:80'] }").problems.map(\.description) == [
                "deployd.json: listen[0]: found \"192.0.2.1:80\", which is not an address of this machine, expected one that is; "
                    + "\"ip address\" shows them"
            ])
    }

    @Test("A unix socket that somebody answers is busy; one that nobody answers is not, and a file is in the way")
    func tellsBusySocket() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        let path = scratch.path("s")
        var server: Socket? = try Socket.stream(.unix)
        try server?.bind(.unix(path: path))
        #expect(try check(scratch, "{ listen: ['unix:s'] }").problems == [])
        try server?.listen(backlog: 1)
        #expect(
            try check(scratch, "{ listen: ['unix:s'] }").problems.map(\.description) == [
                "deployd.json: listen[0]: found \"unix:\(path)\" in use by another program, expected a free address; "
                    + "ss -xlp shows by which"
            ])
        server = nil
        #expect(try check(scratch, "{ listen: ['unix:s'] }").problems == [])
        #expect(
            try check(scratch, "{ listen: ['unix:deployd.json'] }").problems.map(\.found) == [
                "something other than a socket at \(scratch.path)/deployd.json"
            ])
    }

    @Test("Without a release named, what a start would serve is checked, and a hand-made current is told")
    func checksCurrent() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        try scratch.release("releases/v2")
        let configuration = "{ listen: ['127.0.0.1:0'] }"
        #expect(try check(scratch, configuration).release?.label == "v1")
        try Files.replaceLink(scratch.path("current"), target: "releases/v2")
        let report = try check(scratch, configuration)
        #expect(report.release?.label == "v1")
        #expect(report.warnings.first?.contains("current points to v2, which the history does not know") == true)
        #expect(try check(scratch, configuration, release: "v1").release?.label == "v1")
        #expect(try check(scratch, configuration, release: "releases/v1").release?.label == "v1")
        #expect(try check(scratch, configuration, release: "v9").problems.map(\.file) == ["v9"])
    }

    @Test("What stands in the place of `current` and is no link is told, whether a master runs or not")
    func tellsObstacles() throws {
        let expected = "expected a link or nothing; move it away: the link to the committed release is made there"
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        try scratch.write("current", "mine")
        for masterRuns in [true, false] {
            let report = try check(scratch, "{ listen: ['127.0.0.1:0'] }", masterRuns: masterRuns)
            #expect(report.problems.map(\.description) == ["current: found a file, \(expected)"])
            #expect(report.warnings == [])
        }
        try Files.unlink(scratch.path("current"))
        try Files.makeDirectory(scratch.path("current"))
        let report = try check(scratch, "{ listen: ['127.0.0.1:0'] }")
        #expect(report.problems.map(\.description) == ["current: found a directory, \(expected)"])
    }

    @Test("A socket path that is too long is told once, whatever it is too long for", arguments: [60, 150])
    func tellsLongPaths(length: Int) throws {
        let scratch = try TemporaryDirectory()
        try scratch.release(
            "releases/v1",
            manifest: "{ command: ['site'], processes: { app: { command: ['site'], socket: 'listen' } } }")
        let long = String(repeating: "x", count: max(length, 100 - scratch.path.utf8.count))
        let listener = try check(scratch, "{ listen: ['unix:\(long)'] }").problems
        #expect(listener.map(\.keyPath) == ["listen[0]"] && listener[0].expected.hasPrefix("one of 98 at most"))
        let state = try check(scratch, "{ listen: ['127.0.0.1:0'], state: '\(long)' }").problems
        #expect(state.map(\.keyPath) == ["state"], "\(state)")
    }

    @Test("It changes nothing on disk")
    func changesNothing() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        try scratch.write("deployd.json", "")
        let before = try Files.list(scratch.path)
        _ = try check(scratch, "{ listen: ['127.0.0.1:0', 'unix:x.sock'], state: 'state' }")
        #expect(try Files.list(scratch.path) == before)
    }

    @Test("Permission bits say who may enter, read and execute")
    func judgesPermissions() {
        func status(_ mode: UInt32, uid: UInt32 = 10, gid: UInt32 = 20) -> WorkerIdentity.Permissions {
            WorkerIdentity.Permissions(mode: mode, uid: uid, gid: gid, isDirectory: false)
        }
        let other = WorkerIdentity(uid: 1, gid: 2, groups: [2, 3])
        #expect(other.may(.execute, status(0o001)))
        #expect(!other.may(.execute, status(0o770)))
        #expect(other.may(.read, status(0o040, gid: 3)))
        #expect(!other.may(.read, status(0o004, gid: 3)))
        #expect(other.may(.write, status(0o200, uid: 1)))
        #expect(!other.may(.write, status(0o022, uid: 1)))
        let root = WorkerIdentity(uid: 0, gid: 0, groups: [0])
        #expect(root.may(.read, status(0)))
        #expect(!root.may(.execute, status(0o666)))
        #expect(root.may(.execute, WorkerIdentity.Permissions(mode: 0, uid: 1, gid: 1, isDirectory: true)))
    }

    @Test(
        "A directory that the workers' user may not enter is named, with what to do",
        .enabled(if: ThisProcess.uid == 0, "only root may name another user"))
    func tellsBarriers() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("private/v1")
        try Files.setMode(scratch.path("private"), 0o700)
        let path = scratch.path
        let configuration = "{ listen: ['127.0.0.1:0'], user: 'nobody' }"
        #expect(
            try check(scratch, configuration, release: "private/v1").problems.map(\.description) == [
                "private/v1: found \(path)/private, which user \"nobody\" may not enter, expected a path to the release "
                    + "that the workers may follow; chmod o+x \(path)/private, or give it one of the user's groups"
            ])
        try scratch.release("releases/v1")
        try Files.setMode(scratch.path("releases/v1/site"), 0o700)
        #expect(
            try check(scratch, configuration).problems.map(\.description) == [
                "releases/v1: command[0]: found \(path)/releases/v1/site, which user \"nobody\" may not execute, "
                    + "expected a program that the workers can execute; chmod o+rx \(path)/releases/v1/site"
            ])
    }

    @Test(
        "An interpreter that was installed for root alone is named, behind links as well",
        .enabled(if: ThisProcess.uid == 0, "only root may name another user"))
    func tellsBarriersOfInterpreters() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("private/python/bin/python3", "#!/bin/sh\n", mode: 0o755)
        try Files.setMode(scratch.path("private"), 0o700)
        try scratch.release("releases/v1")
        try Files.makeDirectory(scratch.path("releases/v1/venv/bin"))
        try Files.replaceLink(
            scratch.path("releases/v1/venv/bin/python3"), target: scratch.path("private/python/bin/python3"))
        try scratch.write("releases/v1/site", "#!\(scratch.path("releases/v1/venv/bin/python3"))\n", mode: 0o755)
        #expect(
            try check(scratch, "{ listen: ['127.0.0.1:0'], user: 'nobody' }").problems.map(\.found) == [
                "\(scratch.path)/private, which user \"nobody\" may not enter"
            ])
    }

    @Test(
        "An interpreter that the workers' user cannot reach is no mistake where env finds another one on PATH",
        .enabled(if: ThisProcess.uid == 0, "only root may name another user"))
    func passesOverUnreachableInterpreters() throws {
        let scratch = try TemporaryDirectory()
        for folder in ["private", "open"] { try scratch.write("\(folder)/interpreter", "#!/bin/sh\n", mode: 0o755) }
        try Files.setMode(scratch.path("private"), 0o700)
        try scratch.release("releases/v1")
        try scratch.write("releases/v1/site", "#!/usr/bin/env interpreter\n", mode: 0o755)
        let path = { (folders: [String]) in folders.map { scratch.path($0) }.joined(separator: ":") + ":/usr/bin:/bin" }
        func found(_ folders: String...) throws -> [String] {
            let environment = "environment: { PATH: '\(path(folders))' }"
            return try check(scratch, "{ listen: ['127.0.0.1:0'], user: 'nobody', \(environment) }").problems.map(
                \.found)
        }
        #expect(try found("private", "open") == [])
        #expect(try found("private") == ["\(scratch.path)/private, which user \"nobody\" may not enter"])
    }

    @Test(
        "A state directory that the workers' user may not enter is named: there they say that they are ready",
        .enabled(if: ThisProcess.uid == 0, "only root may name another user"))
    func tellsClosedState() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        try Files.makeDirectory(scratch.path("state"), mode: 0o700)
        let state = scratch.path("state")
        #expect(
            try check(scratch, "{ listen: ['127.0.0.1:0'], user: 'nobody', state: 'state' }").problems.map(\.found) == [
                "\(state), which user \"nobody\" may not enter"
            ])
    }

    @Test(
        "A directory or a file in which the workers' user may not keep the access log is named, and a device is not judged",
        .enabled(if: ThisProcess.uid == 0, "only root may name another user"))
    func tellsAccessLogs() throws {
        let scratch = try TemporaryDirectory()
        func found(_ log: String) throws -> [String] {
            try scratch.write(
                "releases/v1/release.json", "{ web: { files: '.', accessLog: { file: '\(log)' } } }")
            return try check(scratch, "{ listen: ['127.0.0.1:0'], user: 'nobody' }").problems.map(\.description)
        }
        try Files.makeDirectory(scratch.path("log"))
        let (folder, file) = (scratch.path("log"), scratch.path("log/access.log"))
        let expected = { (place: String, advice: String) in
            "releases/v1: web.accessLog.file: found \(place), to which user \"nobody\" may not write, expected a place "
                + "where the workers can write their access log; \(advice)"
        }
        #expect(
            try found(file) == [expected(folder, "`install -d -o nobody \(folder)/web`, and name a file in there")])
        try Files.setMode(folder, 0o777)
        #expect(try found(file) == [])
        try scratch.write("log/access.log", "")
        #expect(try found(file) == [expected(file, "chown nobody \(file)")])
        try Files.setOwner(file, uid: 65534, gid: nil, of: .file)
        #expect(try found(file) == [])
        #expect(try found("/dev/full") == [])
    }

    @Test("An access log in a directory that is not there is named, unless a hook may make that")
    func tellsMissingLogDirectory() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("releases/v1/public/index.html", "")
        try scratch.write("releases/v1/hook", "#!/bin/sh\n", mode: 0o755)
        func found(_ log: String, _ more: String = "") throws -> [String] {
            try scratch.write(
                "releases/v1/release.json", "{ web: { files: 'public', accessLog: { file: '\(log)' } }, \(more) }")
            return try check(scratch, "{ listen: ['127.0.0.1:0'] }").problems.map(\.description)
        }
        let log = "\(scratch.path)/releases/v1/log"
        #expect(
            try found("log/access.log") == [
                "releases/v1/release.json: web.accessLog.file: found \"log/access.log\", in a directory that does not "
                    + "exist, expected a file in a directory that exists; there is no \(log): mkdir -p \(log)"
            ])
        #expect(try found("log/access.log", "hooks: { before: ['hook'] }") == [])
        #expect(try found("public").first?.contains("found \"public\", a directory, expected a file") == true)
        #expect(try found("access.log") == [])
    }

    @Test(
        "A file that a command or the web server is told to read, and the workers' user may not, is named",
        .enabled(if: ThisProcess.uid == 0, "only root may name another user"))
    func tellsUnreadableFiles() throws {
        let scratch = try TemporaryDirectory()
        let release = "\(scratch.path)/releases/v1"
        for name in ["php-fpm.conf", "public/index.html", "public/404.html", "public/app.html", "public/index.php"] {
            try scratch.write("releases/v1/\(name)", "", mode: 0o600)
        }
        for name in ["php-fpm8.2", "haproxy"] { try scratch.write("releases/v1/\(name)", "#!/bin/sh\n", mode: 0o755) }
        func found(_ manifest: String) throws -> [String] {
            try scratch.write("releases/v1/release.json", manifest)
            let report = try check(scratch, "{ listen: ['127.0.0.1:0'], user: 'nobody' }")
            // An access control list may let him: it stands in nobody's way.
            #expect(report.problems == [])
            return report.warnings.filter { $0.contains("which user") }
        }
        func expected(_ key: String, _ file: String) -> String {
            "releases/v1/release.json: \(key): found \(release)/\(file), which user \"nobody\" may not read, expected a file "
                + "that the workers can read; with one of the user's groups: chgrp GROUP \(release)/\(file) && chmod g+r "
                + "\(release)/\(file)"
        }
        let web = "files: 'public', fallback: 'app.html', errorPages: { '404': '404.html' }"
        let php = "php: { command: ['php-fpm8.2', '-y', 'php-fpm.conf'], socket: 'listen' }"
        #expect(
            try found("{ web: { \(web), fastcgi: { to: 'php' } }, processes: { \(php) } }") == [
                expected("processes.php.command[2]", "php-fpm.conf"), expected("web.files", "public/index.html"),
                expected("web.fallback", "public/app.html"), expected("web.errorPages.404", "public/404.html"),
                expected("web.fastcgi", "public/index.php"),
            ])
        #expect(
            try found("{ command: ['haproxy', '-f', 'php-fpm.conf'] }") == [expected("command[2]", "php-fpm.conf")])
        for name in ["php-fpm.conf", "public/index.html"] { try Files.setMode("\(release)/\(name)", 0o640) }
        try Files.setOwner("\(release)/php-fpm.conf", uid: 65534, gid: nil, of: .file)
        #expect(try found("{ web: { files: 'public' } }") == [expected("web.files", "public/index.html")])
        #expect(try found("{ command: ['haproxy', '-f', 'php-fpm.conf'] }") == [])
        try Files.setMode("\(release)/public/index.html", 0o644)
        try Files.setMode("\(release)/public", 0o700)
        let closed = try found("{ web: { files: 'public' } }")
        #expect(closed.count == 1 && closed[0].contains("found \(release)/public, which user \"nobody\" may not enter"))
    }

    @Test("A limit above what the master can give is named, with the file in which it stands")
    func tellsLimits() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        let most = try #require(ProcessLimits.mostFiles())
        let tooMany = most + 1
        let configured = try check(scratch, "{ listen: ['127.0.0.1:0'], limits: { files: \(tooMany) } }").problems
        #expect(configured.map(\.keyPath) == ["limits.files"] && configured.first?.file == "deployd.json")
        #expect(
            configured.first?.found == "\(tooMany)" && configured.first?.expected.hasPrefix("at most \(most), ") == true
        )
        try scratch.release("releases/v1", manifest: "{ command: ['site'], limits: { files: 'unlimited' } }")
        let own = try check(scratch, "{ listen: ['127.0.0.1:0'] }").problems
        #expect(own.map(\.file) == ["releases/v1/release.json"] && own.first?.found == "\"unlimited\"")
        let report = try check(scratch, "{ listen: ['127.0.0.1:0'], limits: { memory: '2G' } }")
        var release = try #require(
            try check(scratch, "{ listen: ['127.0.0.1:0'] }", release: "v1", masterRuns: true).release)
        release.limits = ResourceLimits([.memory: 2 << 30, .files: 512, .core: 0])
        func problems(_ status: String) -> [String] {
            let text =
                "Max address space         1073741824           1073741824           bytes\n"
                + "Max open files            1024                 4096                 files\n"
            return LimitCheck(
                release: release, configuration: report.configuration,
                surroundings: Surroundings(workingDirectory: scratch.path),
                master: ProcessLimits(limits: text, status: status), mostFiles: nil
            ).problems.map(\.description)
        }
        #expect(problems("CapEff:\t000001ffffffffff\n") == [])
        #expect(
            problems("CapEff:\t0000000000000000\n") == [
                "deployd.json: limits.memory: found \"2G\", expected at most \"1G\", the hard limit of the master, which "
                    + "only root may raise; in deployd's unit it is LimitAS=; elsewhere limits.conf(5) has it"
            ])
    }

    @Test("A generation has a limit of processes, whatever their kinds")
    func crowd() throws {
        let scratch = try TemporaryDirectory()
        func manifest(_ count: Int) -> String {
            let kinds = (1...count).map { "k\($0): ['site']" }.joined(separator: ", ")
            return "{ command: ['site'], processes: { app: { command: ['site'], workers: 1000 }, \(kinds) } }"
        }
        try scratch.release("releases/v1", manifest: manifest(22))
        #expect(try check(scratch, "{ listen: ['127.0.0.1:0'], workers: 2 }").problems == [])
        try scratch.release("releases/v1", manifest: manifest(23))
        #expect(
            try check(scratch, "{ listen: ['127.0.0.1:0'], workers: 2 }").problems.map(\.description) == [
                "releases/v1/release.json: processes: found 1025 workers in all, expected at most 1024 in a generation: "
                    + "the web workers and those of all kinds together"
            ])
    }

    @Test("What leads out of a release is looked at: an error where nothing is, a warning into another release")
    func looksInside() throws {
        let scratch = try TemporaryDirectory()
        for name in ["v1", "v2"] { try scratch.release("releases/\(name)") }
        let base = scratch.path
        func link(_ name: String, _ target: String) throws {
            try Files.replaceLink(scratch.path("releases/v2/\(name)"), target: target)
        }
        try link("dead", "../v0/data")
        try link("inner", "nothing")
        try link("fine", "release.json")
        try link("shared", "../v1/release.json")
        try link("loop", "loop")
        try scratch.write("releases/v2/bin/run", "#!\(base)/releases/v1/bin/python3\n")
        try Files.setMode(scratch.path("releases/v2/bin/run"), 0o755)
        let report = try check(scratch, "{ listen: ['127.0.0.1:0'] }", release: "v2", looksInside: true)
        #expect(
            report.problems.map(\.description) == [
                "releases/v2/dead: found a dangling link to \(base)/releases/v0/data, "
                    + "expected a link to something that exists"
            ])
        let warnings: [String] = [
            "releases/v2/inner is a dangling link to \(base)/releases/v2/nothing",
            "releases/v2/loop is a dangling link to \(base)/releases/v2/loop",
            "releases/v2/dead is a link into another release (\(base)/releases/v0/data): it breaks when that one is removed",
            "releases/v2/shared is a link into another release (\(base)/releases/v1/release.json): "
                + "it breaks when that one is removed",
            "releases/v2/bin/run is run by \(base)/releases/v1/bin/python3, which belongs to another release: "
                + "create it again here",
        ]
        #expect(report.warnings == warnings)
        #expect(try check(scratch, "{ listen: ['127.0.0.1:0'] }", release: "v2").problems == [])
    }

    @Test("A state directory that cannot be kept is told, unless a master keeps it")
    func tellsState() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        try scratch.write("file", "")
        try Files.makeDirectory(scratch.path("state/lock"))
        for (state, found) in [
            ("file/state", "\(scratch.path)/file/state, to be created in \(scratch.path)/file, which is no directory"),
            ("file", "\(scratch.path)/file, which is no directory"),
            ("state", "something other than a file"),
        ] {
            let configuration = "{ listen: ['127.0.0.1:0'], state: '\(state)' }"
            let problem = try #require(try check(scratch, configuration).problems.first, "\(state)")
            #expect(problem.found == found, "\(problem)")
        }
        #expect(try check(scratch, "{ listen: ['127.0.0.1:0'], state: 'state' }", masterRuns: true).problems == [])
    }

    @Test("A closed home directory is no place for a site; any other can be opened")
    func closedHome() {
        for home in ["/root", "/home/anna"] {
            let advice = AccessCheck.way(into: home)
            #expect(advice.hasPrefix("move the site, for instance to /srv") && !advice.contains("chmod"), "\(advice)")
        }
        #expect(AccessCheck.way(into: "/home/anna/x y").hasPrefix("chmod o+x '/home/anna/x y', or"))
        #expect(AccessCheck.way(into: "/srv/site").hasPrefix("chmod o+x /srv/site, or"))
    }

    @Test("A busy address where there is no file names no file")
    func tellsBusyDefault() throws {
        let surroundings = Surroundings(workingDirectory: "/nowhere")
        #expect(
            Configuration.defaults(surroundings).shownFile(surroundings) == "the defaults (there is no deployd.json)")
    }

    @Test(
        "A release whose name or path could steer a terminal is refused", arguments: ["a\nb", "a\u{1B}[31m", "a\u{9B}"])
    func refusesControlCharacters(name: String) throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/\(name)")
        try Files.replaceLink(scratch.path("releases/link"), target: name)
        for way in [name, "link"] {
            let report = try check(scratch, "{ listen: ['127.0.0.1:0'] }", release: "releases/\(way)")
            #expect(report.problems.map(\.expected) == ["a name that can be printed"], "\(way)")
            for problem in report.problems { #expect(ForeignText.isHarmless(problem.description)) }
        }
    }
}
