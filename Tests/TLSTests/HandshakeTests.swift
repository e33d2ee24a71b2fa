import CLinux
import Handoff
import TestSupport
import Testing

@testable import TLS

/// A client of libssl's in this process, between two buffers in memory.
@safe
final class MemoryClient {
    let session: LibrarySession
    private let context: OpaquePointer

    init(version: Int = OpenSSL.version13, host: String? = nil, protocols: String? = nil, groups: String? = nil) throws
    {
        _ = try TLSLibrary.open()
        guard let context = unsafe clinux_SSL_CTX_new(clinux_TLS_client_method()) else { throw NoMemory() }
        unsafe self.context = context
        _ = unsafe clinux_SSL_CTX_ctrl(context, OpenSSL.setMaximumVersion, version, nil)
        if let groups {
            var names = Array(groups.utf8CString)
            let isSet = unsafe names.withUnsafeMutableBytes {
                unsafe clinux_SSL_CTX_ctrl(context, OpenSSL.setGroupsList, 0, $0.baseAddress) == 1
            }
            guard isSet else { throw NoMemory() }
        }
        if let protocols {
            let name = Array(protocols.utf8)
            _ = unsafe clinux_SSL_CTX_set_alpn_protos(
                context, [UInt8(name.count)] + name, UInt32(name.count + 1))
        }
        guard let ssl = unsafe clinux_SSL_new(context), let session = unsafe LibrarySession(ssl) else {
            throw NoMemory()
        }
        self.session = session
        unsafe clinux_SSL_set_connect_state(ssl)
        if let host {
            var name = Array(host.utf8CString)
            _ = unsafe name.withUnsafeMutableBytes {
                unsafe clinux_SSL_ctrl(ssl, OpenSSL.setServerName, 0, $0.baseAddress)
            }
        }
    }

    deinit { unsafe clinux_SSL_CTX_free(context) }

    /// Takes what came, goes on with the handshake, and returns what there is to send.
    func shake(_ came: [UInt8] = []) -> [UInt8] {
        unsafe came.withUnsafeBytes { unsafe session.write($0) }
        _ = unsafe clinux_SSL_do_handshake(session.ssl)
        var out: [UInt8] = []
        session.readOutput(into: &out)
        return out
    }

    func open(_ came: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: came.count + 32_768)
        let opened = unsafe came.withUnsafeBytes { records in
            unsafe output.withUnsafeMutableBytes { unsafe session.open(records, into: $0) }
        }
        return Array(output.prefix(opened.content))
    }

    func seal(_ content: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        _ = unsafe content.withUnsafeBytes { unsafe session.seal($0, into: &out) }
        return out
    }

    func updateKeys(asking: Bool) { _ = unsafe clinux_SSL_key_update(session.ssl, asking ? 1 : 0) }
}

struct NoMemory: Error {}
struct NoEnd: Error {}

@Suite("Handshakes")
struct HandshakeTests {
    private static let certificate = Result { try TestCertificate("example.com") }

    private static func context(tickets: Int = 1) throws -> ServerContext {
        let certificate = try certificate.get()
        let keys = TLSKeys(
            certificates: [.init(chain: certificate.chain, key: certificate.key)],
            ticketKeys: try (0..<tickets).map { seed in
                try #require(TLSKeys.TicketKey(Array(repeating: UInt8(seed + 1), count: 80)))
            })
        return try ServerContext(keys, TLSLibrary.open())
    }

    /// The first record of some bytes, and the rest.
    private static func split(_ bytes: [UInt8]) -> (record: [UInt8], rest: [UInt8]) {
        let end = 5 + Int(bytes[3]) << 8 + Int(bytes[4])
        return (Array(bytes[..<end]), Array(bytes[end...]))
    }

