import Linux
import TestSupport
import Testing

@testable import Supervisor
@testable import deployd

@Suite("What may come next on a command line")
struct CompletionTests {
    /// The words that are offered; nil: any file.
    private func words(_ line: String...) -> [String]? { Completion(line).answer?.map(\.word) }

    @Test("Verbs, with what they do")
    func verbs() throws {
        #expect(words("") == VerbTable.verbs.map(\.name))
        #expect(words("re") == ["restart", "reload", "releases"])
        #expect(words("--config", "a.json", "prom") == ["promote"])
        #expect(words("--config=a.json", "prom") == ["promote"])
        #expect(words("help", "prom") == ["promote"])
        #expect(words("nonsense", "") == [])
        let help = VerbTable.verbs.first { $0.name == "promote" }?.summary
        #expect(Completion(["promot"]).answer?.first?.help == help)
    }

    @Test("Every option of every verb, until it is given")
    func options() throws {
        for verb in VerbTable.verbs { #expect(words(verb.name, "-") == verb.allOptions.map(\.name)) }
        #expect(words("--v") == ["--version"])
        #expect(words("deploy", "--wait", "--w") == [])
        #expect(words("deploy", "--json", "--w") == ["--wait"])
        #expect(words("deploy", "--", "--w") == [])
    }

    @Test(
        "Values of options, as each shell divides the line",
        arguments: [
            (["init", "--server", "puma"], ["puma"]),
            (["init", "--server=puma"], ["--server=puma"]),
            (["init", "--server", "=", "puma"], ["puma"]),
            (["deploy", "--timeout", "9"], ["90s"]),
            (["deploy", "--canary", "=", "2"], ["25"]),
            (["deploy", "--canary=2"], ["--canary=25"]),
            (["logs", "--lines", ""], []),
            (["completion", "z"], ["zsh"]),
            (["stop", "x"], []),
        ] as [([String], [String])])
    func values(line: [String], offered: [String]) {
        #expect(Completion(line).answer?.map(\.word) == offered)
    }

    @Test(
        "Files are the shell's",
        arguments: [
            ["check", "--config", ""], ["check", "--config=x"], ["check", "--config", "="],
            ["check", "--config", "=", "x"], ["upgrade", ""], ["init", ""],
        ])
    func files(line: [String]) { #expect(Completion(line).answer == nil) }

    @Test("Releases are directories with a manifest: by their names, or by a path that leads to one")
    func releases() throws {
        let site = try TemporaryDirectory()
        let file = try site.write("deployd.json", "{ releases: \"many\" }")
        for name in ["many/v1", "many/v2", "many/w", "else/where/x"] { try site.write("\(name)/release.json", "{}") }
        try site.write("many/.hidden/release.json", "{}")
        try site.write("many/nothing/file", "")
        try site.write("many/bad\nname/release.json", "{}")
        let offered = { (word: String) in words("deploy", "--config", file, word) }
        #expect(offered("") == ["v1", "v2", "w"])
        #expect(offered("v") == ["v1", "v2"])
        #expect(words("deploy", "--config=\(file)", "--wait", "w") == ["w"])
        #expect(words("deploy", "--config", file, "v1", "") == [])
        #expect(offered(site.path("many/v")) == [site.path("many/v1"), site.path("many/v2")])
        #expect(offered(site.path("else/")) == [site.path("else/where/")])
        #expect(offered(site.path("else/where/")) == [site.path("else/where/x")])
        for verb in ["start", "rollback", "check"] { #expect(words(verb, "--config", file, "w") == ["w"]) }
    }

    @Test("Generations and kinds are those with a log")
    func logs() throws {
        let site = try TemporaryDirectory()
        let file = try site.write("deployd.json", "{ state: \"state\" }")
        for name in ["2.log", "10.log", "10.queue.log", "x.log"] { try site.write("state/logs/\(name)", "") }
        #expect(words("logs", "--config", file, "") == ["10", "2"])
        #expect(words("logs", "--config", file, "--process", "") == ["queue", "web"])
    }
}
