import Linux
import Testing

/// The pages that users read first: every link leads somewhere, every verb exists, and the first commands work.
@Suite("The pages")
struct ReadmeTests {
    /// The package's folder: three above this file.
    private static let root = (0..<3).reduce(#filePath) { path, _ in Files.directory(of: path) }

    private static func text(_ page: String) throws -> String {
        String(decoding: try Files.read("\(root)/\(page)"), as: UTF8.self)
    }

    /// The blocks of code of the README in this language, in order.
    static func blocks(_ language: String) throws -> [String] {
        try text("README.md").matches(of: /\n```([a-z0-9]*)\n((?s).*?)\n```/).filter { $0.1 == language }.map {
            String($0.2)
        }
    }

    /// Every page of Markdown, by its path from the package's folder.
    private static func pages() throws -> [String] {
        try [
            "", "docs/", "docs/tutorial/", "docs/how-to/", "docs/how-to/servers/", "docs/reference/",
            "docs/explanation/", "Benchmarks/", "deploy/dns/",
        ].flatMap { folder in
            try Files.list("\(root)/\(folder)").filter { $0.hasSuffix(".md") }.map { folder + $0 }
        }.sorted()
    }

    /// The anchors that a page's headings make: lower case, words joined by hyphens, without punctuation.
    private static func anchors(of page: String) throws -> Set<String> {
        let headings = try text(page).split(separator: "\n").filter { $0.hasPrefix("#") }
        return Set(
            headings.map { heading in
                let words = heading.drop { $0 == "#" || $0 == " " }.lowercased()
                let kept = words.filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }
                return String(kept.map { $0 == " " ? "-" : $0 })
            })
    }

    @Test("Every link between pages leads to a file, and every anchor to a heading")
    func links() throws {
        var count = 0
        for page in try Self.pages() {
            let folder = page.split(separator: "/").dropLast().map { "\($0)/" }.joined()
            for match in try Self.text(page).matches(of: /\]\(([^)\s]+)\)/) {
                guard !match.1.contains("://") else { continue }
                let parts = match.1.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
                let target = parts[0].isEmpty ? page : folder + parts[0]
                count += 1
                guard Files.kind("\(Self.root)/\(target)") != nil else {
                    Issue.record("\(page): \(match.1) leads nowhere")
                    continue
                }
                guard parts.count == 2 else { continue }
                let real = try Files.realPath("\(Self.root)/\(target)").dropFirst(Files.realPath(Self.root).count + 1)
                #expect(try Self.anchors(of: String(real)).contains(String(parts[1])), "\(page): \(match.1)")
            }
        }
        #expect(count > 40)
    }

    @Test("Every `deployd VERB` is a verb that docs/reference/commands.md has")
    func verbs() throws {
        let commands = try Self.text("docs/reference/commands.md")
        let known = Set(commands.matches(of: /\n## deployd ([a-z]+)/).map { String($0.1) })
        #expect(known.count > 10)
        for page in try Self.pages() {
            for match in try Self.text(page).matches(of: /(?:`|\$ |\n|`sudo )deployd ([a-z]+)/) {
                #expect(known.contains(String(match.1)), "\(page): deployd \(match.1)")
            }
        }
        let readme = try Self.text("README.md")
        for verb in known { #expect(readme.contains("`deployd \(verb)"), "README.md does not name \(verb)") }
    }

    @Test("The README's first commands start what the package builds, and CI runs its tests")
    func firstCommands() throws {
        let blocks = try Self.blocks("")
        let start = try #require(blocks.first)
        #expect(start.contains("swift run -c release deployd start"))
        #expect(try Self.text("Package.swift").contains(#".executable(name: "deployd""#))
        #expect(blocks[1] == "swift test")
        #expect(try Self.text("scripts/check").contains("swift test"))
        #expect(try Self.text(".ci/run").contains("scripts/check"))
    }

    @Test("The releases of the tour are there")
    func tour() throws {
        let readme = try Self.text("README.md")
        for release in ["releases/v1", "releases/v2"] {
            #expect(Files.kind("\(Self.root)/\(release)/release.json") == .file)
        }
        #expect(readme.contains("deployd deploy releases/v2"))
    }
}
