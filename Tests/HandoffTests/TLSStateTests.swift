import Handoff
import Testing

@Suite("A TLS connection on its way to another worker")
struct TLSStateTests {
    static func state(suite: UInt16 = 0x1302, decrypted: [UInt8] = [], name: String = "example.com") -> TLSState {
        let count = suite == 0x1302 ? 48 : 32
        return TLSState(
            suite: suite, client: (Array(repeating: 171, count: count), 7),
            server: (Array(repeating: 172, count: count), .max), decrypted: decrypted,
            names: (Array(name.utf8), Array("http/1.1".utf8)))
    }

    @Test("It goes there and back", arguments: [0x1301, 0x1302, 0x1303] as [UInt16])
    func roundTrip(suite: UInt16) {
        for state in [
            Self.state(suite: suite), Self.state(suite: suite, name: ""),
            Self.state(suite: suite, decrypted: Array("GET / HTTP/1.1\r\nHo".utf8)),
            Self.state(
                suite: suite, decrypted: Array(repeating: 10, count: TLSState.maxDecryptedBytes),
                name: String(repeating: "x", count: TLSState.maxNameBytes)),
        ] {
            #expect(state.bytes.count == state.byteCount)
            #expect(state.byteCount <= TLSState.maxBytes)
            #expect(TLSState(parsing: state.bytes) == state)
        }
    }

    @Test("What is cut off, followed by something, or of another version is none")
    func malformed() {
        let bytes = Self.state(decrypted: [1, 2, 3]).bytes
        for end in bytes.indices { #expect(TLSState(parsing: Array(bytes[..<end])) == nil) }
        #expect(TLSState(parsing: bytes + [0]) == nil)
        var other = bytes
        other[0] = 2
        #expect(TLSState(parsing: other) == nil)
    }

    @Test("A suite of TLS 1.2, or one that nobody knows, is none", arguments: [0x1300, 0x1304, 0xc02f, 0] as [UInt16])
    func suites(suite: UInt16) {
        var bytes = Self.state(suite: 0x1301).bytes
        bytes[1] = UInt8(suite >> 8)
        bytes[2] = UInt8(suite & 0xff)
        #expect(TLSState(parsing: bytes) == nil)
    }

    @Test("More decrypted bytes than there may be are none")
    func tooMany() {
        let state = Self.state(decrypted: Array(repeating: 10, count: TLSState.maxDecryptedBytes + 1))
        #expect(TLSState(parsing: state.bytes) == nil)
    }

    @Test("No secret is in its description, nor in a dump, and none is left when it was wiped")
    func secrets() {
        var state = Self.state()
        var text = "\(state)"
        dump(state, to: &text)
        #expect(!text.contains("171"))
        state.wipe()
        #expect(state.clientSecret.isEmpty && state.serverSecret.isEmpty)
    }
}