    /// Shakes hands, one record at a time; what the client sends behind its part is returned.
    private static func establish(
        _ client: MemoryClient, _ handshake: Handshake, more: [UInt8] = []
    ) throws -> (outcome: Handshake.Outcome, toClient: [UInt8], rest: [UInt8]) {
        var fromClient = client.shake()
        for _ in 0..<10 {
            var toClient: [UInt8] = []
            while !fromClient.isEmpty {
                let (record, rest) = split(fromClient)
                fromClient = rest
                let outcome = unsafe record.withUnsafeBytes { unsafe handshake.take($0, sending: &toClient) }
                if case .goesOn = outcome { continue }
                return (outcome, toClient, rest)
            }
            fromClient = client.shake(toClient)
        }
        throw NoEnd()
    }

    private static func records(_ outcome: Handshake.Outcome) throws -> RecordLayer {
        guard case .established(let state) = outcome else { throw NoEnd() }
        let ciphers = try #require(RecordCiphers(TLSLibrary.open()))
        return try #require(RecordLayer(state, ciphers))
    }

    @Test("Behind it records are ours, with and without tickets", arguments: [0, 1, 3])
    func established(tickets: Int) throws {
        let client = try MemoryClient(host: "example.com", protocols: "http/1.1")
        let handshake = try #require(Handshake(Self.context(tickets: tickets)))
        let (outcome, toClient, rest) = try Self.establish(client, handshake)
        #expect(rest.isEmpty)
        #expect(toClient.isEmpty == (tickets == 0))
        let records = try Self.records(outcome)
        #expect(records.serverName == Array("example.com".utf8))
        #expect(records.open(client.seal(Array("hello".utf8))).content == Array("hello".utf8))
        #expect(client.open(toClient + records.seal(Array("there".utf8))) == Array("there".utf8))
        for size in [1, 16_384, 100_000] {
            let content = [UInt8](repeating: UInt8(size & 0xff), count: size)
            #expect(client.open(records.seal(content)).count <= size)
            #expect(records.open(client.seal(content)).content == content)
        }
    }

    @Test("KeyUpdate goes both ways")
    func keyUpdate() throws {
        let client = try MemoryClient()
        let handshake = try #require(Handshake(Self.context()))
        let (outcome, toClient, _) = try Self.establish(client, handshake)
        let records = try Self.records(outcome)
        #expect(client.open(toClient).isEmpty)
        for round in 0..<5 {
            client.updateKeys(asking: round % 2 == 0)
            #expect(records.open(client.seal([UInt8(round)])).content == [UInt8(round)])
            #expect(records.owesUpdate == (round % 2 == 0))
            #expect(client.open(records.seal([9])) == [9])
        }
    }

    /// A connection of TLS 1.2, with its handshake done.
    private static func olderConnection() throws -> (client: MemoryClient, session: LibrarySession) {
        let client = try MemoryClient(version: OpenSSL.version12)
        let handshake = try #require(Handshake(context()))
        let (outcome, toClient, _) = try establish(client, handshake)
        guard case .library(let session) = outcome else { throw OtherOutcome(outcome: "\(outcome)") }
        _ = client.shake(toClient)
        return (client, session)
    }

    private struct OtherOutcome: Error { let outcome: String }

    @Test("TLS 1.2 stays with libssl")
    func olderVersion() throws {
        let (client, session) = try Self.olderConnection()
        var plain = [UInt8](repeating: 0, count: 100)
        let opened = unsafe client.seal([1, 2]).withUnsafeBytes { records in
            unsafe plain.withUnsafeMutableBytes { unsafe session.open(records, into: $0) }
        }
        #expect(plain.prefix(opened.content) == [1, 2])
    }

    @Test("A client of TLS 1.2 that wants to renegotiate gets an alert and the end")
    func renegotiation() throws {
        let (client, session) = try Self.olderConnection()
        #expect(unsafe clinux_SSL_renegotiate(client.session.ssl) == 1)
        let hello = client.shake()
        try #require(hello.first == 22)
        var plain = [UInt8](repeating: 0, count: hello.count + 32_768)
        let opened = unsafe hello.withUnsafeBytes { records in
            unsafe plain.withUnsafeMutableBytes { unsafe session.open(records, into: $0) }
        }
        #expect(opened.content == 0)
        #expect(opened.end == .failed(.unexpectedMessage))
        var out: [UInt8] = []
        session.readOutput(into: &out)
        #expect(out.first == 21)
    }

