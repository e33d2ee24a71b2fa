import Testing

@testable import Supervisor

@Suite("Reading JSON5")
struct JSONTests {
    private func problems(_ text: String) -> [String] {
        do {
            _ = try JSONDocument(Array(text.utf8), file: "f.json")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test("Comments, trailing commas, single quotes and bare keys are welcome")
    func readsJSON5() throws {
        let text = """
            // a comment
            { a: 1, /* another */ 'b': "x\\u0041", "c d": [true, null, 1.5,], e: { f: 0x1F, }, }
            """
        let document = try JSONDocument(Array(text.utf8), file: "f.json")
        #expect(
            document.fields == [
                "a": .integer(1), "b": .text("xA"), "c d": .list([.boolean(true), .null, .number(1.5)]),
                "e": .object(["f": .integer(31)]),
            ])
        #expect(document.outline.positions["e.f"] == TextPosition(line: 2, column: 71))
        #expect(document.outline.positions["[\"c d\"][1]"] == TextPosition(line: 2, column: 53))
    }

    @Test("A file of one long line is read in one go")
    func longLine() throws {
        let text = "{ \u{E9}: [" + String(repeating: "\"\u{E9}\", ", count: 49_000) + "], last: 1 }"
        let document = try JSONDocument(Array(text.utf8), file: "f.json")
        #expect(document.outline.positions["\u{E9}[48999]"] == TextPosition(line: 1, column: 7 + 5 * 48_999))
    }

    @Test("More values or longer names than a person writes are refused before they take memory")
    func bounds() {
        let long = String(repeating: "k", count: 500)
        #expect(problems("{ \(long): { \(long): 1 } }") == [])
        #expect(
            problems("{ \(long): { \(long): { \(long): 1 } } }").first?.hasSuffix(
                "expected a name of at most 1024 bytes, with those that it is in") == true)
        let many = "[" + String(repeating: "1,", count: 50_001) + "]"
        #expect(problems("{ a: \(many) }").first?.hasSuffix("expected at most 50000 values") == true)
    }

    @Test(
        "Bad syntax is told with line and column",
        arguments: [
            ("", "f.json:1:1: found the end of the file, expected a value"),
            ("{\n  a: 1\n  b: 2\n}", "f.json:3:3: found \"b\", expected \",\" or \"}\""),
            ("{ a: }", "f.json:1:6: found \"}\", expected a value"),
            ("{ a 1 }", "f.json:1:5: found \"1\", expected \":\" after the key"),
            ("{ a: yes }", "f.json:1:6: found \"yes\", expected a value; a string needs quotes"),
            ("{ a: 127.0.0.1 }", "f.json:1:6: found \"127.0.0.1\", expected a value; a string needs quotes"),
            ("{ a: 010 }", "f.json:1:6: found \"010\", expected a number without leading zeros"),
            ("{ a: [1 2] }", "f.json:1:9: found \"2\", expected \",\" or \"]\""),
            ("{ a: [1,, 2] }", "f.json:1:9: found \",\", expected a value"),
            ("{ a: 'x }\n", "f.json:1:6: found an unterminated string, expected a closing quote on its line"),
            ("{ /* a: 1 }", "f.json:1:3: found an unterminated comment, expected \"*/\" after it"),
            ("{ a: 1", "f.json:1:7: found the end of the file, expected \",\" or \"}\""),
            ("{ a: 1 } }", "f.json:1:10: found \"}\", expected nothing after the closing brace"),
            ("{ a-b: 1 }", "f.json:1:3: found \"a-b\", expected quotes around such a key"),
            ("{ a: [\"x\" \"y\"] }", "f.json:1:11: found '\"', expected \",\" or \"]\""),
            ("{ a: \\ }", "f.json:1:6: found '\\', expected a value"),
            ("{ a: \u{7F} }", "f.json:1:6: found the character U+007F, expected a value"),
            (
                "{ a: \u{201C}x\u{201D} }",
                "f.json:1:6: found \"\u{201C}x\u{201D}\", expected a value; a string needs quotes like these: \" or '"
            ),
            (
                "{ a: '\\é' }",
                "f.json:1:7: found \"\\é\" in a string, expected an escape of JSON5; write \"\\\\\" for a backslash"
            ),
            ("{ : 1 }", "f.json:1:3: found \":\", expected a key or \"}\""),
            (
                "{ a: 'C:\\work' }",
                "f.json:1:9: found \"\\w\" in a string, expected an escape of JSON5; write \"\\\\\" for a backslash"
            ),
            (
                "{ a: '\\u0000' }",
                "f.json:1:7: found \"\\u\" in a string, expected an escape of JSON5; write \"\\\\\" for a backslash"
            ),
            ("{ é: 'ü', b }", "f.json:1:13: found \"}\", expected \":\" after the key"),
            ("[1]", "f.json: found a list, expected an object: { … }"),
            ("'x'", "f.json: found \"x\", expected an object: { … }"),
        ])
    func locatesBadSyntax(text: String, problem: String) {
        #expect(problems(text) == [problem])
    }

    @Test("A key that stands twice is told with both places")
    func refusesDuplicates() {
        #expect(
            problems("{ a: { b: 1,\n 'b': 2 }, c: 3, \"\\u0063\": 4 }") == [
                "f.json:2:2: a.b: found the key a second time, expected it once; the first is at 1:8",
                "f.json:2:18: c: found the key a second time, expected it once; the first is at 2:12",
            ])
    }

    @Test("What the outline lets pass, Foundation decodes, and the other way round")
    func agreesWithFoundation() {
        let pieces = [
            "{", "}", "[", "]", ":", ",", "a", "'s'", "1", "-", ".5", "true", "null", " ", "\n", "//c\n", "0x1",
        ]
        var random = SeededRandom(seed: 20_240_607)
        for _ in 0..<2_000 {
            let inside = (0..<Int.random(in: 0...7, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }
            let text = "{a:" + inside.joined() + "}"
            let outlined = (try? JSONOutline(Array(text.utf8))) != nil
            let found = problems(text).filter { $0.contains("Foundation") }
            #expect(found.isEmpty, "outline \(outlined): \(text)")
        }
    }

    @Test("Every prefix of a document is refused without a trap")
    func refusesPrefixes() {
        let text =
            "{ listen: ['127.0.0.1:80', { address: \"[::]:80\" /* x */ }], // y\n workers: -0x1F, b: 1.5e-3, c: '\\u0041' }"
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count {
            #expect(throws: ProblemsFound.self) { try JSONDocument(Array(bytes[..<count]), file: "f") }
        }
        #expect(problems(text) == [])
    }

    @Test("Nesting is bounded")
    func boundsNesting() {
        let deep = "{ a: " + String(repeating: "[", count: 50)
        #expect(problems(deep) == ["f.json:1:37: found \"[\", expected at most 32 levels"])
    }

    @Test(
        "The nearest name is what was meant, and none when nothing is near",
        arguments: [
            ("helth", "health"), ("Health", "health"), ("time_out", "timeout"), ("timeuot", "timeout"),
            ("enviroment", "environment"), ("xyz", nil), ("workrs", "workers"), ("", nil),
        ])
    func findsNearest(name: String, nearest: String?) {
        let names = ["health", "timeout", "environment", "workers"]
        #expect(NearestName.of(name, in: names) == nearest)
    }
}

/// Numbers that look random and are the same in each run.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// Source: splitmix64, Steele, Lea and Flood 2014.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
