import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("What a release has the master read, it reads with the rights of who writes the release")
struct ReleaseFileTests {
    /// A user whom the release belongs to, and who is not the master's.
    private static let other: UInt32 = 65534

    private static func examine(_ scratch: TemporaryDirectory, _ settings: String = "") throws -> ReleaseExamination {
        try scratch.write("deployd.json", "{ user: 'nobody', \(settings) }")
        let surroundings = Surroundings(
            workingDirectory: scratch.path, environment: ["PATH": "/usr/bin:/bin"], userID: ThisProcess.uid,
            groupID: ThisProcess.gid, executableDirectory: "/nowhere", cores: 2)
        let configuration = try Configuration.load(named: nil, surroundings: surroundings)
        return ReleaseResolver(configuration: configuration, surroundings: surroundings).examine("releases/v1")
    }

    /// A release of somebody else's.
    private static func release(_ scratch: TemporaryDirectory, _ manifest: String) throws {
        try scratch.release("releases/v1", manifest: "{ command: ['site'], \(manifest) }")
        for name in ["release.json", "site"] {
            try Files.setOwner(scratch.path("releases/v1/\(name)"), uid: other, gid: other, of: .file)
        }
        try Files.setOwner(scratch.path("releases/v1"), uid: other, gid: other, of: .directory)
    }

    private static func mayTest(_ name: String) -> Bool {
        if ThisProcess.uid == 0, UserAccount.find("nobody")?.uid == other { return true }
        skipped(name, because: "only root gives a file away, to a user nobody of number 65534")
        return false
    }

    @Test func `a release may not make its owner somebody else, unless root's file says so`() throws {
        guard Self.mayTest("a release that names another user") else { return }
        let scratch = try TemporaryDirectory()
        let hooks = "hooks: { before: { command: ['site'], user: 'daemon' } }"
        try Self.release(scratch, "user: 'daemon', group: 'shadow', \(hooks)")
        let problems = try Self.examine(scratch).problems
        #expect(problems.map(\.keyPath) == ["user", "group", "hooks.before.user"])
        #expect(problems.first?.expected.contains("the owner of the release, nobody, could run programs as") == true)
        #expect(problems.first?.advice == "name it in deployd.json: { user: \"daemon\" }")
        // What root says, and what he is, he may say too.
        try Self.release(scratch, "user: 'nobody', group: 'nogroup'")
        #expect(try Self.examine(scratch).problems == [])
        try Self.release(scratch, "group: 'daemon'")
        #expect(try Self.examine(scratch, "group: 'daemon'").problems == [])
        // A release of root's may.
        let own = try TemporaryDirectory()
        try own.release("releases/v1", manifest: "{ command: ['site'], user: 'daemon', group: 'daemon' }")
        #expect(try Self.examine(own).problems == [])
    }

    @Test func `an environment file that the owner of the release may not read is refused, and nothing of it is told`()
        throws
    {
        guard Self.mayTest("an environment file that the owner may not read") else { return }
        let scratch = try TemporaryDirectory()
        let secret = try scratch.write("secret.env", "SECRET=1\nhunter2\n", mode: 0o600)
        try Self.release(scratch, "environmentFiles: ['\(secret)']")
        let refused = try Self.examine(scratch)
        #expect(refused.problems.map(\.keyPath) == ["environmentFiles[0]"])
        #expect(refused.problems.first?.found == "\(secret), which the owner of the release, nobody, may not read")
        #expect(refused.problems.first?.advice == "name it in `environmentFiles` of deployd.json")
        #expect(refused.warnings == [])
        // The configuration is root's, and may name it.
        try Self.release(scratch, "")
        #expect(try Self.examine(scratch, "environmentFiles: ['secret.env']").release?.environment["SECRET"] == "1")
        // By a link.
        try Self.release(scratch, "environmentFiles: ['e.env']")
        try Files.replaceLink(scratch.path("releases/v1/e.env"), target: secret)
        #expect(try Self.examine(scratch).problems.map(\.keyPath) == ["environmentFiles[0]"])
        // What he may read is read, and a line is told by its number.
        try Files.setMode(secret, 0o644)
        let read = try Self.examine(scratch)
        #expect(read.release?.environment["SECRET"] == "1")
        let line = "releases/v1/e.env:2: found a text without \"=\": the line is ignored"
        #expect(read.warnings == [line])
        // So is what is his own.
        try Files.setMode(secret, 0o600)
        try Files.setOwner(secret, uid: Self.other, gid: nil, of: .file)
        #expect(try Self.examine(scratch).release?.environment["SECRET"] == "1")
        // A directory that he may not enter hides whether there is anything.
        try Files.makeDirectory(scratch.path("private"), mode: 0o700)
        for name in ["private/none", "private/some"] {
            if name == "private/some" { try scratch.write(name, "A=1\n") }
            try Self.release(scratch, "environmentFiles: ['-\(scratch.path(name))']")
            let found = try Self.examine(scratch).problems.map(\.found)
            #expect(found == ["\(scratch.path(name)), which the owner of the release, nobody, may not read"])
        }
        try Self.release(scratch, "environmentFiles: ['-none.env']")
        #expect(try Self.examine(scratch).problems == [])
    }

