import Testing

@testable import WebWorker

@Suite("Which compressed form a client takes")
struct ContentCodingTests {
    @Test(arguments: [
        ("br", true, false), ("gzip", false, true), ("x-gzip", false, true), ("gzip, deflate, br", true, true),
        ("br;q=0, gzip;q=0.5", false, true), ("*", true, true), ("*;q=0", false, false), ("gzip;q=0, *", true, false),
        ("identity", false, false), ("", false, false), (" GZIP ; Q=1.0 ", false, true), ("br;q=0.001", true, false),
        ("br;q=0.000", false, false), ("brotli", false, false), ("deflate", false, false),
    ])
    func accepted(_ value: String, _ brotli: Bool, _ gzip: Bool) {
        #expect(isAccepted([value]) == [brotli, gzip])
    }

    @Test("Several fields are one list")
    func several() {
        #expect(isAccepted(["deflate", "gzip"]) == [false, true])
        #expect(isAccepted(["*", "br;q=0"]) == [false, true])
        #expect(isAccepted([]) == [false, false])
    }

    /// Whether a request with these fields takes brotli, and gzip.
    private func isAccepted(_ values: [String]) -> [Bool] {
        let fields = values.map { "Accept-Encoding: \($0)\r\n" }.joined()
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n".utf8)
        var parser = RequestHeadParser()
        #expect(parser.parse(bytes.span) == .complete(consumed: bytes.count))
        let head = parser.head
        return [ContentCoding.brotli.isAccepted(head, bytes.span), ContentCoding.gzip.isAccepted(head, bytes.span)]
    }
}
