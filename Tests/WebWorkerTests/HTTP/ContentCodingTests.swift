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
        let bytes = Array(value.utf8)
        #expect(ContentCoding.brotli.isAccepted(0..<bytes.count, bytes.span) == brotli)
        #expect(ContentCoding.gzip.isAccepted(0..<bytes.count, bytes.span) == gzip)
    }
}
