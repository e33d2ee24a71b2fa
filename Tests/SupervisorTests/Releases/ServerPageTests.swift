import Linux
import Testing

@testable import Supervisor

@Suite("Pages about servers")
struct ServerPageTests {
    private static func text(_ name: String, source: String = #filePath) throws -> String {
        let page = Paths.join(source, "../../../../docs/how-to/servers/\(name).md")
        return String(decoding: try Files.read(page), as: UTF8.self)
    }

    /// The examples of a page, each as a file would have it.
    private static func examples(_ page: String) -> [String] {
        page.split(separator: "```json5\n").dropFirst().map { rest in
            rest.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0 != "```" }
                .map { $0 + "\n" }.joined()
        }
    }

    @Test("Each preset has a page, with the manifests that init writes", arguments: ServerPreset.all.map(\.name))
    func page(name: String) throws {
        let preset = try #require(ServerPreset.named(name))
        let page = try Self.text(name)
        let written = [preset.manifest, preset.behindWeb].compactMap(\.self)
        #expect(Array(Self.examples(page).prefix(written.count)) == written)
        #expect(page.contains("`deployd init --server \(name) DIR`"))
        #expect(page.contains("\n## What it cannot do\n"))
    }

    @Test("The first page names each, and each example is a manifest without a mistake")
    func index() throws {
        let index = try Self.text("README")
        for name in ServerPreset.all.map(\.name) {
            #expect(index.contains("](\(name).md)"), "\(name)")
            for example in Self.examples(try Self.text(name)) {
                let reading = Manifest.read(Array(example.utf8), directory: "/releases/v1", shownFile: "release.json")
                #expect(reading.problems.map(\.description) == [], "\(name)")
            }
        }
    }
}
