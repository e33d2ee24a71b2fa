import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("What runs as root is in root's hands alone")
struct RootCheckTests {
    private static let other: UInt32 = 65534

    private static func problems(_ scratch: TemporaryDirectory) throws -> [Problem] {
        try scratch.write("deployd.json", "{}")
        let surroundings = Surroundings(
            workingDirectory: scratch.path, environment: ["PATH": "/usr/bin:/bin"], userID: 0,
            executableDirectory: "/nowhere", cores: 2)
        let configuration = try Configuration.load(named: nil, surroundings: surroundings)
        return ReleaseResolver(configuration: configuration, surroundings: surroundings).examine("releases/v1").problems
    }

    private static func give(_ scratch: TemporaryDirectory, _ names: String...) throws {
        for name in names {
            let kind = try Files.status(scratch.path(name)).kind
            try Files.setOwner(scratch.path(name), uid: other, gid: other, of: kind)
        }
    }

    private static func mayTest(_ name: String) -> Bool {
        if ThisProcess.uid == 0 { return true }
        skipped(name, because: "only root gives a file away")
        return false
    }

    /// A release with the keys of `manifest`, and a directory of somebody else's with a program and variables.
    private static func scratch(_ manifest: String) throws -> TemporaryDirectory {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1", manifest: "{ user: 'root', \(manifest) }")
        try scratch.write("releases/v1/bin/run", "#!/bin/sh\n", mode: 0o755)
        try scratch.write("theirs/x/run", "#!/bin/sh\n", mode: 0o755)
        try scratch.write("theirs/site.env", "LD_PRELOAD=/tmp/x.so\n")
        try give(scratch, "theirs", "theirs/x", "theirs/x/run", "theirs/site.env")
        return scratch
    }

