import Linux
import Supervisor
import TestSupport
import Testing

@testable import deployd

@Suite("The built command without a master")
struct CommandAloneTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("deployd.json", "{ state: 'state' }")
    }

    private func run(_ arguments: String...) throws -> Child.Finished {
        try Child.run(try StubMaster.command(arguments, directory: directory))
    }

    @Test(
        "exits with 69 and names the socket and the remedy",
        arguments: [["deploy", "v2"], ["rollback"], ["restart"], ["scale", "2"], ["stop"], ["status"]])
    func noMaster(arguments: [String]) throws {
        let finished = try Child.run(try StubMaster.command(arguments, directory: directory))
        #expect(finished.status == .exited(code: 69))
        #expect(
            finished.errors
                == "deployd: no master listens on \(directory.path("state/control.sock")): start it with "
                + "`deployd start --config \(directory.path("deployd.json"))`\n")
    }

    @Test("prints a unit that runs as the user whose site it is, and says why")
    func unit() throws {
        guard ThisProcess.uid == 0 else { return skipped("unit", because: "only root gives a file away") }
        let state = directory.path("state")
        try Files.makeDirectory(state)
        #expect(try !run("unit").output.contains("\nUser="))
        try Files.setOwner(state, uid: 65534, gid: nil, of: .directory)
        let unit = try run("unit").output
        #expect(unit.contains("\n# The site is user nobody's, who owns its state: \(state)\nUser=nobody\n"), "\(unit)")
        #expect(unit.contains("\nCapabilityBoundingSet=\n"), "\(unit)")
    }

    @Test("warns of workers that run as root though nobody said so, behind the verdict, which stays as it is")
    func rootWorkers() throws {
        try directory.write("releases/v1/release.json", "{ command: ['site'] }")
        try directory.write("releases/v1/site", "#!/bin/sh\n", mode: 0o755)
        let isRoot = ThisProcess.uid == 0
        for (settings, isWarned) in [("", isRoot)] + (isRoot ? [("user: 'root'", false)] : []) {
            try directory.write("deployd.json", "{ listen: ['127.0.0.1:0'], state: 'state', \(settings) }")
            let check = try run("check")
            #expect(check.status == .exited(code: 0), "\(check.errors)")
            #expect(check.output.hasPrefix("all is well\n"))
            #expect(check.output.contains("\nwarning: the workers run as root") == isWarned, "\(check.output)")
            #expect(check.errors == "")
        }
    }

    @Test("exits with 64 for a command line that is wrong, before anything else")
    func usage() throws {
        let finished = try run("deplyo", "v2")
        #expect(finished.status == .exited(code: 64))
        #expect(finished.errors == "deployd: unknown verb \"deplyo\"; did you mean deploy? (see `deployd help`)\n")
        #expect(try run("scale", "0").status == .exited(code: 64))
        #expect(try run("deploy", "").status == .exited(code: 64))
        #expect(try run("upgrade", "").status == .exited(code: 64))
    }

    @Test("writes a manifest for the application and the environment that it finds in the directory")
    func initInProject() throws {
        for (file, text) in [
            ("manage.py", "#!/usr/bin/env python\n"), ("shop/wsgi.py", "application = get_wsgi_application()\n"),
            ("venv/pyvenv.cfg", "home = /usr/bin\n"), ("venv/bin/gunicorn", "#!/bin/sh\n"),
        ] { try directory.write("releases/v1/\(file)", text, mode: 0o755) }
        let written = try run("init", "--server", "gunicorn", directory.path("releases/v1"))
        #expect(written.status == .exited(code: 0), "\(written.errors)")
        for line in ["the application: shop.wsgi:application", "the environment: venv, active for"] {
            #expect(written.output.contains(line), "\(written.output)")
        }
        let manifest = String(decoding: try Files.read(directory.path("releases/v1/release.json")), as: UTF8.self)
        #expect(manifest.contains("\"shop.wsgi:application\"]"), "\(manifest)")
        #expect(!written.output.contains("app.py"), "it is another: \(written.output)")
    }

    /// The command in another working directory, without a configuration of its own.
    private func run(in place: String, _ arguments: [String]) throws -> Child.Finished {
        let script = "unset DEPLOYD_CONFIG; cd \"$1\" && shift && exec \"$@\""
        return try Child.run(["sh", "-c", script, "sh", place, try Products.path("deployd")] + arguments)
    }

    @Test("makes a site of files of the working directory, and overwrites nothing that is there")
    func initFiles() throws {
        try Files.makeDirectory(directory.path("new"))
        let new = try run(in: directory.path("new"), ["init", "--server", "files"])
        #expect(new.status == .exited(code: 0), "\(new.errors)")
        #expect(
            new.output == """
                wrote ./release.json: a site of files: public, with an index.html
                wrote ./public/index.html: a first page
                to check it: deployd check .

                """)
        #expect(try Files.list(directory.path("new")) == ["public", "release.json"])
        try directory.write("old/public/index.htm", "mine")
        let old = try run("init", "--server", "files", directory.path("old"))
        #expect(old.status == .exited(code: 0), "\(old.errors)")
        #expect(try Files.list(directory.path("old/public")) == ["index.htm"])
        let again = try run(in: directory.path("new"), ["init", "--server", "node"])
        #expect(again.status == .exited(code: 1))
        #expect(again.errors.contains("./release.json: found a file, which is left as it is"), "\(again.errors)")
        try directory.write("swift/Package.swift", "mine")
        let swift = try run(in: directory.path("swift"), ["init", "--swift", "--package", "/srv/deployd"])
        #expect(swift.status == .exited(code: 1))
        #expect(try Files.list(directory.path("swift")) == ["Package.swift"])
    }

    @Test("sees the pages that lie there already, and writes no page before them")
    func initBesidePages() throws {
        for page in ["index.html", "about us.html", "style.css"] { try directory.write("mine/\(page)", "mine") }
        let mine = directory.path("mine")
        let loose = try run("init", "--server", "files", mine)
        #expect(loose.status == .exited(code: 0), "\(loose.errors)")
        #expect(try Files.list(mine).sorted() == ["about us.html", "index.html", "release.json", "style.css"])
        #expect(
            loose.output.contains(
                "mkdir \(mine)/public && mv '\(mine)/about us.html' \(mine)/index.html \(mine)/public\n"),
            "\(loose.output)")
        // Until that is done nothing is served, and check says so.
        #expect(try run("check", mine).errors.contains("web.files: found \"public\", expected a directory"))
        try directory.write("made/_site/index.html", "made")
        let made = try run("init", "--server", "files", directory.path("made"))
        #expect(made.output.contains("\nthe site: _site\n"), "\(made.output)")
        let manifest = String(decoding: try Files.read(directory.path("made/release.json")), as: UTF8.self)
        #expect(manifest.contains("web: { files: \"_site\" }") && !manifest.contains("public"), "\(manifest)")
        #expect(try Files.list(directory.path("made")).sorted() == ["_site", "release.json"])
    }

    @Test(
        "names the preset that a language or a framework means",
        arguments: [
            ("php", "php-fpm"), ("fpm", "php-fpm"), ("flask", "gunicorn"), ("Django", "gunicorn"), ("rails", "puma"),
            ("static", "files"), ("html", "files"), ("python", "gunicorn"), ("gunicron", "gunicorn"),
        ])
    func meant(name: String, preset: String) throws {
        let unknown = try run("init", "--server", name, directory.path("new"))
        #expect(unknown.status == .exited(code: 64))
        #expect(
            unknown.errors == "deployd: init: --server \(name): unknown server; did you mean \(preset)? "
                + "`deployd init --list` has the names\n")
        #expect(Files.kind(directory.path("new")) == nil)
    }

    @Test("leads from a name that means nothing to the list")
    func unknownServer() throws {
        let unknown = try run("init", "--server", "xyzzyx", directory.path("new"))
        #expect(
            unknown.errors
                == "deployd: init: --server xyzzyx: unknown server; `deployd init --list` has the names\n")
    }

    @Test("says of a start that failed why, and that a directory is missing, not that it is empty")
    func failedStart() throws {
        try directory.write(
            "state/history.jsonl",
            """
            {"id":1,"time":"2026-01-02T03:04:05.678Z","who":{"user":"anna","uid":1000,"pid":9},"verb":"start",\
            "to":"\(directory.path)/releases/v1","generation":1,"outcome":"failed","reason":"worker 1.1 exited with code 3",\
            "steps":[]}

            """)
        let status = try run("status")
        #expect(status.status == .exited(code: 69))
        #expect(status.errors.hasSuffix("; the last start failed: worker 1.1 exited with code 3\n"), "\(status.errors)")
        #expect(try run("check", "v1").errors.contains("there is no directory \(directory.path("releases"))\n"))
        try Files.makeDirectory(directory.path("releases"))
        #expect(try run("check", "v1").errors.contains("\(directory.path("releases")) has no releases"))
    }

    @Test("lists the known servers in lines that fit", arguments: [60, 80])
    func listing(width: Int) throws {
        let lines = InitVerb.listing(width: width)
        #expect(lines.allSatisfy { $0.count <= width }, "\(lines)")
        #expect(ServerPreset.all.allSatisfy { preset in lines.contains { $0.hasPrefix("\(preset.name)  ") } })
        #expect(try run("init", "--list").output == InitVerb.listing(width: 80).map { $0 + "\n" }.joined())
    }

    @Test("shows the history and the logs that a master left")
    func files() throws {
        try Files.makeDirectory(directory.path("state"))
        #expect(try run("history").output == "nothing was deployed yet\n")
        try directory.write(
            "state/history.jsonl",
            """
            {"id":1,"time":"2026-01-02T03:04:05.678Z","who":{"user":"anna","uid":1000,"pid":9},"verb":"deploy",\
            "from":"\(directory.path)/releases/v1","to":"\(directory.path)/releases/v2","generation":2,\
            "outcome":"committed","reason":"","steps":[{"name":"booting","milliseconds":38.5}]}
            {"id":2,"time":"2026-01-0

            """)
        let history = try run("history")
        #expect(
            history.output == """
                   WHEN                  WHO   VERB    FROM  TO  GEN  OUTCOME     TOOK
                1  2026-01-02 03:04:05Z  anna  deploy  v1    v2    2  committed  39 ms

                """)
        #expect(history.errors.contains(": skipped 1 line that cannot be read"))
        try directory.write("state/logs/2.log", "one\ntwo\n")
        try directory.write("state/logs/11.log", "eleven\n")
        #expect(try run("logs").output == "eleven\n")
        #expect(try run("logs", "2", "-n", "1").output == "two\n")
        let missing = try run("logs", "7")
        #expect(missing.status == .exited(code: 1))
        #expect(
            missing.errors
                == "deployd: logs: generation 7 has no log in \(directory.path)/state/logs; there are logs of generations "
                + "2 and 11\n"
        )
    }

    @Test("shows of which kind of process a line is, where there are several")
    func kindsOfLogs() throws {
        try directory.write("state/logs/2.log", "one\ntwo\n")
        try directory.write("state/logs/2.queue.log", "working\nbroken off")
        try directory.write("state/logs/1.queue.log", "of another generation\n")
        #expect(try run("logs").output == "web   | one\nweb   | two\nqueue | working\nqueue | broken off\n")
        #expect(try run("logs", "2", "-n", "1").output == "web   | two\nqueue | broken off\n")
        #expect(try run("logs", "2", "--process", "queue").output == "working\nbroken off")
        #expect(try run("logs", "2", "--process", "web").output == "one\ntwo\n")
        #expect(try run("logs", "1").output == "of another generation\n")
        let missing = try run("logs", "2", "--process", "mail")
        #expect(missing.status == .exited(code: 1))
        #expect(
            missing.errors
                == "deployd: logs: generation 2 has no log of \"mail\"; it has logs of web, queue\n")
    }

    @Test("follows the logs of several kinds, also of one that begins later, and keeps their lines apart")
    func followKinds() throws {
        let path = try directory.write("state/logs/2.log", "one\n")
        let child = try Child(try StubMaster.command(["logs", "-f", "2"], directory: directory))
        try child.wait(forOutput: "one\n")
        let web = try Files.openForAppending(path)
        try directory.write("state/logs/2.app.log", "up\n")
        try child.wait(forOutput: "app | up\n")
        try web.writeAll(Array("half a".utf8))
        try Files.openForAppending(directory.path("state/logs/2.app.log")).writeAll(Array("and on\n".utf8))
        try child.wait(forOutput: "app | and on\n")
        try web.writeAll(Array(" line\n".utf8))
        try child.wait(forOutput: "web | half a line\n")
        try child.send(.int)
        _ = try child.wait()
    }

    @Test("follows a log until it is told to end")
    func follow() throws {
        let path = try directory.write("state/logs/2.log", "one\n")
        let child = try Child(try StubMaster.command(["logs", "-f", "2"], directory: directory))
        try child.wait(forOutput: "one\n")
        try Files.openForAppending(path).writeAll(Array("two\n".utf8))
        try child.wait(forOutput: "one\ntwo\n")
        try child.send(.int)
        #expect(try child.wait() == .signalled(.int, dumpedCore: false))
    }

    @Test("prints its version and its pages")
    func pages() throws {
        #expect(try run("version").output == "deployd 0.1.0\n")
        #expect(try run("--version").output == "deployd 0.1.0\n")
        #expect(try run("help", "deploy").output == run("deploy", "--help").output)
        #expect(try run("help").status == .exited(code: 0))
    }

    /// Every verb, with operands that it takes.
    static let everyVerb: [[String]] = VerbTable.verbs.filter { $0.name != "help" }.map {
        [$0.name] + $0.operands.filter(\.isRequired).map { ["N": "2", "on|off": "on"][$0.name] ?? "v2" }
    }

    @Test("refuses a configuration that was named and cannot be read, whatever the verb", arguments: everyVerb)
    func namedConfiguration(arguments: [String]) throws {
        // (One that is not there is what init is for.)
        guard arguments != ["init"] else { return }
        let wrong = directory.path("nosuch.json")
        let program = try Products.path("deployd")
        let byOption = try Child.run([program, "--config", wrong] + arguments)
        let byVariable = try Child.run(["env", "DEPLOYD_CONFIG=\(wrong)", program] + arguments)
        for finished in [byOption, byVariable] {
            #expect(finished.status == .exited(code: 1))
            #expect(finished.errors.contains("nosuch.json: found nothing there"), "\(finished.errors)")
            #expect(finished.output == "")
        }
        #expect(byVariable.errors.contains("DEPLOYD_CONFIG names it"))
    }

    @Test("writes the first configuration where it was named, and never a second time")
    func firstConfiguration() throws {
        let file = directory.path("first/deployd.json")
        let command = [try Products.path("deployd"), "init", "--config", file]
        let finished = try Child.run(command + ["--listen", "127.0.0.1:0"])
        #expect(finished.output.hasPrefix("wrote \(file): releases in \(directory.path("first/releases"))\n"))
        #expect(try Child.run(["grep", "-c", "listen: \\[\"127.0.0.1:0\"\\]", file]).output == "1\n")
        let text = try Files.read(file)
        let again = try Child.run(command)
        #expect(again.status == .exited(code: 1) && again.errors.contains("which is left as it is"), "\(again.errors)")
        #expect(try Files.read(file) == text)
        for words in [
            ["--https", "FOO"], ["--listen", "80"], ["--user", "no such user"], ["--https", "a.b", "DIR"],
        ] {
            let refused = try Child.run(command + words)
            #expect(refused.status == .exited(code: 64), "\(refused.errors)")
        }
    }

    @Test(
        "refuses a named configuration that does not say which master is meant",
        arguments: ["{ state: 'state', ", "", "[]", "{ state: 5 }", "{ sate: 'elsewhere' }"])
    func illegibleConfiguration(text: String) throws {
        try directory.write("staging.json", text)
        let finished = try Child.run([try Products.path("deployd"), "stop", "--config", directory.path("staging.json")])
        #expect(finished.status == .exited(code: 1))
        #expect(finished.errors.contains("staging.json"), "\(finished.errors)")
        #expect(!finished.errors.contains("no master"), "\(finished.errors)")
    }

    @Test("says in a wrong directory where it looked, and leaves nothing there", arguments: everyVerb)
    func wrongDirectory(arguments: [String]) throws {
        guard !["init", "version", "completion"].contains(arguments[0]) else { return }
        let elsewhere = try TemporaryDirectory()
        let script = "unset DEPLOYD_CONFIG; cd \"$1\" && shift && exec \"$@\""
        let finished = try Child.run(
            ["sh", "-c", script, "sh", elsewhere.path, try Products.path("deployd")] + arguments)
        #expect(
            finished.errors.contains("there is no deployd.json in \(try Files.realPath(elsewhere.path)), and no"),
            "\(finished.errors)")
        // That there is no file is allowed: it must not look like the mistakes.
        for line in finished.errors.split(separator: "\n") where line.contains("there is no deployd.json in") {
            #expect(line.hasPrefix("note: "), "\(line)")
            #expect(line.hasPrefix("note: the defaults apply: ") == ["check", "start", "unit"].contains(arguments[0]))
        }
        #expect(finished.status != .exited(code: 0) || arguments == ["unit"])
        #expect(try Files.list(elsewhere.path) == [])
    }
}
