import Testing

@testable import StrictLoad

@Suite struct ResponseParserTests {
    /// What became of a whole stream: the answers in it, and how it ended.
    private struct Reading: Equatable {
        var answers: [String] = []
        var malformation: Malformation?
        var ending: ResponseParser.Ending?
    }

    /// Feeds a stream in pieces that end at `cuts`, then ends it.
    private func read(_ stream: String, cuts: [Int] = []) -> Reading {
        var parser = ResponseParser(maxBodyBytes: 64)
        var reading = Reading()
        let bytes = Array(stream.utf8)
        var start = 0
        for cut in cuts + [bytes.count] {
            while start < cut {
                switch parser.take(bytes.span.extracting(start..<cut)) {
                case .incomplete: start = cut
                case .malformed(let reason):
                    reading.malformation = reason
                    return reading
                case .complete(let consumed):
                    reading.answers.append(describe(parser))
                    parser.reset()
                    start += consumed
                }
            }
        }
        reading.ending = parser.endOfStream()
        if reading.ending == .complete { reading.answers.append(describe(parser)) }
        return reading
    }

    private func describe(_ parser: ResponseParser) -> String {
        "\(parser.status) \(parser.keepsConnection ? "keep" : "close") \(String(decoding: parser.body, as: UTF8.self))"
    }

    private static let good: [(stream: String, answers: [String], ending: ResponseParser.Ending)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nv1\n", ["200 keep v1\n"], .nothing),
        ("HTTP/1.1 200 \r\ncontent-length:3 \r\n\r\nv1\n", ["200 keep v1\n"], .nothing),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ["200 keep "], .nothing),
        ("HTTP/1.1 204 No\r\n\r\nHTTP/1.1 304 Not\r\nContent-Length: 9\r\n\r\n", ["204 keep ", "304 keep "], .nothing),
        ("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\na", ["200 close a"], .nothing),
        ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", ["200 close a"], .nothing),
        ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na", ["200 keep a"], .nothing),
        ("HTTP/1.1 200 OK\r\n\r\nto the end", ["200 close to the end"], .complete),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n",
            ["200 keep abc0123456789"], .nothing
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            ["200 keep a"], .nothing
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour", [], .truncated),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", [], .truncated),
        ("", [], .nothing),
    ]

    private static let bad: [(stream: String, reason: Malformation)] = [
        ("HTTP/1.1 200 OK\n\n", .lineEnd), ("HTTP/1.1 200 OK\r\nA: b\n\r\n", .lineEnd), ("\r\n", .statusLine),
        ("HTTP/2.0 200 OK\r\n", .statusLine), ("HTTP/1.2 200 OK\r\n", .version),
        ("HTTP/1.1 20 OK\r\nx\r\n", .statusLine),
        ("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", .statusLine), ("HTTP/1.1 099 OK\r\n", .statusLine),
        ("HTTP/1.1  200 OK\r\n", .statusLine), ("http/1.1 200 OK\r\n", .statusLine),
        ("HTTP/1.1 200 OK\r\nA : b\r\n", .field), ("HTTP/1.1 200 OK\r\n A: b\r\n", .field),
        ("HTTP/1.1 200 OK\r\n: b\r\n", .field), ("HTTP/1.1 200 OK\r\nA: b\rc\r\n", .field),
        ("HTTP/1.1 200 OK\r\nAb\r\n", .field), ("HTTP/1.1 200 OK\r\nA: \u{0}\r\n", .field),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n", .contentLength),
        ("HTTP/1.1 200 OK\r\nContent-Length: +1\r\n", .contentLength),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n", .contentLength),
        ("HTTP/1.1 200 OK\r\nContent-Length:\r\n", .contentLength),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n", .contentLength),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n", .transferEncoding),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n", .transferEncoding),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncoding),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", .chunk),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\n", .chunk),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\n", .chunk),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", .chunk),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nbad trailer\r\n", .field),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1234567890123456\r\n", .chunk),
        ("HTTP/1.1 200 " + String(repeating: "a", count: 17_000), .lineTooLong),
        (
            "HTTP/1.1 200 OK\r\n" + String(repeating: "A: \(String(repeating: "b", count: 9_000))\r\n", count: 8),
            .headTooLong
        ),
    ]

    @Test func wholeStreamsAreReadAsTheyShould() {
        for (stream, answers, ending) in Self.good {
            #expect(read(stream) == Reading(answers: answers, ending: ending), "\(stream)")
        }
    }

    @Test func everySplitOfAStreamIsReadAsTheWhole() {
        for (stream, answers, ending) in Self.good {
            let count = stream.utf8.count
            let wanted = Reading(answers: answers, ending: ending)
            #expect(read(stream, cuts: Array(0..<count)) == wanted, "byte by byte: \(stream)")
            for first in 0..<count {
                #expect(read(stream, cuts: [first]) == wanted, "\(first): \(stream)")
            }
        }
    }

    @Test func whatIsNotHTTPIsMalformedAtEverySplit() {
        for (stream, reason) in Self.bad {
            #expect(read(stream).malformation == reason, "\(stream.prefix(80))")
            guard stream.utf8.count < 200 else { continue }
            for cut in 0..<stream.utf8.count {
                #expect(read(stream, cuts: [cut]).malformation == reason, "\(cut): \(stream)")
            }
        }
    }

    @Test func everyPrefixOfAnAnswerIsIncomplete() {
        for (stream, answers, _) in Self.good where answers.count == 1 && stream.hasPrefix("HTTP/1.1 2") {
            for length in 1..<stream.utf8.count {
                let prefix = String(decoding: Array(stream.utf8).prefix(length), as: UTF8.self)
                let reading = read(prefix)
                #expect(reading.malformation == nil)
                #expect(reading.answers.isEmpty || reading.ending == .complete, "\(prefix)")
            }
        }
    }

    @Test func ofALongBodyOnlyTheBeginningIsKept() {
        var parser = ResponseParser(maxBodyBytes: 4)
        let bytes = Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789".utf8)
        #expect(parser.take(bytes.span) == .complete(consumed: bytes.count))
        #expect(parser.body == Array("0123".utf8))
        #expect(parser.bodyByteCount == 10)
    }

    @Test func aDoneAnswerTakesNoMore() {
        var parser = ResponseParser(maxBodyBytes: 4)
        let bytes = Array("HTTP/1.1 204 No\r\n\r\n".utf8)
        #expect(parser.take(bytes.span) == .complete(consumed: bytes.count))
        #expect(parser.take(bytes.span) == .malformed(.surplus))
    }
}