    @Test func `a release of root's reads what root may read, unless others can change it`() throws {
        guard Self.mayTest("a release of root's reads what root may read") else { return }
        let scratch = try TemporaryDirectory()
        let secret = try scratch.write("secret.env", "SECRET=1\n", mode: 0o600)
        try scratch.release("releases/v1", manifest: "{ command: ['site'], environmentFiles: ['\(secret)'] }")
        #expect(try Self.examine(scratch).release?.environment["SECRET"] == "1")
        let manifest = scratch.path("releases/v1/release.json")
        for path in [manifest, scratch.path("releases/v1"), scratch.path("releases")] {
            let status = try Files.status(path)
            try Files.setMode(path, status.mode | 0o002)
            let found = try Self.examine(scratch).problems.map(\.found)
            #expect(found == ["\(secret), which other users, who can change the release, may not read"])
            try Files.setMode(path, status.mode)
        }
        try Files.setOwner(scratch.path("releases"), uid: Self.other, gid: nil, of: .directory)
        let found = try Self.examine(scratch).problems.map(\.found)
        #expect(found == ["\(secret), which nobody, who can change the release, may not read"])
    }

    @Test func `the owner's own group is taken for him, and a group that cannot get there writes nothing`() throws {
        guard Self.mayTest("the owner's own group") else { return }
        guard let own = UserAccount.find("nobody")?.gid, own != 1 else {
            return skipped("the owner's own group", because: "the group of the user nobody is another's")
        }
        let scratch = try TemporaryDirectory()
        let (releases, release) = (scratch.path("releases"), scratch.path("releases/v1"))
        try Self.release(scratch, "environmentFiles: ['.env'], group: '\(own)'")
        let file = try scratch.write("releases/v1/.env", "SECRET=1\n", mode: 0o600)
        try Files.setOwner(file, uid: Self.other, gid: own, of: .file)
        try Files.setOwner(release, uid: Self.other, gid: own, of: .directory)
        try Files.setMode(release, 0o775)
        #expect(try Self.examine(scratch).release?.environment["SECRET"] == "1")
        // In his home directory nobody else gets at it.
        try Files.setOwner(release, uid: Self.other, gid: 1, of: .directory)
        try Files.setOwner(releases, uid: Self.other, gid: own, of: .directory)
        for mode: UInt32 in [0o700, 0o750] {
            try Files.setMode(releases, mode)
            #expect(try Self.examine(scratch).release?.environment["SECRET"] == "1")
        }
        // Whoever is in the group of a directory that is closed to others gets in.
        let member = "\(file), which a member of group 1, who can change the release, may not read"
        try Files.setOwner(releases, uid: Self.other, gid: 1, of: .directory)
        #expect(try Self.examine(scratch).problems.contains { $0.found == member })
        try Files.setMode(releases, 0o755)
        #expect(try Self.examine(scratch).problems.contains { $0.found == member })
        try Files.setMode(releases, 0o750)
        try Files.setMode(release, 0o757)
        #expect(try Self.examine(scratch).problems.contains { $0.found == member })
    }

