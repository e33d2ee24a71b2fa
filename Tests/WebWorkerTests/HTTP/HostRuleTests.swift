import Testing

@testable import WebWorker

@Suite struct HostRuleTests {
    private func isHost(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return HostRule.isHostAndPort(0..<bytes.count, bytes.span)
    }

    @Test(arguments: [
        "a", "www.foobar.com", "a.b.", "a:80", "a:", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:80",
        "[1:2:3:4:5:6:7:8]",
        "[::]", "[1::8]", "[::ffff:1.2.3.4]", "a_b", "1a", "0.0.0.0=5000",
    ])
    func hostsAreTaken(_ text: String) { #expect(isHost(text)) }

    @Test(arguments: [
        "", ":80", "a:b", "a:123456", "user@a", "a/b", "a,b", "a b", "%61", "127.0.0.256", "127.01.0.1", "0x7f.1",
        "017700000001", "1.2.3", "[::1", "::1", "[:1]", "[1:2:3:4:5:6:7:8:9]", "[1::2::3]", "[12345::]", "[::1]a", "[]",
        "[v1.x]", "[1:2:3:4:5:6:7:8::]", "[::1.2.3]", "[1:]",
    ])
    func whatIsNoHostIsRefused(_ text: String) { #expect(!isHost(text), "\(text)") }
}
