import Testing

@testable import WebWorker

@Suite("Tags of compressed answers")
struct MarkedTagTests {
    @Test(
        "A server behind gets its own tags back",
        arguments: [
            ("W/\"a-gzip\"", "\"a\""), ("\"a\"", "\"a\""), ("W/\"a\"", "W/\"a\""), ("\"a-gzip\"", "\"a-gzip\""),
            ("*", "*"),
            ("\"x\", W/\"a-gzip\" , W/\"b\"", "\"x\", \"a\" , W/\"b\""), ("W/\"-gzip\"", "\"\""),
            ("\"open", "\"open"),
            ("W/", "W/"), ("", ""), ("W/\"a-gzip", "W/\"a-gzip"), ("W/\"\"W/\"b-gzip\"", "W/\"\"\"b\""),
        ])
    func original(_ sent: String, _ expected: String) {
        var out: [UInt8] = []
        let bytes = Array(sent.utf8)
        EntityTag.appendOriginal(0..<bytes.count, of: bytes.span, to: &out)
        #expect(String(decoding: out, as: UTF8.self) == expected)
    }

    @Test("Compared weakly the mark does not count, compared strongly the tag is another one")
    func compared() {
        let bytes = Array("\"x\", W/\"a-gzip\"".utf8)
        let has = { (tag: String, strongly: Bool) in
            EntityTag.list(0..<bytes.count, bytes.span, contains: Array(tag.utf8), strongly: strongly)
        }
        #expect(has("\"a\"", false) && !has("\"a\"", true) && !has("\"b\"", false) && has("\"x\"", true))
    }
}
