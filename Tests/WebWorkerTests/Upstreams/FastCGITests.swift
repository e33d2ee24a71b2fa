import Linux
import Testing

@testable import WebWorker

@Suite struct FastCGITests {
    private func record(_ kind: UInt8, _ content: String, padding: Int = 0, request: UInt8 = 1) -> [UInt8] {
        [1, kind, 0, request, UInt8(content.utf8.count >> 8), UInt8(content.utf8.count & 255), UInt8(padding), 0]
            + Array(content.utf8) + [UInt8](repeating: 9, count: padding)
    }

    private let end: [UInt8] = [1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

    /// What a reader makes of bytes that come in pieces of `size`.
    private func read(_ bytes: [UInt8], piece size: Int) -> (output: String, errors: String, last: FastCGIReader.Piece)
    {
        var reader = FastCGIReader()
        var (output, errors): ([UInt8], [UInt8]) = ([], [])
        var start = 0
        while start < bytes.count {
            let piece = Array(bytes[start..<min(start + size, bytes.count)])
            start += size
            var index = 0
            loop: while true {
                switch reader.next(piece.span, at: &index) {
                case .output(let range): output += piece[range]
                case .errors(let range): errors += piece[range]
                case .incomplete: break loop
                case .end(let isComplete):
                    return (
                        String(decoding: output, as: UTF8.self), String(decoding: errors, as: UTF8.self),
                        .end(isComplete: isComplete)
                    )
                case .malformed: return ("", "", .malformed)
                }
            }
        }
        return (String(decoding: output, as: UTF8.self), String(decoding: errors, as: UTF8.self), .incomplete)
    }

    @Test func recordsAreTakenApartInPiecesOfAnySize() {
        let bytes =
            record(6, "Status: 200\r\n", padding: 3) + record(9, "management", request: 0) + record(7, "a warning")
            + record(6, "") + record(6, "\r\nhello", padding: 7) + end
        for size in 1...bytes.count {
            let (output, errors, last) = read(bytes, piece: size)
            #expect(output == "Status: 200\r\n\r\nhello" && errors == "a warning" && last == .end(isComplete: true))
        }
        #expect(read(Array(bytes.dropLast()), piece: 5).last == .incomplete)
    }

    @Test func whatTheSpecificationDoesNotHaveIsRefused() {
        #expect(read([2] + record(6, "x").dropFirst(), piece: 99).last == .malformed)
        #expect(read(record(6, "x", request: 2), piece: 99).last == .malformed)
        #expect(read(record(3, "x"), piece: 99).last == .malformed)
        #expect(read(record(5, "x"), piece: 99).last == .malformed)
        var busy = end
        busy[12] = 2
        #expect(read(busy, piece: 99).last == .end(isComplete: false))
    }

    @Test func streamsAreCutIntoRecords() {
        var out: [UInt8] = []
        FastCGI.append(FastCGI.Kind.stdin, [UInt8](repeating: 1, count: 65_540).span, to: &out)
        FastCGI.appendEnd(FastCGI.Kind.stdin, to: &out)
        #expect(out.count == 65_540 + 3 * 8)
        #expect(out[0..<8] == [1, 5, 0, 1, 0xff, 0xff, 0, 0] && out.suffix(8) == [1, 5, 0, 1, 0, 0, 0, 0])
        out = []
        FastCGI.append(FastCGI.Kind.stdin, [UInt8]().span, to: &out)
        #expect(out.isEmpty)
        FastCGI.appendBegin(keepsConnection: true, to: &out)
        #expect(out == [1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])
    }

    @Test func longValuesHaveLongLengths() {
        var out: [UInt8] = []
        FastCGI.append(name: "AB", value: [UInt8](repeating: 7, count: 128).span, to: &out)
        #expect(out.prefix(7) == [2, 0x80, 0, 0, 128, 0x41, 0x42] && out.count == 7 + 128)
    }

    // MARK: The answer's head

    private func parse(_ text: String) -> (ResponseHeadParser.Outcome, CGIResponseParser) {
        var parser = CGIResponseParser()
        let outcome = parser.parse(Array(text.utf8).span, toHead: false)
        return (outcome, parser)
    }

    @Test func theStatusIsAField() {
        let cases: [(String, Int)] = [
            ("Content-Type: a\r\n\r\n", 200), ("Status: 404 Not Found\nContent-Type: a\n\n", 404),
            ("Location: /x\r\n\r\n", 302), ("Location: /x\r\nStatus: 201\r\n\r\n", 201),
            ("status: 500\r\n\r\n", 500),
        ]
        for (text, status) in cases {
            let (outcome, parser) = parse(text)
            #expect(outcome == .complete(consumed: text.utf8.count) && parser.head.status == status)
        }
    }

    @Test func theEndOfTheBodyIsFound() {
        #expect(parse("A: b\r\n\r\n").1.head.framing == .untilClose)
        #expect(parse("Content-Length: 3\r\n\r\n").1.head.framing == .length(3))
        #expect(parse("Status: 304\r\nContent-Length: 3\r\n\r\n").1.head.framing == .none)
    }

    @Test(arguments: [
        "Status: 99\r\n\r\n", "Status: 100 Continue\r\n\r\n", "Status: 2000\r\n\r\n", "Status: x\r\n\r\n",
        "Status: 200\r\nStatus: 200\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "A: b\r\n c\r\n\r\n", "A : b\r\n\r\n",
        "A: \u{1}\r\n\r\n", "A: b\rc\r\n\r\n", "Content-Length: x\r\n\r\n", "<?php\r\n",
    ])
    func aWrongHeadIsRefused(_ text: String) {
        guard case .malformed = parse(text).0 else {
            Issue.record("taken: \(text)")
            return
        }
    }

    @Test func everyBeginningIsIncomplete() {
        let bytes = Array("Status: 200 OK\r\nX-Sendfile: /tmp/x\nA: b\r\n\r\n".utf8)
        var parser = CGIResponseParser()
        for end in 0..<bytes.count { #expect(parser.parse(Array(bytes[..<end]).span, toHead: false) == .incomplete) }
        #expect(parser.parse(bytes.span, toHead: false) == .complete(consumed: bytes.count))
        #expect(parser.head.fields.count == 1)
        guard case .name(let place) = parser.file else {
            Issue.record("no file")
            return
        }
        #expect(bytes.span.text(place.range) == "/tmp/x")
    }

    // MARK: Scripts and their variables

    @Test(arguments: [
        ("/index.php", "/index.php", ""), ("/a/b.php/c/d", "/a/b.php", "/c/d"), ("/a.php/", "/a.php", "/"),
        ("/a.php/b.php", "/a.php", "/b.php"), ("/a%2ephp/%20", "/a.php", "/ "), ("/x.php/..", "/x.php", "/.."),
        ("/x.jpg/y.php", "/x.jpg/y.php", ""),
    ])
    func aPathIsSplitBehindItsScript(_ path: String, _ script: String, _ information: String) {
        let bytes = Array(path.utf8)
        let split = ScriptPath(0..<bytes.count, bytes.span, suffix: Array(".php".utf8))
        #expect(split == ScriptPath(script: Array(script.utf8), information: Array(information.utf8)))
    }

    @Test(arguments: [
        "/", "/a", "/.php", "/../a.php", "/./a.php", "//a.php", "/.git/a.php", "/a%2fb.php", "/a%00.php", "/a%.php",
        "*", "",
    ])
    func whatNamesNoScriptIsNotSplit(_ path: String) {
        let bytes = Array(path.utf8)
        #expect(ScriptPath(0..<bytes.count, bytes.span, suffix: Array(".php".utf8)) == nil)
    }

    @Test func theVariablesAreThoseOfTheRequest() throws {
        let text = """
            POST /a%20b.php/info?x=%20y HTTP/1.1\r\nHost: www.foobar.com:8080\r\nContent-Type: text/plain\r\n\
            Content-Length: 5\r\nCookie: a=1\r\nAccept-Language: de\r\nCookie: b=2\r\nProxy: evil\r\n\
            X_Real: 1\r\nX-Forwarded-For: 6.6.6.6\r\nAuthorization: Basic eA==\r\n\r\n
            """
        let variables = try self.variables(text, trusted: [])
        let expected = [
            "SCRIPT_FILENAME": "/srv/a b.php", "SCRIPT_NAME": "/a b.php", "PATH_INFO": "/info",
            "PATH_TRANSLATED": "/srv/info", "DOCUMENT_ROOT": "/srv", "DOCUMENT_URI": "/a b.php",
            "REQUEST_URI": "/a%20b.php/info?x=%20y", "QUERY_STRING": "x=%20y", "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "5", "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_NAME": "www.foobar.com", "SERVER_PORT": "8080", "SERVER_ADDR": "127.0.0.1",
            "REMOTE_ADDR": "192.0.2.1", "REMOTE_PORT": "5000", "REQUEST_SCHEME": "http",
            "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_SOFTWARE": "WebWorker", "REDIRECT_STATUS": "200",
            "HTTP_HOST": "www.foobar.com:8080", "HTTP_COOKIE": "a=1; b=2", "HTTP_ACCEPT_LANGUAGE": "de",
            "HTTP_AUTHORIZATION": "Basic eA==",
        ]
        #expect(variables == expected)
    }

    @Test func aTrustedProxySaysWhoTheClientIs() throws {
        let text = """
            GET /a.php HTTP/1.1\r\nHost: [::1]\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n\r\n
            """
        let variables = try self.variables(text, trusted: ["192.0.2.1"])
        #expect(variables["REMOTE_ADDR"] == "6.6.6.6" && variables["HTTPS"] == "on")
        #expect(variables["SERVER_PORT"] == "443" && variables["SERVER_NAME"] == "[::1]")
        #expect(variables["HTTP_X_FORWARDED_FOR"] == "6.6.6.6" && variables["CONTENT_LENGTH"] == nil)
    }

    private func variables(_ text: String, trusted: [String]) throws -> [String: String] {
        var parser = RequestHeadParser()
        let bytes = Array(text.utf8)
        _ = parser.parse(bytes.span)
        let list = try #require(TrustedProxies(trusted))
        let split = ScriptPath(parser.head.path.range, bytes.span, suffix: Array(".php".utf8))
        let path = try #require(split)
        let environment = CGIEnvironment(root: Array("/srv".utf8), server: .v4(.loopback, port: 8080))
        var out: [UInt8] = []
        environment.write(
            parser.head, bytes.span, path: path, bodyBytes: parser.head.framing == .none ? 0 : 5,
            client: ClientIdentity(peer: .v4(IPv4Address(0xc000_0201), port: 5000), trusted: list), trusted: list,
            to: &out)
        var variables: [String: String] = [:]
        var index = 0
        while index < out.count {
            let lengths = [Int(out[index]), Int(out[index + 1])]  // All shorter than 128 here.
            let name = String(decoding: out[index + 2..<index + 2 + lengths[0]], as: UTF8.self)
            let start = index + 2 + lengths[0]
            #expect(variables[name] == nil, "\(name) twice")
            variables[name] = String(decoding: out[start..<start + lengths[1]], as: UTF8.self)
            index = start + lengths[1]
        }
        return variables
    }
}