    @Test("A client that speaks no HTTP/1 is told so, and one that says nothing is served")
    func protocols() throws {
        for (name, works) in [("h2", false), ("http/1.1", true), ("http/1.0", true)] {
            let client = try MemoryClient(protocols: name)
            let handshake = try #require(Handshake(Self.context()))
            let (outcome, toClient, _) = try Self.establish(client, handshake)
            if works {
                _ = try Self.records(outcome)
            } else {
                // no_application_protocol (RFC 7301 section 3.2)
                #expect(toClient == [21, 3, 3, 0, 2, 2, 120])
            }
        }
    }

    @Test(
        "Keys are agreed on in groups that are cheap for the server, and in no others",
        arguments: [
            ("X25519", true), ("P-256", true), ("P-384", true), ("P-521", false), ("X448", false), ("ffdhe2048", false),
        ])
    func groups(name: String, works: Bool) throws {
        let client = try MemoryClient(groups: name)
        let handshake = try #require(Handshake(Self.context()))
        let (outcome, toClient, _) = try Self.establish(client, handshake)
        if works {
            _ = try Self.records(outcome)
        } else {
            // handshake_failure (RFC 8446 section 4.1.1)
            #expect(toClient == [21, 3, 3, 0, 2, 2, 40])
        }
    }

    @Test("What is no handshake fails with an alert")
    func nonsense() throws {
        for bytes: [UInt8] in [
            [22, 3, 1, 0, 4, 9, 0, 0, 0], [23, 3, 3, 0, 1, 1], [0, 0, 0, 0, 0], [22, 3, 1, 255, 255, 1],
        ] {
            let handshake = try #require(Handshake(Self.context()))
            var out: [UInt8] = []
            let outcome = unsafe bytes.withUnsafeBytes { unsafe handshake.take($0, sending: &out) }
            guard case .failed = outcome else {
                Issue.record("\(bytes): \(outcome)")
                continue
            }
            #expect(out.isEmpty || out.first == 21)
        }
    }

    @Test("Keys that cannot be used are refused, with the reason")
    func unusable() throws {
        let (one, other) = (try Self.certificate.get(), try TestCertificate("other.example"))
        func reason(_ certificates: (chain: [UInt8], key: [UInt8])...) throws -> String {
            let keys = TLSKeys(certificates: certificates.map { .init(chain: $0.chain, key: $0.key) }, ticketKeys: [])
            let library = try TLSLibrary.open()
            do throws(ServerContext.Unusable) { _ = try ServerContext(keys, library) } catch {
                return "\(error)"
            }
            return ""
        }
        #expect(try reason((one.chain, one.key)) == "")
        #expect(
            try reason((one.chain, one.key), (one.chain, other.key))
                == "certificate 2: its key is another certificate's")
        #expect(try reason((one.chain, [1])).hasPrefix("certificate 1: its key cannot be read: "))
        #expect(try reason(([1], one.key)).hasPrefix("certificate 1: it cannot be read: "))
    }

    @Test("The certificate for a host is the one with its name, or a wildcard for its first label")
    func hosts() {
        var places = HostPlaces()
        places.add("example.com", 1)
        places.add("*.example.com", 2)
        places.add("www.example.com", 3)
        places.add("example.com", 4)
        for (host, place) in [
            ("example.com", 1), ("EXAMPLE.com.", 1), ("a.example.com", 2), ("www.example.com", 3),
            ("a.b.example.com", nil),
            ("com", nil), ("", nil), (".example.com", nil),
        ] as [(String, Int?)] { #expect(places.find(host) == place, "\(host)") }
    }
}
