import Linux
import Testing

@testable import deployd

@Suite("What users read about the command")
struct DocumentationTests {
    /// The package's folder: three above this file.
    private static func file(_ name: String, from source: String = #filePath) throws -> String {
        let root = (0..<3).reduce(source) { path, _ in Files.directory(of: path) }
        return String(decoding: try Files.read("\(root)/\(name)"), as: UTF8.self)
    }

    /// The parts of docs/reference/commands.md by the verb in their heading.
    private static func sections() throws -> [String: Substring] {
        var sections: [String: Substring] = [:]
        let page = try file("docs/reference/commands.md")
        for part in page.split(separator: "\n## deployd ", omittingEmptySubsequences: true).dropFirst() {
            let heading = part.prefix { $0 != "\n" }
            sections[String(heading.prefix { $0 != " " })] = part
        }
        return sections
    }

    @Test("docs/reference/commands.md has a part for every verb, with its usage, and none for another")
    func verbs() throws {
        let sections = try Self.sections()
        #expect(Set(sections.keys) == Set(VerbTable.verbs.map(\.name)))
        for verb in VerbTable.verbs {
            let heading = ([verb.name] + verb.operands.map(\.usage)).joined(separator: " ")
            #expect(sections[verb.name]?.hasPrefix("\(heading)\n") == true, "## deployd \(heading)")
        }
    }

    @Test("docs/reference/commands.md names every option where its verb is")
    func options() throws {
        let sections = try Self.sections()
        for verb in VerbTable.verbs {
            for option in verb.options {
                let long = "`\(option.nameWithValue)`"
                #expect(sections[verb.name]?.contains(long) == true, "\(verb.name) \(long)")
                guard let short = option.short else { continue }
                let shown = option.value.map { "`\(short) \($0)`" } ?? "`\(short)`"
                #expect(sections[verb.name]?.contains(shown) == true, "\(verb.name) \(shown)")
            }
        }
        let page = try Self.file("docs/reference/commands.md")
        for option in [Option.config, .help] { #expect(page.contains(option.name)) }
    }

    /// The pages of Markdown of these folders, by their path from the package's folder.
    private static func pages(from source: String = #filePath) throws -> [String] {
        let root = (0..<3).reduce(source) { path, _ in Files.directory(of: path) }
        return try [
            "", "docs/", "docs/tutorial/", "docs/how-to/", "docs/how-to/servers/", "docs/reference/",
            "docs/explanation/",
        ].flatMap { folder in
            try Files.list("\(root)/\(folder)").filter { $0.hasSuffix(".md") }.map { folder + $0 }
        }
    }

    @Test("Every `deployd VERB --option` of the pages is an option that the verb has")
    func optionsExist() throws {
        var count = 0
        for page in try Self.pages() where page != "CHANGELOG.md" {
            for match in try Self.file(page).matches(of: /`deployd ([a-z]+)([^`\n]*)`/) {
                guard let verb = VerbTable.verbs.first(where: { $0.name == match.1 }) else { continue }
                let known = verb.allOptions.flatMap { [$0.name, $0.short].compactMap(\.self) }
                for word in match.2.split(separator: " ").filter({ $0.hasPrefix("-") && $0 != "--" }) {
                    let option = word.prefix { $0.isLetter || $0 == "-" }
                    count += 1
                    #expect(known.contains(String(option)), "\(page): \(match.0)")
                }
            }
        }
        #expect(count > 20)
    }

    @Test("README.md says that no release is removed unless `keep` asks for it, and where")
    func keep() throws {
        let text = try Self.file("README.md").split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let sentences =
            "Releases stay where you put them. Only with `keep` in "
            + "[deployd.json](docs/reference/configuration.md#old-releases) are the oldest removed after a deploy"
        #expect(text.contains(sentences))
    }

    @Test("docs/reference/commands.md has every exit code with its meaning")
    func exitCodes() throws {
        let page = try Self.file("docs/reference/commands.md")
        for code in ExitCode.allCases { #expect(page.contains("| \(code.rawValue) | \(code.meaning)"), "\(code)") }
    }

    @Test("every page of help fits into 120 columns and says how to use the verb")
    func help() {
        for verb in VerbTable.verbs {
            let page = HelpText(width: 120).page(for: verb)
            #expect(page.hasPrefix("usage: deployd \(verb.name)"))
            for line in page.split(separator: "\n") { #expect(line.count <= 120, "\(line)") }
        }
        let overview = HelpText(width: 200).overview(VerbTable.verbs)
        for verb in VerbTable.verbs { #expect(overview.contains("  \(verb.name) ")) }
    }
}
