import Testing

@testable import WebWorker

@Suite struct ResponseHeadParserTests {
    private func parse(_ text: String, toHead: Bool = false) -> (ResponseHeadParser.Outcome, ResponseHead) {
        var parser = ResponseHeadParser()
        let bytes = Array(text.utf8)
        let outcome = parser.parse(bytes.span, toHead: toHead)
        return (outcome, parser.head)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", ResponseFraming.length(5), true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", .length(0), true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", .chunked, true),
        ("HTTP/1.1 200 OK\r\n\r\n", .untilClose, false),
        ("HTTP/1.1 200\r\ncontent-length:\t7 \r\n\r\n", .length(7), true),
        ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", .length(5), false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: Keep-Alive\r\n\r\n", .length(5), true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: a, Close\r\n\r\n", .length(5), false),
        ("HTTP/1.1 204 No Content\r\n\r\n", .none, true),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 12\r\n\r\n", .none, true),
        ("HTTP/1.1 204 \r\nTransfer-Encoding: chunked\r\n\r\n", .none, true),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", .none, true),
        ("HTTP/1.7 404 Not Found\r\nContent-Length: 1\r\n\r\n", .length(1), true),
    ])
    func framingAndPersistenceAreFound(_ input: String, _ framing: ResponseFraming, _ persists: Bool) {
        let (outcome, head) = parse(input)
        #expect(outcome == .complete(consumed: input.utf8.count))
        #expect(head.framing == framing && head.isPersistent == persists)
    }

    @Test func theAnswerToHeadHasNoBodyAndKeepsItsLength() {
        let (_, head) = parse("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", toHead: true)
        #expect(head.framing == .none && head.contentLength == 12 && head.isPersistent)
    }

    @Test func statusAndReasonAreFound() {
        let text = "HTTP/1.1 599 Not  so\tgood\r\n\r\n"
        let (_, head) = parse(text)
        #expect(head.status == 599 && Array(text.utf8).span.text(head.reason.range) == "Not  so\tgood")
        #expect(parse("HTTP/1.1 100 Continue\r\n\r\n").1.isInterim)
        #expect(!parse("HTTP/1.1 101 Switching\r\n\r\n").1.isInterim)
    }

    @Test(arguments: [
        ("HTTP/1.1 20 OK\r\n\r\n", ResponseFault.statusLine), ("HTTP/1.1 099 OK\r\n\r\n", .statusLine),
        ("HTTP/1.1 2000 OK\r\n\r\n", .statusLine), ("HTTP/2.0 200 OK\r\n\r\n", .statusLine),
        ("http/1.1 200 OK\r\n\r\n", .statusLine), ("HTTP/1.1  200 OK\r\n\r\n", .statusLine),
        ("\r\nHTTP/1.1 200 OK\r\n\r\n", .statusLine), ("<html>\r\n", .statusLine),
        ("HTTP/1.1 200 OK\n\n", .bareLineEnd), ("HTTP/1.1 200 OK\r\rA: b\r\n\r\n", .bareLineEnd),
        ("HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", .controlCharacter), ("HTTP/1.1 200 OK\r\nA b\r\n\r\n", .field),
        ("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", .field), ("HTTP/1.1 200 OK\r\n: b\r\n\r\n", .field),
        ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", .foldedLine),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", .contentLength),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", .contentLength),
        ("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", .contentLength),
        ("HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", .contentLength),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncoding),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncoding),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .transferEncoding),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncoding),
    ])
    func whatTwoCouldReadDifferentlyIsRefused(_ input: String, _ fault: ResponseFault) {
        #expect(parse(input).0 == .malformed(fault))
    }

    @Test func everyBeginningIsIncompleteAndEverySplitReadsAlike() {
        let text = "HTTP/1.1 200 Fine\r\nA: b\r\nSet-Cookie: c=d\r\nContent-Length: 3\r\n\r\n"
        let bytes = Array(text.utf8)
        var slow = ResponseHeadParser()
        for end in 0..<bytes.count {
            #expect(slow.parse(Array(bytes[..<end]).span, toHead: false) == .incomplete)
        }
        #expect(slow.parse(bytes.span, toHead: false) == .complete(consumed: bytes.count))
        #expect(slow.head.fields == parse(text).1.fields && slow.head.fields.count == 3)
    }

    @Test func headsAreBounded() {
        let line = "A: \(String(repeating: "b", count: 1000))\r\n"
        #expect(parse("HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 66)).0 == .malformed(.headTooLarge))
        let short = String(repeating: "A: b\r\n", count: 201)
        #expect(parse("HTTP/1.1 200 OK\r\n" + short).0 == .malformed(.headTooLarge))
    }

    @Test(arguments: [
        (ResponseFraming.length(5), "hello", "hello", 5),
        (.chunked, "2\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n", "hello", 26),
        (.none, "", "", 0),
    ])
    func aBodyIsTakenOffItsFraming(_ framing: ResponseFraming, _ input: String, _ body: String, _ consumed: Int) {
        let bytes = Array((input + "HTTP").utf8)
        var reader = ResponseBody(framing)
        let (whole, outcome) = take(&reader, bytes)
        #expect(outcome == .complete(consumed: consumed) && String(decoding: whole, as: UTF8.self) == body)
        var slowly: [UInt8] = []
        var slow = ResponseBody(framing)
        for index in 0..<consumed {
            let (data, outcome) = take(&slow, [bytes[index]])
            slowly += data
            #expect(outcome == (index == consumed - 1 ? .complete(consumed: 1) : .incomplete))
        }
        #expect(slowly == whole)
    }

    @Test func aBodyWithoutALengthEndsByTheClose() {
        var reader = ResponseBody(.untilClose)
        let (body, outcome) = take(&reader, Array("anything".utf8))
        #expect(outcome == .incomplete && reader.endsByClose && body.count == 8)
        var chunked = ResponseBody(.chunked)
        #expect(take(&chunked, Array("x\r\n".utf8)).outcome == .malformed)
    }

    private func take(
        _ reader: inout ResponseBody, _ bytes: [UInt8]
    ) -> (data: [UInt8], outcome: ResponseBody.Outcome) {
        var decoded: [UInt8] = []
        let (direct, outcome) = reader.take(bytes.span, from: 0, decoded: &decoded)
        return (Array(bytes[direct]) + decoded, outcome)
    }
}
