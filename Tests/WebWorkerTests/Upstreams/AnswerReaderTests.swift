import Testing

@testable import WebWorker

@Suite struct AnswerReaderTests {
    /// An answer as it was read: the same for every way in which it is cut.
    private struct Read: Equatable {
        var status = 0
        var fields = ""
        var length: Int?
        var body = ""
        var errors = ""
        var end: AnswerPiece?
    }

    /// Reads `bytes` in pieces of `size`; `closes` when the server closes behind them.
    private func read(_ bytes: [UInt8], piece size: Int, closes: Bool = false, _ reader: AnswerReader) -> Read {
        var reader = reader
        var read = Read()
        var start = 0
        while start < bytes.count {
            let piece = Array(bytes[start..<min(start + size, bytes.count)])
            start += size
            var index = 0
            loop: while true {
                let next = reader.next(piece.span, at: &index)
                switch next {
                case .incomplete: break loop
                case .head(let head), .upgrade(let head):
                    read.status = head.status
                    read.fields = String(decoding: head.fields, as: UTF8.self)
                    read.length = head.length
                case .data(let range): read.body += String(decoding: piece[range], as: UTF8.self)
                case .decoded: read.body += String(decoding: reader.takeDecoded(), as: UTF8.self)
                case .errors(let range): read.errors += String(decoding: piece[range], as: UTF8.self)
                case .end, .malformed:
                    read.end = next
                    return read
                }
            }
        }
        if closes { read.end = reader.close() }
        return read
    }

    private func http(toHead: Bool = false, asksUpgrade: Bool = false) -> AnswerReader {
        var reader = AnswerReader()
        reader.reset(toHead: toHead, asksUpgrade: asksUpgrade)
        return reader
    }

    /// Reads in pieces of every size, which must all give the same.
    private func readAlike(_ bytes: [UInt8], closes: Bool = false, _ reader: AnswerReader) -> Read {
        let whole = read(bytes, piece: bytes.count, closes: closes, reader)
        for size in 1..<bytes.count {
            let other = read(bytes, piece: size, closes: closes, reader)
            #expect(other == whole, "in pieces of \(size)")
        }
        return whole
    }

    @Test func anAnswerIsReadAlikeHoweverItIsCut() {
        let head = "HTTP/1.1 200 OK\r\nA: b\r\nConnection: c, close\r\nC: d\r\nDate: x\r\n"
        let interim = "HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        let length = readAlike(Array((interim + head + "Content-Length: 5\r\n\r\nhello").utf8), http())
        #expect(length.fields == "A: b\r\nDate: x\r\n" && length.length == 5 && length.body == "hello")
        #expect(length.end == .end(keepsAlive: false))
        let chunks =
            "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n2\r\nab\r\n3;x=y\r\ncde\r\n0\r\nA: b\r\n\r\n"
        let chunked = readAlike(Array(chunks.utf8), http())
        #expect(chunked.status == 404 && chunked.body == "abcde" && chunked.length == nil && chunked.fields == "")
        #expect(chunked.end == .end(keepsAlive: true))
        let toHead = readAlike(Array((head + "Content-Length: 5\r\n\r\n").utf8), http(toHead: true))
        #expect(toHead.length == 5 && toHead.body == "" && toHead.end == .end(keepsAlive: false))
    }

    @Test func whatComesBehindAnAnswerEndsTheConnection() {
        let bytes = Array("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab".utf8)
        #expect(read(bytes, piece: bytes.count, http()).end == .end(keepsAlive: false))
        #expect(read(Array(bytes.dropLast()), piece: 99, http()).end == .end(keepsAlive: true))
    }

