import Testing

@testable import WebWorker

@Suite struct ChunkedDecoderTests {
    private func decode(_ text: String, limit: Int = 1000) -> (ChunkedDecoder.Outcome, String) {
        var decoder = ChunkedDecoder()
        var body: [UInt8] = []
        let bytes = Array(text.utf8)
        let outcome = decoder.decode(bytes.span, from: 0, into: &body, limit: limit)
        return (outcome, String(decoding: body, as: UTF8.self))
    }

    @Test(arguments: [
        ("0\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"), ("00a\r\n0123456789\r\n000\r\n\r\n", "0123456789"),
        ("1;a\r\nx\r\n0;b=c\r\n\r\n", "x"), ("1 ; a = \"q \\\" q\" ;b\r\nx\r\n0\r\n\r\n", "x"),
        ("1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n", "x"),
    ])
    func aBodyIsPutTogether(_ input: String, _ body: String) {
        #expect(decode(input) == (.complete(consumed: input.utf8.count), body))
    }

    @Test(arguments: [
        "\r\n", " 1\r\n", "1 \r\nx", "g\r\n", "0x1\r\n", "+1\r\n", "1\nx", "1\r\nxx", "1\r\nx\n", "1\r\nx\r\r",
        "1;\r\n",
        "1;=\r\n", "1;a=\r\n", "1;a b\r\n", "1;a=\"\u{1}\"\r\n", "0\r\n\n", "0\r\n a: b\r\n", "0\r\na\r\n",
        "0\r\na : b\r\n",
        "0\r\nContent-Length: 1\r\n\r\n", "0\r\nHOST: a\r\n\r\n", "1000000000000000\r\n", "0\r\na: \u{1}\r\n",
    ])
    func whatTheGrammarDoesNotHaveIsRefused(_ input: String) { #expect(decode(input).0 == .malformed(.chunk)) }

    @Test func aChunkBeyondTheLimitIsRefusedBeforeItsData() {
        #expect(decode("3e9\r\n", limit: 1000).0 == .malformed(.bodyTooLarge))
        #expect(decode("5\r\nhello\r\n5\r\n", limit: 9) == (.malformed(.bodyTooLarge), "hello"))
        #expect(decode("ffffffffffffff\r\n").0 == .malformed(.bodyTooLarge))
    }

    @Test func leadingZerosOfASizeAreNoPartOfIt() {
        let zeros = String(repeating: "0", count: 1000)
        #expect(decode("\(zeros)5\r\nhello\r\n\(zeros)\r\n\r\n").1 == "hello")
        #expect(decode("\(zeros)1000000000000000\r\n").0 == .malformed(.chunk))
        #expect(decode(String(repeating: zeros, count: 5)).0 == .malformed(.chunk))
    }

    @Test func extensionsAndTrailersAreBounded() {
        let long = String(repeating: "a", count: 9000)
        #expect(decode("1;\(long)\r\n").0 == .malformed(.chunk))
        #expect(decode("0\r\na: \(long)\r\n").0 == .malformed(.headTooLarge))
    }
}
