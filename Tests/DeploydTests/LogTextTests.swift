import Testing

@testable import deployd

@Suite("The output of workers, as `logs` prints it")
struct LogTextTests {
    private static func printed(_ text: String, colours: Bool, cut: Int? = nil) -> String {
        var log = LogText(keepsColours: colours)
        let bytes = Array(text.utf8)
        guard let cut else { return log.printable(bytes) + log.end() }
        return log.printable(Array(bytes[..<cut])) + log.printable(Array(bytes[cut...])) + log.end()
    }

    @Test(
        "lets colours through to a terminal that wants them, and nothing else to anybody",
        arguments: [
            ("plain\täöü 日本\n", "plain\täöü 日本\n", "plain\täöü 日本\n"),
            ("\u{1B}[31mred\u{1B}[0m\n", "\u{1B}[31mred\u{1B}[0m\n", "red\n"),
            ("\u{1B}[1;38:5:9mx\u{1B}[m y\n", "\u{1B}[1;38:5:9mx\u{1B}[m y\n", "x y\n"),
            ("\u{1B}[31mred\nnext\n", "\u{1B}[31mred\u{1B}[0m\nnext\n", "red\nnext\n"),
            ("\u{1B}[2J\u{1B}[H", "?[2J?[H", "?[2J?[H"), ("\u{1B}]0;title\u{7}x", "?]0;title?x", "?]0;title?x"),
            ("\u{1B}c\u{1B}[", "?c?[", "?c?["), ("a\r\nb\rc\n", "a\nb?c\n", "a\nb?c\n"),
            ("\u{9B}31m\u{85}\u{8}", "?31m??", "?31m??"), ("\u{1B}\u{1B}[31mx", "?\u{1B}[31mx\u{1B}[0m", "?x"),
            ("\u{1B}[3\n1m", "?[3\n1m", "?[3\n1m"), ("a\u{202E}b\u{2028}c", "a?b?c", "a?b?c"),
        ])
    func filters(text: String, terminal: String, file: String) {
        #expect(Self.printed(text, colours: true) == terminal)
        #expect(Self.printed(text, colours: false) == file)
        // However it comes in pieces, it is the same.
        for cut in 0...text.utf8.count {
            #expect(Self.printed(text, colours: true, cut: cut) == terminal, "cut at \(cut)")
        }
    }

    @Test("does not wait for ever for the end of a code")
    func endlessCode() {
        let text = "\u{1B}[" + String(repeating: "1;", count: 200)
        #expect(Self.printed(text, colours: true) == "?[" + String(repeating: "1;", count: 200))
    }
}