    @Test func theCloseIsTheEndOnlyWhereNothingElseIs() {
        let open = Array("HTTP/1.1 200 OK\r\n\r\nhello".utf8)
        #expect(readAlike(open, closes: true, http()).end == .end(keepsAlive: false))
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
        ] {
            #expect(readAlike(Array(text.utf8), closes: true, http()).end == nil)
        }
    }

    @Test func anUpgradeMustHaveBeenAskedFor() {
        let bytes = Array("HTTP/1.1 101 Yes\r\nUpgrade: x\r\nConnection: Upgrade\r\nA: b\r\n\r\nraw".utf8)
        let upgrade = readAlike(bytes, closes: true, http(asksUpgrade: true))
        #expect(upgrade.fields == "Connection: Upgrade\r\nUpgrade: x\r\nA: b\r\n" && upgrade.body == "raw")
        #expect(readAlike(bytes, http()).end == .malformed(.unaskedUpgrade))
    }

    @Test func interimAnswersAreBounded() {
        let interim = String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 9)
        #expect(read(Array(interim.utf8), piece: 7, http()).end == .malformed(.interim))
    }

    @Test func aConnectionsNextAnswerIsReadAnew() {
        var reader = http(toHead: true)
        let first = Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".utf8)
        #expect(read(first, piece: 5, reader).end == .end(keepsAlive: true))
        reader.reset(toHead: false, asksUpgrade: false)
        let second = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab".utf8)
        #expect(read(second, piece: 5, reader).body == "ab")
    }

    // MARK: FastCGI

    private func record(_ kind: UInt8, _ content: String) -> [UInt8] {
        [1, kind, 0, 1, UInt8(content.utf8.count >> 8), UInt8(content.utf8.count & 255), 0, 0] + Array(content.utf8)
    }

    private let end: [UInt8] = [1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

    private func fastCGI(toHead: Bool = false, keeps: Bool = true) -> AnswerReader {
        var reader = AnswerReader()
        reader.resetForFastCGI(toHead: toHead, keepsConnection: keeps)
        return reader
    }

    @Test func aScriptsAnswerIsReadAlikeHoweverItIsCut() {
        let records =
            record(6, "Status: 201 Made\r\nA: b\r\nConnection: close\r\n") + record(7, "oh\n") + record(6, "\r\nhel")
            + record(6, "lo") + record(6, "") + end
        let answer = readAlike(records, fastCGI())
        #expect(
            answer.status == 201 && answer.fields == "A: b\r\n" && answer.body == "hello" && answer.errors == "oh\n")
        #expect(answer.length == nil && answer.end == .end(keepsAlive: true))
        #expect(read(records, piece: 9, fastCGI(keeps: false)).end == .end(keepsAlive: false))
        #expect(read(records + [1], piece: 999, fastCGI()).end == .end(keepsAlive: false))
    }

    @Test func aScriptsLengthIsKeptTo() {
        let head = record(6, "Content-Length: 3\r\n\r\nab")
        let long = readAlike(head + record(6, "cde") + end, fastCGI())
        #expect(long.length == 3 && long.body == "abc" && long.end == .end(keepsAlive: true))
        #expect(readAlike(head + end, fastCGI()).end == .malformed(.shortBody))
        // It is not the file's that goes in its place.
        let file = readAlike(record(6, "X-Sendfile: /x\r\nContent-Length: 3\r\n\r\n") + end, fastCGI())
        #expect(file.length == nil && file.end == .end(keepsAlive: true))
        let toHead = readAlike(head + record(6, "c") + end, fastCGI(toHead: true))
        #expect(toHead.body == "" && toHead.length == 3 && toHead.end == .end(keepsAlive: true))
    }

    @Test func aScriptThatEndsWithoutAHeadIsNoAnswer() {
        #expect(readAlike(record(6, "A: b\r\n") + end, fastCGI()).end == .malformed(.record))
        #expect(readAlike(record(7, "Primary script unknown") + end, fastCGI()).end == .malformed(.record))
        #expect(readAlike(record(6, "A: b\r\n\r\nhello"), closes: true, fastCGI()).end == nil)
        var busy = end
        busy[12] = 1
        #expect(readAlike(record(6, "A: b\r\n\r\n") + busy, fastCGI()).end == .malformed(.record))
    }

    @Test func aFileThatAScriptNamesIsFound() {
        for (field, file) in [
            ("X-Accel-Redirect: /a b", FastCGIAnswerReader.File.path(Array("/a b".utf8))),
            ("x-sendfile: /srv/x", .name(Array("/srv/x".utf8))),
        ] {
            var reader = FastCGIAnswerReader(toHead: false, keepsConnection: true)
            let bytes = record(6, "\(field)\r\nB: c\r\n\r\n")
            var index = 0
            guard case .head(let head) = reader.next(bytes.span, at: &index) else {
                Issue.record("no head")
                continue
            }
            #expect(reader.file == file && head.fields == Array("B: c\r\n".utf8))
        }
    }
}
