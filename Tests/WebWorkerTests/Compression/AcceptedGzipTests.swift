import Testing

@testable import WebWorker

@Suite("Whether a client would rather have gzip")
struct AcceptedGzipTests {
    @Test(arguments: [
        ("gzip", true), ("x-gzip", true), ("GZIP", true), ("gzip, deflate, br, zstd", true), ("*", true), ("", false),
        ("identity", false), ("br", false), ("gzip;q=0", false), ("gzip;q=0.000", false), ("gzip;q=0.001", true),
        ("*;q=0", false), ("gzip;q=0, *", false), ("identity;q=0", false), ("identity;q=0, *", true),
        ("gzip;q=0.5, identity", false), ("gzip;q=0.5, identity;q=0.5", true), ("identity;q=0.4,gzip;q=0.5", true),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", true), (" gzip ; Q=1.0 ", true), ("gzipx", false), ("gzip;q=x", true),
        ("gzip;q=9", true), (",,gzip,", true), ("gzip;q=1,gzip;q=0", true),
    ])
    func preferred(_ value: String, _ expected: Bool) {
        #expect(isPreferred([value]) == expected)
    }

    @Test("Several fields are one list")
    func several() {
        #expect(isPreferred(["br", "gzip"]))
        #expect(!isPreferred(["gzip;q=0.2", "identity"]))
        #expect(!isPreferred([]))
    }

    private func isPreferred(_ values: [String]) -> Bool {
        var accepted = AcceptedGzip()
        for value in values {
            let bytes = Array(value.utf8)
            accepted.note(0..<bytes.count, bytes.span)
        }
        return accepted.isPreferred
    }
}

@Suite("Which fields let a body be compressed")
struct CompressibleFieldsTests {
    private let types = CompressedTypes(Compression.usualTypes)

    @Test(arguments: [
        ("Content-Type: text/html\r\n", true), ("content-type:TEXT/HTML;charset=utf-8\r\n", true),
        ("Content-Type: application/json\r\n", true), ("Content-Type: application/ld+json; x=y\r\n", true),
        ("Content-Type: image/svg+xml\r\n", true), ("Content-Type: image/png\r\n", false),
        ("Content-Type: text/event-stream\r\n", false), ("Content-Type: text/\r\n", false), ("", false),
        ("Content-Type:\r\n", false), ("Content-Type", false), (":\r\n", false),
        ("Content-Type: text/css\r\nContent-Encoding: br\r\n", false),
        ("Content-Type: text/css\r\nCache-Control: private, No-Transform\r\n", false),
        ("Content-Type: text/css\r\nCache-Control: private\r\n", true),
        ("Content-Type: text/css\r\nContent-Range: bytes 0-1/5\r\n", false),
    ])
    func compressible(_ lines: String, _ expected: Bool) {
        let bytes = Array(lines.utf8)
        #expect(CompressibleFields(bytes.span, types).isCompressible == expected)
    }

    @Test(
        "The lines of a compressed answer: a weak tag, no ranges, no digests, Vary once",
        arguments: [
            (
                "ETag: \"a\"\r\nContent-Type: text/css\r\nAccept-Ranges: bytes\r\nX: y\r\n",
                "ETag: W/\"a-gzip\"\r\nContent-Type: text/css\r\nX: y\r\nContent-Encoding: gzip\r\nVary: Accept-Encoding\r\n"
            ),
            (
                "etag:W/\"a\"\r\nRepr-Digest: x\r\nContent-MD5: y\r\nVary: Cookie, Accept-Encoding\r\n",
                "etag:W/\"a\"\r\nVary: Cookie, Accept-Encoding\r\nContent-Encoding: gzip\r\n"
            ),
            ("Vary: *\r\nETag:\r\n", "Vary: *\r\nETag:\r\nContent-Encoding: gzip\r\n"),
            ("Vary: Origin\r\n", "Vary: Origin\r\nContent-Encoding: gzip\r\nVary: Accept-Encoding\r\n"),
        ])
    func rewritten(_ lines: String, _ expected: String) {
        let front = Array("HTTP/1.1 200 OK\r\n".utf8)
        let bytes = front + Array(lines.utf8)
        let fields = CompressibleFields(bytes.span, from: front.count, types)
        #expect(String(decoding: fields.compressed(bytes.span, from: front.count), as: UTF8.self) == expected)
    }

    @Test(
        "Types of the application's own",
        arguments: [
            ("text/html", true), ("text/*", true), ("*+json", true), ("*", false), ("html", false),
            ("te*t/html", false),
            ("text/html; charset=utf-8", false), ("", false), ("*/*", false),
        ])
    func types(_ text: String, _ isOne: Bool) { #expect(Compression.isType(text) == isOne) }
}
