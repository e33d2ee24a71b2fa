import Testing

@testable import deployd

@Suite("Times, sizes and tables")
struct TextTests {
    @Test(
        "An age has two units at most",
        arguments: [
            (0, "0 s"), (-3, "0 s"), (59, "59 s"), (60, "1 min"), (125, "2 min 5 s"), (3600, "1 h"),
            (3725, "1 h 2 min"),
            (86_400, "1 d"), (1_040_520, "12 d 1 h"),
        ])
    func ages(seconds: Int, text: String) {
        #expect(TimeText.age(seconds: seconds) == text)
    }

    @Test(
        "A duration is as fine as it matters",
        arguments: [
            (0, "0.0 ms"), (0.26, "0.3 ms"), (9.94, "9.9 ms"), (9.96, "10 ms"), (38.2, "38 ms"), (999.6, "1.0 s"),
            (5320.5, "5.3 s"), (59_960, "1 min"), (125_000, "2 min 5 s"), (.infinity, "?"), (.nan, "?"), (-1, "0.0 ms"),
            (1e300, "11574074074 d 1 h"),
        ] as [(Double, String)])
    func durations(milliseconds: Double, text: String) {
        #expect(TimeText.took(milliseconds: milliseconds) == text)
    }

    @Test(
        "A size has a unit with its 1024",
        arguments: [(0, "0 KiB"), (831_488, "812 KiB"), (7_340_032, "7.0 MiB"), (1_288_490_188, "1.2 GiB")])
    func sizes(bytes: Int, text: String) {
        #expect(MemoryText.size(bytes: bytes) == text)
    }

    @Test("A table's columns stand straight, colours or not, and no line ends with a space")
    func table() {
        for paint in [Paint.off, Paint.on] {
            var table = TextTable(
                [.init("A", .right), .init("LONG", .left), .init("", .left)], paint: paint)
            table.add([TextTable.Cell("1"), TextTable.Cell("x", .good), TextTable.Cell("why")])
            table.add([TextTable.Cell("100"), TextTable.Cell("yy")])
            table.add([TextTable.Cell("2"), TextTable.Cell(""), TextTable.Cell("")])
            let plain = table.lines().map { $0.replacing(#/\u{1B}\[[0-9;]*m/#, with: "") }
            #expect(plain == ["  A  LONG", "  1  x     why", "100  yy", "  2"])
            #expect(table.lines().contains { $0.contains("\u{1B}") } == paint.isOn)
        }
    }

    @Test("A page of help fits into any width, and no word is lost", arguments: [30, 60, 80, 100])
    func help(width: Int) {
        let wide = HelpText(width: 10_000)
        let narrow = HelpText(width: width)
        func words(_ text: String) -> [Substring] { text.split { $0 == " " || $0 == "\n" } }
        var pages = [(wide.overview(VerbTable.verbs), narrow.overview(VerbTable.verbs))]
        pages += VerbTable.verbs.map { (wide.page(for: $0), narrow.page(for: $0)) }
        for (wide, narrow) in pages {
            #expect(words(narrow) == words(wide))
            // Words, and commands to type, are not cut.
            for line in narrow.split(separator: "\n") where line.count > width {
                #expect(words(String(line)).count == 1 || line.hasPrefix("  "), "\(line)")
            }
        }
    }

    @Test("The help of start says when another release than RELEASE serves")
    func startRelease() throws {
        let verb = try #require(VerbTable.verbs.first { $0.name == "start" })
        let page = HelpText(width: 10_000).page(for: verb)
        let sentence = "If the workers of an earlier master still serve, it takes them over, whatever RELEASE is."
        #expect(page.contains(sentence), "\(page)")
    }

    @Test("A line that has to stay one is cut before the last place, colours or not")
    func cut() {
        let columns = Columns(width: 10, height: nil)
        #expect(columns.cut(line: "123456789") == "123456789")
        #expect(columns.cut(line: "1234567890") == "12345678…")
        #expect(columns.cut(line: "\u{1B}[33m1234567890ab\u{1B}[0m") == "\u{1B}[33m12345678\u{1B}[0m…")
        #expect(Columns.unlimited.cut(line: String(repeating: "x", count: 500)).count == 500)
    }
}
