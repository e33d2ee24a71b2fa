import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("What a start serves")
struct StartReleaseTests {
    private let scratch: TemporaryDirectory
    private let configuration: Configuration

    init() throws {
        scratch = try TemporaryDirectory()
        configuration = Configuration.defaults(Surroundings(workingDirectory: scratch.path))
        for name in ["v1", "v2", "v3"] { try scratch.release("releases/\(name)") }
    }

    private func place(_ name: String) -> String { scratch.path("releases/\(name)") }

    private func history(_ commits: [String]) -> History {
        let records = commits.enumerated().map { HistoryTests.record($0 + 1, to: $1) }
        return History(path: "/none", content: records.flatMap(History.line))
    }

    private func choose(_ commits: [String], named: String? = nil) throws -> StartRelease {
        try StartRelease.choose(named: named, history: history(commits), configuration: configuration)
    }

    @Test("is what was named, else what was committed last, else the configured first one")
    func order() throws {
        let commits = ["v1", "v2", "v3"].map(place)
        #expect(try choose(commits, named: "/srv/x") == StartRelease(path: "/srv/x", notes: []))
        #expect(try choose(commits) == StartRelease(path: place("v3"), notes: []))
        #expect(try choose([]) == StartRelease(path: place("v1"), notes: []))
    }

    @Test("is the last good one that is there, and says which one is not")
    func missing() throws {
        try Files.removeTree(place("v3"))
        let chosen = try choose(["v1", "v2", "v3"].map(place))
        #expect(chosen.path == place("v2"))
        let note = try #require(chosen.notes.first)
        #expect(note.hasPrefix("v3, the release that was committed last, no longer exists (\(place("v3"))): v2"))
        #expect(note.contains("`deployd deploy RELEASE`"))
    }

    @Test("is refused when none of what was committed is there, though a first one is configured")
    func noneLeft() throws {
        let commits = ["v2", "v3"].map(place)
        for path in commits { try Files.removeTree(path) }
        let error = #expect(throws: ProblemsFound.self) { try choose(commits) }
        let problem = try #require(error?.problems.first)
        #expect(problem.found == "none of the releases that were committed (v3, v2)")
        #expect(problem.advice.contains("deployd start RELEASE"))
    }

    @Test("is not what somebody made `current` point to, and says so", arguments: [true, false])
    func ignoresCurrent(hasHistory: Bool) throws {
        try Files.replaceLink(scratch.path("current"), target: "releases/v3")
        let chosen = try choose(hasHistory ? ["v1", "v2"].map(place) : [])
        #expect(chosen.path == place(hasHistory ? "v2" : "v1"))
        let note = try #require(chosen.notes.first)
        #expect(note.hasPrefix("\(scratch.path("current")) points to v3"))
    }

    @Test("is found again where the whole site was moved")
    func moved() throws {
        #expect(try choose(["/elsewhere/releases/v2"]).path == place("v2"))
        #expect(throws: ProblemsFound.self) { try choose([place("gone")]) }
    }
}
