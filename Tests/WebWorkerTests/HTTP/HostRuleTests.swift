import Testing

@testable import WebWorker

@Suite struct HostRuleTests {
    private func isHost(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return HostRule.isHostAndPort(0..<bytes.count, bytes.span)
    }

    @Test(arguments: [
        "a", "www.foobar.com", "a.b.", "a:80", "a:", "a:0", "a:65535", "127.0.0.1", "127.0.0.1:8080", "[::1]",
        "[::1]:80", "[1:2:3:4:5:6:7:8]",
        "[::]", "[1::8]", "[::ffff:1.2.3.4]", "a_b", "1a", "0.0.0.0=5000",
    ])
    func hostsAreTaken(_ text: String) { #expect(isHost(text)) }

    @Test(arguments: [
        "", ":80", "a:b", "a:123456", "a:65536", "a:99999", "[::1]:65536", "user@a", "a/b", "a,b",
        "a b", "%61", "127.0.0.256", "127.01.0.1", "0x7f.1",
        "017700000001", "1.2.3", "[::1", "::1", "[:1]", "[1:2:3:4:5:6:7:8:9]", "[1::2::3]", "[12345::]", "[::1]a", "[]",
        "[v1.x]", "[1:2:3:4:5:6:7:8::]", "[::1.2.3]", "[1:]",
    ])
    func whatIsNoHostIsRefused(_ text: String) { #expect(!isHost(text), "\(text)") }

    @Test("Behind a host that was right, another one is judged by itself, and a longer or shorter one too")
    func knownHosts() {
        var known = KnownHost()
        func isRight(_ text: String) -> Bool {
            // As in a head: with something before it and behind.
            let bytes = Array("x\(text)y".utf8)
            return known.isRight(1..<1 + text.utf8.count, bytes.span)
        }
        for text in ["www.foobar.com", "www.foobar.com", "www.foobar.co", "www.foobar.com:80", "WWW.foobar.com"] {
            #expect(isRight(text), "\(text)")
        }
        for text in ["www,foobar.com", "www.foobar.com:x", "user@foobar.com", "www/foobar.com"] {
            #expect(!isRight(text) && !isRight(text), "\(text)")
        }
        #expect(isRight("www.foobar.com"))
    }
}
