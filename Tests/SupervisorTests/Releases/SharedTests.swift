import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("Directories that releases share")
struct SharedTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.release("releases/v1")
    }

    private var base: String { (try? Files.realPath(directory.path)) ?? directory.path }

    private func configuration(_ shared: String) throws -> Configuration {
        try Configuration.read(
            Array("{ shared: \(shared) }".utf8), file: Paths.join(base, "deployd.json"),
            surroundings: Surroundings(workingDirectory: base)
        ).get()
    }

    private func problems(_ shared: String) throws -> [String] {
        let resolver = ReleaseResolver(
            configuration: try configuration(shared),
            surroundings: Surroundings(workingDirectory: base, userID: ThisProcess.uid))
        return resolver.examine("releases/v1").problems.map(\.description)
    }

    private func make(_ shared: String, workers: FileOwner? = nil) throws {
        let configuration = try configuration(shared)
        try SharedPlacement(
            directories: configuration.shared, release: Paths.join(base, "releases/v1"), workers: workers,
            file: "deployd.json", layout: ReleaseLayout(configuration)
        ).make()
    }

    @Test("A directory is its path alone, or an object; relative ones start at the file")
    func reads() throws {
        let shared = try configuration(
            "{ 'wp-content/uploads': 'data/up', log: { directory: '/log', owner: 'a', group: 'b', mode: '0750' } }"
        ).shared
        #expect(
            shared == [
                SharedDirectory(link: "log", directory: "/log", owner: "a", group: "b", mode: 0o750),
                SharedDirectory(link: "wp-content/uploads", directory: "\(base)/data/up"),
            ])
    }

    @Test(
        "Mistakes are told with their key",
        arguments: [
            ("'up'", "shared: found \"up\", expected an object of places"),
            ("{ '/up': '/x' }", "the place \"/up\", expected a path in the release"),
            ("{ '../up': '/x' }", "the place \"../up\""), ("{ 'a//b': '/x' }", "the place \"a//b\""),
            ("{ '.': '/x' }", "the place \".\""), ("{ 'release.json': '/x' }", "the place \"release.json\""),
            ("{ a: '/x', 'a/b': '/y' }", "found \"a/b\" in \"a\", expected places that do not lie in each other"),
            ("{ a: 5 }", "shared.a: found 5, expected a directory, or an object"),
            ("{ a: {} }", "shared.a.directory: found nothing"),
            ("{ a: { directory: '/x', mode: 'rwx' } }", "shared.a.mode: found \"rwx\", expected octal digits"),
            ("{ a: { directory: '/x', mod: '0750' } }", "shared.a.mod: found an unknown key, expected \"mode\""),
        ])
    func mistakes(_ shared: String, _ words: String) {
        let reading = Configuration.read(
            Array("{ shared: \(shared) }".utf8), file: "/f", surroundings: Surroundings(workingDirectory: "/"))
        #expect(reading.problems.contains { $0.description.contains(words) }, "\(reading.problems)")
    }

    @Test("They are made with their mode, and linked into a release, once and again")
    func makes() throws {
        let shared = "{ 'wp-content/uploads': { directory: 'data/deep/up', mode: '0750' }, log: 'log' }"
        #expect(try problems(shared) == [])
        #expect(Files.kind("\(base)/data") == nil, "a check makes nothing")
        try make(shared)
        let status = try Files.status("\(base)/data/deep/up")
        #expect(status.kind == .directory && status.mode & 0o7777 == 0o750)
        #expect(try Files.readLink("\(base)/releases/v1/wp-content/uploads") == "\(base)/data/deep/up")
        #expect(try Files.readLink("\(base)/releases/v1/log") == "\(base)/log")
        try Files.setMode("\(base)/log", 0o700)
        try make(shared)
        #expect(try Files.status("\(base)/log").mode & 0o777 == 0o700, "what is there stays as it is")
        #expect(try problems(shared) == [])
    }

    @Test("A directory that is gone, as with its disk, is not made anew where a link says that it was there")
    func lost() throws {
        let shared = "{ up: 'disk/up' }"
        try make(shared)
        try Files.replaceLink("\(base)/current", target: "releases/v1")
        try Files.removeTree("\(base)/disk/up")
        #expect(try problems(shared) == [], "what has served with it can be started again")
        try make(shared)
        #expect(Files.kind("\(base)/disk/up") == nil)
        // A release that is new to it: its link is another's word.
        try Files.unlink("\(base)/current")
        try Files.rename("\(base)/releases/v1", to: "\(base)/releases/v0")
        try directory.release("releases/v1")
        let found = try problems(shared)
        #expect(found.count == 1 && found[0].contains("found no \(base)/disk/up, to which v0 has a link"), "\(found)")
        try Files.removeTree("\(base)/releases/v0")
        #expect(try problems(shared) == [])
        try make(shared)
        #expect(Files.kind("\(base)/disk/up") == .directory)
    }

    @Test("A link that leads there by other words is well, and what a person put there is refused and stays")
    func keeps() throws {
        let release = "\(base)/releases/v1"
        try Files.makeDirectory("\(base)/up")
        try Files.replaceLink("\(release)/up", target: "../../up")
        try make("{ up: 'up' }")
        #expect(try Files.readLink("\(release)/up") == "../../up")
        try directory.write("releases/v1/own/file.txt", "a person's")
        try directory.write("releases/v1/text", "a person's")
        try Files.makeDirectory("\(release)/empty")
        try Files.replaceLink("\(release)/other", target: "/etc")
        for (place, words) in [
            (
                "own",
                "a directory with 1 entry, expected nothing, or a link to \(base)/up (`shared.own` in deployd.json); move"
            ),
            ("text", "found a file"), ("empty", "found an empty directory"), ("other", "found a link to /etc"),
            ("text/deep", "releases/v1/text: found a file, expected a directory, in which"),
            ("other/deep", "releases/v1/other: found a link, expected a directory, in which"),
        ] {
            let shared = "{ '\(place)': '\(base)/up' }"
            let problems = try problems(shared)
            #expect(problems.count == 1 && problems[0].contains(words), "\(place): \(problems)")
            #expect(throws: ProblemsFound.self) { try make(shared) }
        }
        #expect(try Files.read("\(release)/own/file.txt") == Array("a person's".utf8))
        #expect(try Files.read("\(release)/text") == Array("a person's".utf8))
        #expect(Files.kind("/etc/deep") == nil)
    }

    @Test(
        "A place that goes with releases or the state is refused, and so is one that is no directory",
        arguments: [
            ("releases/v1/data", "which lies in the directory of releases"), ("releases", "which lies in"),
            (".", "which contains the directory of releases"), (".deployd/up", "which lies in the state directory"),
            ("deployd.txt/up", "deployd.txt, which is no directory"),
        ])
    func places(_ place: String, _ words: String) throws {
        try directory.write("deployd.txt", "")
        let problems = try problems("{ up: '\(place)' }")
        #expect(problems.contains { $0.contains(words) }, "\(problems)")
    }

    @Test("Nothing is made where a link leads away: neither for the directory nor in the release")
    func followsNothing() throws {
        try Files.makeDirectory("\(base)/elsewhere")
        try Files.replaceLink("\(base)/data", target: "elsewhere")
        let error = #expect(throws: ProblemsFound.self) { try make("{ up: 'data/up' }") }
        #expect(error?.description.contains("no link is followed") == true)
        try Files.replaceLink("\(base)/releases/v1/sub", target: "../../elsewhere")
        #expect(throws: ProblemsFound.self) { try make("{ 'sub/up': 'up' }") }
        #expect(try Files.list("\(base)/elsewhere") == [])
    }

    @Test("Root gives a new directory to the workers, and the link to the release's owner")
    func owners() throws {
        guard ThisProcess.uid == 0 else { return skipped("SharedTests.owners", because: "other users need root") }
        let release = "\(base)/releases/v1"
        try Files.setOwner(release, uid: 12, gid: 13, of: .directory)
        try make(
            "{ 'sub/up': 'up', log: { directory: 'log', owner: 'www-data' } }", workers: FileOwner(uid: 4321, gid: 4322)
        )
        let made = try Files.status("\(base)/up")
        #expect(made.uid == 4321 && made.gid == 4322)
        #expect(try Files.status("\(base)/log").uid == UserAccount.find("www-data")?.uid)
        for place in ["sub", "sub/up", "log"] {
            let status = try Files.status("\(release)/\(place)", followingLinks: false)
            #expect(status.uid == 12 && status.gid == 13, "\(place)")
        }
    }

    @Test("The removal of a release takes the link away, and nothing of what it leads to")
    func removal() throws {
        try make("{ up: 'up' }")
        try directory.write("up/picture.png", "a user's")
        try Files.removeTree("\(base)/releases/v1")
        #expect(Files.kind("\(base)/releases/v1") == nil)
        #expect(try Files.read("\(base)/up/picture.png") == Array("a user's".utf8))
    }
}
