import Linux
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("Pages about the two files")
struct DocumentationTests {
    /// A page of the package's documentation.
    private struct Page {
        /// The first cells of the rows of all tables that name a key, with the cells behind it.
        var rows: [String: [String]] = [:]
        /// The examples.
        var examples: [String] = []

        init(_ name: String, source: String = #filePath) throws {
            let root = Paths.join(source, "../../../..")
            let page = try Files.read(Paths.join(root, "docs/\(name)"))
            let text = String(decoding: page, as: UTF8.self)
            var example: [Substring]?
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                if line == "```json5" {
                    example = []
                } else if line == "```", let lines = example {
                    examples.append(lines.joined(separator: "\n"))
                    example = nil
                } else if example != nil {
                    example?.append(line)
                } else if line.hasPrefix("| `"), !line.hasPrefix("| `\"") {
                    let cells = line.dropFirst(2).dropLast(2).split(separator: " | ").map(String.init)
                    rows[cells[0].filter { $0 != "`" }] = Array(cells.dropFirst())
                }
            }
        }

        /// The default that the page tells for `key`.
        func defaultText(_ key: String) -> String? { rows[key].map { $0[1].filter { $0 != "`" && $0 != "\"" } } }
    }

    private static let configuration = Configuration.read(
        Array("{ listen: [{ address: '127.0.0.1:1' }], shared: { place: { directory: '/d' } } }".utf8), file: "/f",
        surroundings: Surroundings(workingDirectory: "/"))
    private static let manifest = Manifest.read(
        Array(
            "{ canary: [{ percent: 1 }], processes: { name: { command: ['a'] } }, web: { rules: [{ path: '/' }] } }"
                .utf8),
        directory: "/",
        shownFile: "f")

    @Test("Every key of deployd.json has its row, and no row is about another key")
    func documentsConfiguration() throws {
        let keys = Self.configuration.knownKeys.map { $0.replacing("shared.place", with: "shared.PLACE") }
        #expect(Set(try Page("reference/configuration.md").rows.keys) == Set(keys))
    }

    @Test("Every key of release.json has its row, and no row is about another key")
    func documentsManifest() throws {
        // The keys inside limits are told once, with deployd.json.
        let keys = Self.manifest.knownKeys.filter { !$0.hasPrefix("limits.") }
            .map { $0.replacing("processes.name", with: "processes.NAME") }
        #expect(Set(try Page("reference/release.md").rows.keys) == Set(keys))
    }

    @Test("Every example can be read without a problem")
    func readsExamples() throws {
        let configurations = try Page("reference/configuration.md").examples
        #expect(configurations.count >= 3)
        for example in configurations {
            let reading = Configuration.read(
                Array(example.utf8), file: "/f", surroundings: Surroundings(workingDirectory: "/"))
            #expect(reading.problems == [], "\(example)")
        }
        let manifests = try Page("reference/release.md").examples
        #expect(manifests.count >= 3)
        for example in manifests {
            #expect(Manifest.read(Array(example.utf8), directory: "/", shownFile: "f").problems == [], "\(example)")
        }
    }

    @Test(
        "Every example of a release.json on another page can be read without a problem",
        arguments: [
            "explanation/processes", "how-to/canary", "how-to/hooks", "how-to/prove-a-release",
            "how-to/replace-workers", "how-to/tls-front", "reference/web", "tutorial/first-deploy",
        ])
    func readsOtherExamples(page: String) throws {
        let manifests = try Page("\(page).md").examples
        #expect(!manifests.isEmpty)
        for example in manifests {
            #expect(Manifest.read(Array(example.utf8), directory: "/", shownFile: "f").problems == [], "\(example)")
        }
    }

    @Test("The manifests of the example site can be read", arguments: ["v1", "v2"])
    func readsExampleSite(name: String) throws {
        let directory = Paths.join(#filePath, "../../../../releases/\(name)")
        let bytes = try Files.read(Paths.join(directory, Defaults.manifestFile))
        let manifest = try Manifest.read(bytes, directory: directory, shownFile: "release.json").get()
        #expect(manifest.command == ["site-\(name)"])
    }

    @Test("The defaults of deployd.json are told as they are")
    func tellsConfigurationDefaults() throws {
        let page = try Page("reference/configuration.md")
        let defaults = [
            "listen": "[\(Defaults.listen)]", "listen[].backlog": "\(Defaults.backlog)", "workers": "auto",
            "state": Defaults.state, "releases": Defaults.releases, "release": Defaults.release,
            "policies.readyTimeout": Durations.text(Defaults.readyTimeout),
            "policies.killGrace": Durations.text(Defaults.killGrace), "policies.maxDraining": "\(Defaults.maxDraining)",
            "policies.maxQueued": "\(Defaults.maxQueued)",
            "policies.respawn.firstDelay": Durations.text(Defaults.respawnFirstDelay),
            "policies.respawn.longestDelay": Durations.text(Defaults.respawnLongestDelay),
            "policies.respawn.healthyAfter": Durations.text(Defaults.respawnHealthyAfter),
            "policies.respawn.crashLoopExits": "\(Defaults.crashLoopExits)",
            "policies.respawn.crashLoopWindow": Durations.text(Defaults.crashLoopWindow),
            "policies.logs.limit": Sizes.text(Defaults.logLimitBytes),
        ]
        for (key, text) in defaults { #expect(page.defaultText(key) == text, "\(key)") }
    }

    @Test("The defaults of release.json are told as they are")
    func tellsManifestDefaults() throws {
        let page = try Page("reference/release.md")
        let defaults = [
            "directory": Defaults.directory, "health.path": Defaults.healthPath,
            "health.status": "\(Defaults.healthStatus)",
            "health.timeout": Durations.text(Defaults.healthTimeout),
            "health.interval": Durations.text(Defaults.healthInterval),
            "health.count": "\(Defaults.healthCount)", "readiness": Manifest.ReadinessRule.auto.rawValue,
            "drain.requests": Durations.text(Defaults.drainRequests),
            "drain.upgrades": Durations.text(Defaults.drainUpgrades),
            "drain.signal": "TERM", "watch": Durations.text(Defaults.watch),
            "watch.for": Durations.text(Defaults.watch),
            "rollback": Manifest.RollbackRule.allowed.rawValue,
        ].merging(try Self.watchDefaults()) { $1 }
        for (key, text) in defaults { #expect(page.defaultText(key) == text, "\(key)") }
        #expect(Defaults.drainSignal == .term)
    }

    private static func watchDefaults() throws -> [String: String] {
        let evidence = EvidencePolicy()
        let (errors, latency) = (try #require(evidence.errors), try #require(evidence.latency))
        let (queue, probes) = (try #require(evidence.queue), try #require(evidence.probes))
        #expect(evidence.stuckRequests == 5, "the row of watch.hang has it")
        let thresholds = ErrorLimit.thresholds
        #expect(thresholds.points == 2 && thresholds.answers == 20 && thresholds.count == 5, "the rows of watch.errors")
        return [
            "watch.interval": Durations.text(evidence.interval),
            "watch.alpha": "\(evidence.alpha)", "watch.atMost": Durations.text(evidence.atMost),
            "watch.errors.points": "\(errors.points)", "watch.latency.factor": "\(latency.factor)",
            "watch.latency.above": Durations.text(latency.above),
            "watch.queue.length": "\(queue.length)", "watch.queue.for": Durations.text(queue.lasting),
            "watch.hang": Durations.text(try #require(evidence.hang)),
            "watch.probes.interval": Durations.text(probes.interval), "watch.probes.count": "\(probes.count)",
        ]
    }
}
