import Linux
import Testing

@Suite("Addresses as text")
struct SocketAddressTests {
    @Test(
        "An address that was read is written in the same form",
        arguments: [
            "127.0.0.1:8080", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:80", "[::]:443", "[fe80::1%2]:80",
            "[2001:db8::8:800:200c:417a]:1", "[::ffff:127.0.0.1]:9", "unix:/run/x.sock", "unix:run/x.sock",
            "unix:@name",
            "unix:@a:b", "unix:/a b/ü",
        ])
    func roundTrip(text: String) throws {
        let address = try #require(SocketAddress(parsing: text))
        #expect(address.description == text)
        #expect(SocketAddress(parsing: address.description) == address)
    }

    @Test(
        "What is no address is none",
        arguments: [
            "", ":", ":80", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
            "127.0.0.1: 1", "127.1:80", "0177.0.0.1:80", "256.0.0.1:80", "localhost:80", "::1:80", "[::1]", "[::1:80",
            "[]:80", "[::1%]:80", "[::1%eth0]:80", "[::1%+1]:80", "[127.0.0.1]:80", "[:::1]:80", "unix:", "unix:@",
            "UNIX:/x", "127.0.0.1:٣",
        ])
    func malformed(text: String) { #expect(SocketAddress(parsing: text) == nil) }

    @Test("An IPv6 address is written in its short form")
    func shortForm() {
        #expect(SocketAddress(parsing: "[0:0:0:0:0:0:0:1]:080")?.description == "[::1]:80")
        #expect(SocketAddress(parsing: "[2001:DB8:0:0:0:0:0:1]:1")?.description == "[2001:db8::1]:1")
    }

    @Test("A name with a NUL or beyond 107 bytes is no abstract name, and no path that bind would take")
    func names() throws {
        let long = String(repeating: "x", count: 108)
        #expect(SocketAddress(parsing: "unix:/a\0b") == nil)
        #expect(SocketAddress(parsing: "unix:@\(long)") == nil)
        let socket = try Socket.stream(.unix)
        #expect(throws: SystemError(call: "bind", errno: .nameTooLong, subject: "unix:/\(long)")) {
            try socket.bind(.unix(path: "/" + long))
        }
        #expect(throws: SystemError(call: "connect", errno: .invalid, subject: "unix:/a\0b")) {
            try socket.connect(.unix(path: "/a\0b"))
        }
    }

    @Test("Family, port, another port, and the IPv4 address within an IPv6 one")
    func parts() throws {
        let mapped = try #require(SocketAddress(parsing: "[::ffff:10.0.0.1]:5"))
        #expect(mapped.family == .v6 && mapped.port == 5)
        #expect(mapped.unmapped.description == "10.0.0.1:5")
        #expect(mapped.withPort(6).description == "[::ffff:10.0.0.1]:6")
        let plain = try #require(SocketAddress(parsing: "[::1]:5"))
        #expect(plain.unmapped == plain)
        #expect(SocketAddress.unix(path: "/x").withPort(4) == .unix(path: "/x"))
        #expect(SocketAddress.abstract(name: "x").port == nil)
    }
}