    @Test func `a release that is away while its writers are looked for is anybody's, and a user's master has none`()
        throws
    {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        var root = Surroundings(workingDirectory: scratch.path)
        #expect(ReleaseWriters(of: scratch.path("releases/v2"), surroundings: root).others == [.anybody])
        try Files.replaceLink(scratch.path("releases/v2"), target: "v1")
        #expect(ReleaseWriters(of: scratch.path("releases/v2"), surroundings: root).others == [.anybody])
        try Files.replaceLink(scratch.path("releases/v1/release.json"), target: "none")
        #expect(ReleaseWriters(of: scratch.path("releases/v1"), surroundings: root).others == [.anybody])
        try Files.unlink(scratch.path("releases/v1/release.json"))
        #expect(!ReleaseWriters(of: scratch.path("releases/v1"), surroundings: root).others.contains(.anybody))
        root.userID = 1000
        #expect(ReleaseWriters(of: scratch.path("releases/v2"), surroundings: root).others == [])
    }

    @Test func `a manifest that the owner of the release may not read is refused, and nothing of it is told`() throws {
        guard Self.mayTest("a manifest that the owner of the release may not read") else { return }
        let scratch = try TemporaryDirectory()
        try scratch.write("shadow", "hunter2:*:1\n", mode: 0o600)
        try Self.release(scratch, "")
        try Files.replaceLink(scratch.path("releases/v1/release.json"), target: scratch.path("shadow"))
        let problems = try Self.examine(scratch).problems
        #expect(problems.map(\.file) == ["releases/v1/release.json"])
        #expect(problems.first?.found.hasSuffix("which the owner of the release, nobody, may not read") == true)
        #expect(problems.contains { $0.description.contains("hunter2") } == false)
    }

    @Test func `a manifest that is a link to nothing is told as that, where everybody may see that nothing is there`()
        throws
    {
        guard Self.mayTest("a manifest that is a link to nothing") else { return }
        let scratch = try TemporaryDirectory()
        try Files.setMode(scratch.path, 0o755)
        let link = scratch.path("releases/v1/release.json")
        try scratch.release("releases/v1")
        for target in ["../shared/release.json", scratch.path("none.json")] {
            try Files.replaceLink(link, target: target)
            let found = try Self.examine(scratch).problems.map(\.found)
            #expect(found == ["\(link), a link to \(target), where nothing is"])
        }
        try Files.makeDirectory(scratch.path("private"), mode: 0o700)
        try Files.replaceLink(link, target: scratch.path("private/none.json"))
        let found = try Self.examine(scratch).problems.map(\.found)
        #expect(found.count == 1 && found.first?.hasSuffix("may not read") == true, "\(found)")
    }

    @Test func `a program that the owner of the release may not read is not looked into, nor one looked for`() throws {
        guard Self.mayTest("a program that the owner of the release may not read") else { return }
        let scratch = try TemporaryDirectory()
        let program = try scratch.write("run", "#!/nowhere/hunter2\n", mode: 0o711)
        try Files.makeDirectory(scratch.path("private"), mode: 0o700)
        let script = scratch.path("private/none.sh")
        try Self.release(
            scratch, "processes: { run: { command: ['\(program)'] }, script: { command: ['sh', '\(script)'] } }")
        #expect(try Self.examine(scratch).problems == [])
        try Files.setMode(program, 0o755)
        #expect(try Self.examine(scratch).problems.map(\.keyPath) == ["processes.run.command[0]"])
    }

    @Test func `the words of a manifest that lies outside of the release are not told, only their places`() throws {
        let scratch = try TemporaryDirectory()
        try scratch.release("releases/v1")
        let place = scratch.path("releases/v1/release.json")
        let texts: [(String, String?)] = [
            ("hunter2:*:1\n", "1:1"), ("{ hunter2: 1, health: { path: 'hunter2' } }", nil),
        ]
        for (text, position) in texts {
            let outside = try scratch.write("elsewhere.json", text)
            try Files.replaceLink(place, target: outside)
            let surroundings = Surroundings(workingDirectory: scratch.path, userID: ThisProcess.uid)
            let resolver = ReleaseResolver(configuration: .defaults(surroundings), surroundings: surroundings)
            let problems = resolver.examine("releases/v1").problems
            #expect(problems.contains { $0.found == "an error in \(outside), to which it is a link" })
            #expect(!problems.contains { $0.description.contains("hunter2") }, "\(problems)")
            if let position { #expect(problems.first?.position?.description == position) }
        }
    }
}