    @Test func `a program that others can change does not run as root, nor one in their directory`() throws {
        guard Self.mayTest("a program that others can change") else { return }
        let scratch = try Self.scratch("command: ['run'], hooks: { before: ['run'] }")
        #expect(try Self.problems(scratch) == [])
        try Self.give(scratch, "releases/v1/bin/run")
        let program = scratch.path("releases/v1/bin/run")
        let told = try Self.problems(scratch)
        #expect(told.map(\.keyPath) == ["command[0]"], "each part is told once")
        #expect(told.first?.found == "\(program), which belongs to user 65534")
        #expect(told.first?.advice.hasSuffix("chown -h root \(program) && chmod go-w \(program)") == true)
        try Self.give(scratch, "releases/v1/bin")
        let directory = scratch.path("releases/v1/bin")
        #expect(
            try Self.problems(scratch).map(\.found) == [
                "\(program), on the way to which \(directory) belongs to user 65534"
            ])
        // As somebody else it may run.
        try scratch.write("releases/v1/release.json", "{ user: '65534', command: ['run'] }")
        #expect(try Self.problems(scratch) == [])
        try scratch.write(
            "releases/v1/release.json",
            "{ user: '65534', command: ['site'], hooks: { before: { command: ['run'], user: 'root' } } }")
        #expect(try Self.problems(scratch).map(\.keyPath) == ["hooks.before.command[0]"])
    }

    @Test func `a program of others is told in the text of a shell too`() throws {
        guard Self.mayTest("a program in the text of a shell") else { return }
        let scratch = try Self.scratch(
            "command: ['run'], hooks: { before: ['sh', '-ec', 'A=b; bin/hook --x && ls /'] }")
        try scratch.write("releases/v1/bin/hook", "#!/bin/sh\n", mode: 0o755)
        #expect(try Self.problems(scratch) == [])
        try Self.give(scratch, "releases/v1/bin/hook")
        let told = try Self.problems(scratch)
        #expect(told.map(\.keyPath) == ["hooks.before.command[2]"], "\(told)")
        #expect(told.first?.found == "\(scratch.path("releases/v1/bin/hook")), which belongs to user 65534")
    }

    @Test func `a link to what is others' does not run as root, nor what they interpret`() throws {
        guard Self.mayTest("a link to what is others'") else { return }
        let scratch = try Self.scratch("command: ['other'], processes: { job: ['script'], env: ['env'] }")
        try scratch.write("releases/v1/script", "#!\(scratch.path("theirs/x/run"))\n", mode: 0o755)
        try scratch.write("theirs/env", "#!/bin/sh\n", mode: 0o755)
        try Self.give(scratch, "theirs/env")
        try scratch.write("releases/v1/env", "#!\(scratch.path("theirs/env")) sh\n", mode: 0o755)
        try Files.replaceLink(scratch.path("releases/v1/other"), target: scratch.path("theirs/x/run"))
        let theirs = scratch.path("theirs")
        #expect(
            try Self.problems(scratch).map(\.found) == [
                "\(scratch.path("releases/v1/other")), on the way to which \(theirs) belongs to user 65534"
            ], "each part is told once")
        try Files.setOwner(theirs, uid: 0, gid: 0, of: .directory)
        try Files.setOwner(scratch.path("theirs/x"), uid: 0, gid: 0, of: .directory)
        #expect(try Self.problems(scratch).map(\.keyPath) == ["command[0]", "processes.env.command[0]"])
        try scratch.write("releases/v1/other2", "#!/bin/sh\n", mode: 0o755)
        try scratch.write(
            "releases/v1/release.json", "{ user: 'root', command: ['other2'], processes: { job: ['script'] } }")
        #expect(
            try Self.problems(scratch).map(\.found) == [
                "\(scratch.path("theirs/x/run")), which belongs to user 65534"
            ])
    }

    @Test func `a directory, variables and files that others can change are not those of a process of root's`() throws {
        guard Self.mayTest("a directory, variables and files that others can change") else { return }
        for (manifest, key) in [
            ("command: ['sh', '-c', './run'], directory: 'sub/x'", "directory"),
            ("command: ['site'], environmentFiles: ['../../theirs/site.env']", "environmentFiles[0]"),
            ("command: ['sh', 'sub/x/run.sh']", "command[1]"),
        ] {
            let scratch = try Self.scratch(manifest)
            try scratch.write("theirs/x/run.sh", "")
            try Files.replaceLink(scratch.path("releases/v1/sub"), target: scratch.path("theirs"))
            let found = try Self.problems(scratch)
            #expect(found.map(\.keyPath) == [key], "\(found)")
        }
    }

    @Test func `a release in a directory of others' does not run as root`() throws {
        guard Self.mayTest("a release in a directory of others'") else { return }
        let scratch = try Self.scratch("command: ['site']")
        try Self.give(scratch, "releases")
        let found = try Self.problems(scratch)
        #expect(found.map(\.file) == ["releases/v1"])
        #expect(found.first?.expected == "a release that only root can change, as it would run as root")
        let advice = try #require(found.first?.advice)
        #expect(advice.hasSuffix("if it is to run as root: move the release to a directory that only root can write"))
    }

    @Test func `a path is one word of a command, a link changes its owner alone, and a directory elsewhere nothing`()
        throws
    {
        guard Self.mayTest("a path is one word of a command") else { return }
        let scratch = try Self.scratch("command: ['my run'], processes: { a: ['link'], b: ['other'] }")
        for name in ["my run", "link.sh"] { try scratch.write("releases/v1/\(name)", "#!/bin/sh\n", mode: 0o755) }
        try Self.give(scratch, "releases/v1/my run")
        let link = scratch.path("releases/v1/link")
        try Files.replaceLink(link, target: "link.sh")
        try Child.expect([try Program.path("chown"), "-h", "65534", link])
        try Files.replaceLink(scratch.path("releases/v1/other"), target: scratch.path("theirs/x/run"))
        let advice = try Self.problems(scratch).map(\.advice)
        let mine = "'\(scratch.path("releases/v1/my run"))'"
        let ends = [
            "chown -h root \(mine) && chmod go-w \(mine)", "as root: chown -h root \(link)",
            "move what lies in it to a directory that only root can write",
        ]
        #expect(advice.count == ends.count)
        for (advice, end) in zip(advice, ends) { #expect(advice.hasSuffix(end), "\(advice)") }
    }

    @Test func `root's own group may write, and one that nobody is in; one with members may not`() throws {
        guard Self.mayTest("root's own group may write") else { return }
        let scratch = try Self.scratch("command: ['run']")
        let places = ["releases", "releases/v1", "releases/v1/release.json", "releases/v1/bin", "releases/v1/bin/run"]
        for name in places { try Files.setMode(scratch.path(name), 0o775) }
        #expect(try Self.problems(scratch) == [])
        let directory = scratch.path("releases/v1/bin")
        guard GroupAccount.isNobodys(50), !GroupAccount.isNobodys(1) else {
            return skipped("a group that nobody is in", because: "group 50 is not there, or has members")
        }
        try Files.setOwner(directory, uid: 0, gid: 50, of: .directory)
        #expect(try Self.problems(scratch) == [])
        try Files.setOwner(directory, uid: 0, gid: 1, of: .directory)
        #expect(try Self.problems(scratch).map(\.keyPath) == ["command[0]"])
    }

    @Test func `the first part of a way that others can change is found, and a sticky directory is none`() throws {
        let scratch = try TemporaryDirectory()
        let trust = FileTrust(user: ThisProcess.uid)
        let file = try scratch.write("a/b/file", "")
        guard trust.foreignPart(onWayTo: scratch.path) == nil else {
            return skipped("the first part of a way", because: "others can write to \(scratch.path)")
        }
        #expect(trust.foreignPart(onWayTo: file) == nil)
        #expect(trust.foreignPart(onWayTo: scratch.path("a/none")) == nil)
        try Files.replaceLink(scratch.path("link"), target: "a/../a/b")
        try Files.setMode(scratch.path("a/b"), 0o777)
        for path in [file, scratch.path("link/file")] {
            let part = trust.foreignPart(onWayTo: path)
            #expect(part?.place == scratch.path("a/b"))
            #expect(part?.why == "may be written to by others (mode 777)")
        }
        try Files.setMode(scratch.path("a/b"), 0o1777)
        #expect(trust.foreignPart(onWayTo: file) == nil)
        try Files.setMode(file, 0o646)
        #expect(trust.foreignPart(onWayTo: scratch.path("link/file"))?.place == file)
        try Files.replaceLink(scratch.path("circle"), target: "circle")
        #expect(trust.foreignPart(onWayTo: scratch.path("circle")) == nil)
    }
}
