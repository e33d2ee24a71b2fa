import Linux
import Testing

@testable import WebWorker

@Suite struct ProxyHeaderTests {
    private func parse(_ bytes: [UInt8]) -> ProxyHeader.Outcome { ProxyHeader.parse(bytes.span) }
    private func parse(_ text: String) -> ProxyHeader.Outcome { parse(Array(text.utf8)) }

    private let signature: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]

    @Test func theTextFormNamesTheSource() {
        let four = "PROXY TCP4 192.0.2.1 198.51.100.7 51234 80\r\n"
        let source = SocketAddress(parsing: "192.0.2.1:51234")
        #expect(parse(four + "GET /") == .complete(consumed: four.utf8.count, source: source, isTLS: false))
        let six = "PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n"
        let other = SocketAddress(parsing: "[2001:db8::1]:1")
        #expect(parse(six) == .complete(consumed: six.utf8.count, source: other, isTLS: false))
        #expect(parse("PROXY UNKNOWN\r\n") == .complete(consumed: 15, source: nil, isTLS: false))
        #expect(parse("PROXY UNKNOWN a b\r\n") == .complete(consumed: 19, source: nil, isTLS: false))
    }

    @Test(arguments: [
        "PROXY TCP4 192.0.2.1 198.51.100.7 51234\r\n", "PROXY TCP4 192.0.2.1 198.51.100.7 65536 80\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 01 80\r\n", "PROXY TCP4 192.0.2.1  198.51.100.7 1 80\r\n",
        "PROXY TCP4 ::1 ::1 1 80\r\n", "PROXY TCP5 192.0.2.1 198.51.100.7 1 80\r\n", "PROXY \r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 1 80\n", "PROXY TCP4 192.0.2.1 198.51.100.7 -1 80\r\n",
        "PROXY UNKNOWN " + String(repeating: "a", count: 100) + "\r\n",
    ])
    func aWrongTextFormIsRefused(_ text: String) { #expect(parse(text) == .malformed) }

    @Test(arguments: ["GET / HTTP/1.1\r\n", "PROXx", "PRI", "\r\nGET", "\r\n\r\n\0\r\nQUIX"])
    func whatIsNoHeaderIsTold(_ text: String) { #expect(parse(text) == .none) }

    @Test func theBinaryFormNamesTheSource() {
        let four: [UInt8] = signature + [0x21, 0x11, 0, 12, 192, 0, 2, 1, 198, 51, 100, 7, 0x12, 0x34, 0, 80]
        let source = SocketAddress(parsing: "192.0.2.1:4660")
        #expect(parse(four + [71]) == .complete(consumed: 28, source: source, isTLS: false))
        let address: [UInt8] = [0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
        let six = signature + [0x21, 0x21, 0, 36] + address + address + [0, 1, 0, 80]
        let other = SocketAddress(parsing: "[2001:db8::1]:1")
        #expect(parse(six) == .complete(consumed: 52, source: other, isTLS: false))
        let local = signature + [0x20, 0, 0, 0]
        #expect(parse(local) == .complete(consumed: 16, source: nil, isTLS: false))
        let unspecified = signature + [0x21, 0, 0, 3, 1, 2, 3]
        #expect(parse(unspecified) == .complete(consumed: 19, source: nil, isTLS: false))
        let unix = signature + [0x21, 0x31, 0, 216] + [UInt8](repeating: 0, count: 216)
        #expect(parse(unix) == .complete(consumed: 232, source: .unnamed, isTLS: false))
    }

    @Test func encryptionIsReadFromTheTail() {
        let start: [UInt8] = [0x21, 0x11, 0, 24, 192, 0, 2, 1, 198, 51, 100, 7, 0x12, 0x34, 0, 80]
        let source = SocketAddress(parsing: "192.0.2.1:4660")
        let tail: [UInt8] = [0x04, 0, 1, 9, 0x20, 0, 5, 1, 0, 0, 0, 0]
        #expect(parse(signature + start + tail) == .complete(consumed: 40, source: source, isTLS: true))
        var plain = tail
        plain[7] = 0
        #expect(parse(signature + start + plain) == .complete(consumed: 40, source: source, isTLS: false))
        var cut = tail
        cut[6] = 200
        #expect(parse(signature + start + cut) == .complete(consumed: 40, source: source, isTLS: false))
    }

    @Test func aWrongBinaryFormIsRefused() {
        #expect(parse(signature + [0x31, 0x11, 0, 12]) == .malformed)
        #expect(parse(signature + [0x22, 0x11, 0, 12]) == .malformed)
        #expect(parse(signature + [0x21, 0x11, 0, 11]) == .malformed)
        #expect(parse(signature + [0x21, 0x11, 0xff, 0xff]) == .malformed)
    }

    @Test func everyBeginningIsIncomplete() {
        let text = Array("PROXY TCP4 192.0.2.1 198.51.100.7 51234 80\r\n".utf8)
        let binary: [UInt8] = signature + [0x21, 0x11, 0, 12, 192, 0, 2, 1, 198, 51, 100, 7, 0x12, 0x34, 0, 80]
        for header in [text, binary] {
            for end in 0..<header.count { #expect(parse(Array(header[..<end])) == .incomplete) }
        }
    }
}
