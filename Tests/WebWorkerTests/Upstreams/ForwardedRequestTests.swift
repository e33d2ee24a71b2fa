import Linux
import Testing

@testable import WebWorker

@Suite struct ForwardedRequestTests {
    private static let peer: SocketAddress = .v4(IPv4Address(0xc000_0201), port: 5000)  // 192.0.2.1

    /// The request behind that a request becomes.
    private func forward(
        _ text: String, body: BodyFraming? = nil, from peer: SocketAddress = peer, trusted: [String] = [],
        isTLS: Bool = false
    ) throws -> (text: String, isUpgrade: Bool) {
        var parser = RequestHeadParser()
        let bytes = Array(text.utf8)
        let outcome = parser.parse(bytes.span)
        guard case .complete = outcome else { throw Failure(outcome: "\(outcome)") }
        let list = try #require(TrustedProxies(trusted))
        let client = ClientIdentity(peer: peer, isTLS: isTLS, trusted: list)
        var out: [UInt8] = []
        let isUpgrade = ForwardedRequest.write(
            parser.head, bytes.span, body: body ?? parser.head.framing, client: client, to: &out)
        return (String(decoding: out, as: UTF8.self), isUpgrade)
    }

    private struct Failure: Error { let outcome: String }

    @Test func aRequestIsWrittenAnew() throws {
        let text = "GET /a%20b?c=d HTTP/1.1\r\nhost:  Example.com:80 \r\nAccept:\t*/*\r\nCookie: a=b\r\n\r\n"
        #expect(
            try forward(text).text == """
                GET /a%20b?c=d HTTP/1.1\r\nHost: Example.com:80\r\nAccept: */*\r\nCookie: a=b\r\n\
                X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: Example.com:80\r\n\
                Forwarded: for=192.0.2.1;proto=http;host="Example.com:80"\r\nVia: 1.1 WebWorker\r\n\r\n
                """)
    }

    @Test(arguments: [
        ("GET http://a.example?x HTTP/1.1\r\nHost: b.example\r\n\r\n", "GET /?x HTTP/1.1\r\nHost: a.example\r\n"),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n"),
        ("GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: \r\n"),
        ("BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n", "BREW /pot HTTP/1.1\r\nHost: a\r\n"),
    ])
    func theTargetIsInOriginForm(_ input: String, _ start: String) throws {
        #expect(try forward(input).text.hasPrefix(start))
    }

    @Test func theFramingIsOne() throws {
        let post = "POST / HTTP/1.1\r\nHost: a\r\n"
        #expect(try forward(post + "Content-Length: 0\r\n\r\n").text.hasSuffix("Content-Length: 0\r\n\r\n"))
        #expect(try forward(post + "Content-Length: 05\r\n\r\n").text.hasSuffix("Content-Length: 5\r\n\r\n"))
        let chunked = post + "Transfer-Encoding: chunked\r\nTrailer: x\r\n\r\n"
        let streamed = try forward(chunked).text
        #expect(streamed.hasSuffix("\r\nTransfer-Encoding: chunked\r\n\r\n") && !streamed.contains("Trailer"))
        let whole = try forward(chunked, body: .length(7)).text
        #expect(whole.hasSuffix("Content-Length: 7\r\n\r\n") && !whole.contains("chunked"))
        #expect(try !forward("GET / HTTP/1.1\r\nHost: a\r\n\r\n").text.contains("Content-Length"))
    }

    @Test(arguments: [
        "Connection: close, X-Secret\r\nX-Secret: 1", "Keep-Alive: timeout=5", "TE: trailers", "Proxy-Connection: a",
        "Proxy: http://evil.example", "X_Forwarded_For: 1.2.3.4", "Content_Type: x", "Expect: 100-continue",
        "Upgrade: websocket", "Proxy-Authorization: x", "A.b: c", "X-Forwarded-For: 6.6.6.6",
        "X-Forwarded-Proto: https", "X-Forwarded-Host: evil", "X-Forwarded-Port: 1", "Forwarded: for=6.6.6.6",
        "X-Real-IP: 6.6.6.6", "Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: x",
    ])
    func whatIsNotForTheServerBehindDoesNotReachIt(_ fields: String) throws {
        let plain = try forward("GET / HTTP/1.1\r\nHost: a\r\n\r\n").text
        let (text, isUpgrade) = try forward("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n")
        #expect(!isUpgrade)
        if !fields.contains("h2c") { #expect(text == plain) } else { #expect(!text.contains("pgrade")) }
    }

    @Test func anUpgradeIsAskedForAnew() throws {
        let text = "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n"
        let (forwarded, isUpgrade) = try forward(text)
        #expect(isUpgrade && forwarded.hasSuffix("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"))
        let withBody = text.replacing("\r\n\r\n", with: "\r\nContent-Length: 5\r\n\r\n")
        #expect(try !forward(withBody).isUpgrade)
        #expect(try !forward(text.replacing("HTTP/1.1", with: "HTTP/1.0")).isUpgrade)
    }

    @Test func aTrustedProxyIsBelieved() throws {
        let text = """
            GET / HTTP/1.1\r\nHost: inner\r\nX-Forwarded-For: 203.0.113.9, [2001:db8::7]:55\r\nX-Forwarded-Proto: https\r\n\
            X-Forwarded-Host: www.foobar.com\r\nX-Forwarded-Port: 443\r\n\r\n
            """
        let forwarded = try forward(text, trusted: ["192.0.2.0/24"]).text
        #expect(forwarded.contains("\r\nX-Forwarded-For: 203.0.113.9, [2001:db8::7]:55, 192.0.2.1\r\n"))
        #expect(forwarded.contains("\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: www.foobar.com\r\n"))
        #expect(forwarded.contains("\r\nX-Forwarded-Port: 443\r\n"))
        #expect(
            forwarded.contains(
                "\r\nForwarded: for=203.0.113.9, for=\"[2001:db8::7]\", for=192.0.2.1;proto=https;host=\"inner\"\r\n"))
        let own = text.replacing("X-Forwarded-Port: 443", with: "Forwarded: for=1.1.1.1;proto=https")
        #expect(
            try forward(own, trusted: ["192.0.2.1"]).text.contains(
                "\r\nForwarded: for=1.1.1.1;proto=https, for=192.0.2.1;proto=https;host=\"inner\"\r\n"))
    }

    @Test func aPeerOnAUnixSocketHasNoAddress() throws {
        let text = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n"
        let forwarded = try forward(text, from: .unnamed, trusted: ["unix"]).text
        #expect(forwarded.contains("\r\nX-Forwarded-For: 203.0.113.9\r\n"))
        let untrusted = try forward(text, from: .unnamed).text
        #expect(!untrusted.contains("X-Forwarded-For") && untrusted.contains("Forwarded: for=unknown;"))
    }

    @Test func theClientIsTheLastAddressThatNoTrustedProxyHas() throws {
        let trusted = try #require(TrustedProxies(["10.0.0.0/8", "192.0.2.1"]))
        let cases = [
            ("203.0.113.9", "203.0.113.9"), ("6.6.6.6, 203.0.113.9, 10.1.1.1", "203.0.113.9"),
            ("10.1.1.1", "10.1.1.1"), ("6.6.6.6, unknown, 10.1.1.1", "10.1.1.1"), ("garbage", "192.0.2.1"),
        ]
        for (chain, client) in cases {
            var parser = RequestHeadParser()
            let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: \(chain)\r\n\r\n".utf8)
            _ = parser.parse(bytes.span)
            let identity = ClientIdentity(peer: Self.peer, trusted: trusted)
            #expect(ClientIdentity.text(identity.client(parser.head, bytes.span, trusted: trusted)) == client)
            let stranger = ClientIdentity(peer: .v4(IPv4Address(1), port: 1), trusted: trusted)
            #expect(ClientIdentity.text(stranger.client(parser.head, bytes.span, trusted: trusted)) == "0.0.0.1")
        }
    }

    /// Whatever public suite it comes from: a request that is accepted is one request, with the same framing, for the
    /// server behind too, and the same once more behind that.
    @Test(arguments: VectorFile.suites)
    func whatIsAcceptedIsReadAlikeBehind(_ suite: String) throws {
        var accepted = 0
        for vector in try VectorFile.load(suite).cases {
            var parser = RequestHeadParser()
            let bytes = vector.bytes
            guard case .complete(let consumed) = parser.parse(bytes.span), !parser.head.authority.isEmpty else {
                continue
            }
            accepted += 1
            let client = ClientIdentity(peer: Self.peer, trusted: TrustedProxies())
            var forwarded: [UInt8] = []
            let head = Array(bytes[..<consumed])
            _ = ForwardedRequest.write(
                parser.head, head.span, body: parser.head.framing, client: client, to: &forwarded)
            var behind = RequestHeadParser()
            let outcome = behind.parse(forwarded.span)
            #expect(outcome == .complete(consumed: forwarded.count), "\(vector.id)")
            #expect(behind.head.framing == parser.head.framing, "\(vector.id)")
            #expect(
                forwarded.span.bytes(behind.head.methodToken.range) == head.span.bytes(parser.head.methodToken.range)
                    && forwarded.span.bytes(behind.head.authority.range)
                        == head.span.bytes(parser.head.authority.range),
                "\(vector.id)")
            var again: [UInt8] = []
            _ = ForwardedRequest.write(
                behind.head, forwarded.span, body: behind.head.framing, client: client, to: &again)
            var last = RequestHeadParser()
            #expect(last.parse(again.span) == .complete(consumed: again.count), "\(vector.id)")
        }
        #expect(accepted > 0)
    }

    @Test func networksAreCompared() throws {
        let list = try #require(TrustedProxies(["10.0.0.0/8", "2001:db8::/33", "::1", "0.0.0.0/32"]))
        let inside = ["10.255.0.1", "::ffff:10.0.0.1", "2001:db8:7fff::1", "::1", "0.0.0.0"]
        let outside = ["11.0.0.0", "2001:db8:8000::1", "::2", "0.0.0.1", "::"]
        func address(_ text: String) throws -> SocketAddress {
            try #require(SocketAddress(parsing: text.contains(":") ? "[\(text)]:1" : "\(text):1"))
        }
        for text in inside { #expect(list.contains(try address(text)), "\(text)") }
        for text in outside { #expect(!list.contains(try address(text)), "\(text)") }
        #expect(!list.contains(.unnamed))
        #expect(try #require(TrustedProxies(["0.0.0.0/0"])).contains(try address("9.9.9.9")))
        for entry in ["10.0.0.0/33", "10.0.0", "::/129", "/8", "10.0.0.0/", "10.0.0.0/-1", "localhost", ""] {
            #expect(TrustedProxies([entry]) == nil, "\(entry)")
        }
    }
}
