import Testing

@testable import Supervisor

@Suite struct ProbeAnswerTests {
    /// An answer as it is sent, and the status that it has when it is whole before the server closes.
    static let whole: [(String, Int)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nv1\n", 200),
        ("HTTP/1.0 404 Not Found\r\ncontent-length:0\r\n\r\n", 404),
        ("HTTP/1.1 503 \r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 503),
    ]

    @Test(arguments: whole) func `an answer is known to be whole wherever it was split`(text: String, status: Int) {
        let bytes = Array(text.utf8)
        for split in 1..<bytes.count {
            var answer = ProbeAnswer()
            #expect(answer.append(bytes[..<split]) == .incomplete, "split at \(split)")
            #expect(answer.append(bytes[split...]) == .complete(status: status), "split at \(split)")
        }
    }

    @Test func `an answer without a length ends when the server closes`() {
        var answer = ProbeAnswer()
        #expect(answer.append(Array("HTTP/1.1 200 OK\r\n\r\nhello".utf8)) == .incomplete)
        #expect(answer.append([], atEnd: true) == .complete(status: 200))
    }

    @Test(arguments: [
        ("", "nothing"), ("HTTP/1.1 2", "\"HTTP/1.1 2\""), ("SSH-2.0-OpenSSH\r\n\r\n", "\"SSH-2.0-OpenSSH....\""),
        ("HTTP/1.1 OK 200\r\n\r\n", "\"HTTP/1.1 OK 200....\""),
    ])
    func `what is no answer is shown`(text: String, shown: String) {
        var answer = ProbeAnswer()
        #expect(answer.append(Array(text.utf8), atEnd: true) == .malformed(shown))
    }

    @Test(arguments: [
        ("", false), ("HTTP/1.1 429 \r\n\r\n", false), ("HTTP/1.1 502 \r\n\r\n", false),
        ("HTTP/1.1 503 \r\n\r\n", false), ("HTTP/1.1 504 \r\n\r\n", false), ("HTTP/1.1 500 \r\n\r\n", true),
        ("HTTP/1.1 501 \r\n\r\n", true), ("HTTP/1.1 404 \r\n\r\n", true), ("HTTP/1.1 302 \r\n\r\n", true),
        ("SSH-2.0-OpenSSH\r\n\r\n", true), ("HTTP/1.1 2", true),
    ])
    func `a bad answer is definite unless it is one of who is not ready yet`(text: String, isDefinite: Bool) {
        var answer = ProbeAnswer()
        let reading = answer.append(Array(text.utf8), atEnd: true)
        #expect(reading.isDefinite == isDefinite)
        #expect(!ProbeAnswer.Reading.incomplete.isDefinite)
    }

    @Test(arguments: [
        ("HTTP/1.1 500 Oops\r\nContent-Length: 20\r\n\r\n\r\n  no   database\nat all", "\"no database\""),
        (
            "HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n2c\r\n<html><title>KeyError\n at /</title>…\r\n0\r\n\r\n",
            "\"KeyError at /\""
        ),
        ("HTTP/1.1 500 Oops\r\nContent-Length: 6\r\n\r\na\u{1B}[2J\u{202E}", "\"a.[2J.\""),
        ("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", nil),
        (
            "HTTP/1.1 500 Oops\r\n\r\n" + String(repeating: "x", count: 200),
            "\"" + String(repeating: "x", count: 99) + "…\""
        ),
    ])
    func `an answer's gist is one short line`(text: String, gist: String?) {
        var answer = ProbeAnswer()
        _ = answer.append(Array(text.utf8), atEnd: true)
        #expect(answer.gist == gist)
    }
}
