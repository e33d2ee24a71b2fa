import Handoff
import Linux
import Testing

@Suite("The bundle from which a worker speaks TLS")
struct TLSKeysTests {
    private static func ticketKey(_ seed: UInt8) throws -> TLSKeys.TicketKey {
        try #require(TLSKeys.TicketKey((0..<80).map { UInt8($0) &+ seed }))
    }

    private static func bundle() throws -> TLSKeys {
        TLSKeys(
            certificates: [
                .init(chain: Array("chain one".utf8), key: Array("key one".utf8)),
                .init(chain: Array("chain two".utf8), key: [0, 255, 10]),
            ],
            ticketKeys: [try ticketKey(1), try ticketKey(2), try ticketKey(3)])
    }

    @Test("A bundle goes there and back")
    func roundTrip() throws {
        let bundle = try Self.bundle()
        #expect(bundle.bytes.count == bundle.byteCount)
        #expect(TLSKeys(parsing: bundle.bytes) == bundle)
        var bare = bundle
        bare.ticketKeys = []
        #expect(TLSKeys(parsing: bare.bytes) == bare)
    }

    @Test("It is read from a sealed file in memory")
    func file() throws {
        let bundle = try Self.bundle()
        let file = try FileDescriptor.sealedMemory("deployd-tls", byteCount: bundle.byteCount)
        try file.writeAll(bundle.bytes)
        #expect(try TLSKeys(reading: file) == bundle)
        let empty = try FileDescriptor.sealedMemory("deployd-tls", byteCount: 1)
        #expect(try TLSKeys(reading: empty) == nil)
    }

    @Test("What is cut off, followed by something, or of another version is no bundle")
    func malformed() throws {
        let bytes = try Self.bundle().bytes
        for end in bytes.indices { #expect(TLSKeys(parsing: Array(bytes[..<end])) == nil) }
        #expect(TLSKeys(parsing: bytes + [0]) == nil)
        var other = bytes
        other[7] = 2
        #expect(TLSKeys(parsing: other) == nil)
    }

    @Test("A bundle without a certificate, or beyond a limit, is none")
    func limits() throws {
        let certificate = TLSKeys.Certificate(chain: [1], key: [2])
        func isRead(_ certificates: [TLSKeys.Certificate], keys: Int = 0) throws -> Bool {
            let key = try Self.ticketKey(0)
            let bundle = TLSKeys(certificates: certificates, ticketKeys: Array(repeating: key, count: keys))
            return TLSKeys(parsing: bundle.bytes) != nil
        }
        #expect(try !isRead([]))
        #expect(try isRead(Array(repeating: certificate, count: TLSKeys.maxCertificates)))
        #expect(try !isRead(Array(repeating: certificate, count: TLSKeys.maxCertificates + 1)))
        #expect(try isRead([.init(chain: Array(repeating: 1, count: TLSKeys.maxChainBytes), key: [2])]))
        #expect(try !isRead([.init(chain: Array(repeating: 1, count: TLSKeys.maxChainBytes + 1), key: [2])]))
        #expect(try !isRead([.init(chain: [1], key: Array(repeating: 1, count: TLSKeys.maxKeyBytes + 1))]))
        #expect(try !isRead([.init(chain: [], key: [2])]))
        #expect(try !isRead([.init(chain: [1], key: [])]))
        #expect(try isRead([certificate], keys: TLSKeys.maxTicketKeys))
        #expect(try !isRead([certificate], keys: TLSKeys.maxTicketKeys + 1))
        #expect(TLSKeys.TicketKey([1, 2, 3]) == nil)
    }

    @Test("Its description tells nothing of it, nor does a dump")
    func description() throws {
        let bundle = TLSKeys(
            certificates: [.init(chain: [77], key: [171])],
            ticketKeys: [try #require(TLSKeys.TicketKey(Array(repeating: 171, count: 80)))])
        var text = "\(bundle) \(bundle.certificates) \(bundle.ticketKeys)"
        dump(bundle, to: &text)
        #expect(!text.contains("171"))
        #expect(!text.contains("77"))
    }
}
