import Handoff
import Testing

@testable import TLS

/// Bytes from hexadecimal digits and spaces.
func bytes(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }
    return stride(from: 0, to: digits.count, by: 2).map { place in
        let start = digits.index(digits.startIndex, offsetBy: place)
        return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16) ?? 0
    }
}

extension RecordLayer {
    /// Opens all of `input`.
    func open(_ input: [UInt8]) -> (opened: Opened, content: [UInt8]) {
        var output = [UInt8](repeating: 0, count: input.count + 1)
        let opened = unsafe input.withUnsafeBytes { records in
            unsafe output.withUnsafeMutableBytes { unsafe open(records, into: $0) }
        }
        return (opened, Array(output.prefix(opened.content)))
    }

    /// Seals content.
    func seal(_ content: [UInt8]) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: Self.sealedBytes(of: content.count))
        let count = unsafe content.withUnsafeBytes { content in
            unsafe out.withUnsafeMutableBytes { unsafe seal(content, to: $0.baseAddress!) }
        }
        return Array(out.prefix(count))
    }

    /// Seals one record of a type, as a peer does that keeps to no rule.
    func record(_ type: ContentType, _ content: [UInt8]) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: content.count + Self.overheadBytes)
        let count = unsafe content.withUnsafeBytes { content in
            unsafe out.withUnsafeMutableBytes { unsafe sealRecord(type, content, to: $0.baseAddress!) }
        }
        return Array(out.prefix(count))
    }
}

/// Both ends of a connection.
struct RecordPair {
    let server: RecordLayer
    let client: RecordLayer

    init(_ suite: CipherSuite = .aes128GCM, clientSequence: UInt64 = 0, serverSequence: UInt64 = 0) throws {
        let secrets = (
            [UInt8](repeating: 1, count: suite.hashBytes), [UInt8](repeating: 2, count: suite.hashBytes)
        )
        let ciphers = try #require(RecordCiphers(TLSLibrary.open()))
        server = try #require(
            RecordLayer(
                TLSState(
                    suite: suite.rawValue, client: (secrets.0, clientSequence), server: (secrets.1, serverSequence),
                    decrypted: [], names: ([], [])), ciphers))
        client = try #require(
            RecordLayer(
                TLSState(
                    suite: suite.rawValue, client: (secrets.1, serverSequence), server: (secrets.0, clientSequence),
                    decrypted: [], names: ([], [])), ciphers))
    }
}

@Suite("Records of TLS 1.3")
struct RecordLayerTests {
    // RFC 8448 section 3: the secrets, and what both ends send behind the handshake.
    private static let clientSecret = bytes("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5")
    private static let serverSecret = bytes("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643")
    private static let content = (0..<50).map { UInt8($0) }
    private static let fromClient = bytes(
        """
        17 03 03 00 43 a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14 aa 66 bc ab 3f 2b 98 19 a8 a5 b4 6b
        39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62 92 a2 97 70 14 bd 1e 3d ea e6 3a ee bb 21 69 49 15 e4
        """)
    private static let fromServer = bytes(
        """
        17 03 03 00 43 2e 93 7e 11 ef 4a c7 40 e5 38 ad 36 00 5f c4 a4 69 32 fc 32 25 d0 5f 82 aa 1b 36 e3 0e fa f9 7d 90 e6
        df fc 60 2d cb 50 1a 59 a8 fc c4 9c 4b f2 e5 f0 a2 1c 00 47 c2 ab f3 32 54 0d d0 32 e1 67 c2 95 5d
        """)
    private static let clientCloses = bytes(
        "17 03 03 00 13 c9 87 27 60 65 56 66 b7 4d 7f f1 15 3e fd 6d b6 d0 b0 e3")
    private static let serverCloses = bytes(
        "17 03 03 00 13 b5 8f d6 71 66 eb f5 99 d2 47 20 cf be 7e fa 7a 88 64 a9")

    @Test("What RFC 8448 shows is opened and sealed, to the byte")
    func vectors() throws {
        let ciphers = try #require(RecordCiphers(TLSLibrary.open()))
        // The server's first record under these keys was a ticket.
        let state = TLSState(
            suite: 0x1301, client: (Self.clientSecret, 0), server: (Self.serverSecret, 1), decrypted: [],
            names: ([], []))
        let records = try #require(RecordLayer(state, ciphers))
        let (opened, content) = records.open(Self.fromClient)
        #expect(opened.consumed == Self.fromClient.count)
        #expect(content == Self.content)
        #expect(records.seal(Self.content) == Self.fromServer)
        #expect(records.open(Self.clientCloses).opened.end == .closed)
        #expect(records.seal(.closeNotify) == Self.serverCloses)
    }

    @Test("A connection goes on from its state, under each suite", arguments: CipherSuite.allCases)
    func handOver(suite: CipherSuite) throws {
        let pair = try RecordPair(suite)
        for _ in 0..<3 { #expect(pair.server.open(pair.client.seal(Self.content)).content == Self.content) }
        _ = pair.server.seal(Self.content)
        _ = pair.client.open(pair.server.seal([]))
        let other = try #require(RecordCiphers(TLSLibrary.open()))
        let state = try #require(TLSState(parsing: pair.server.state(decrypted: [7]).bytes))
        #expect(state.decrypted == [7])
        #expect(state.clientSequence == 3)
        let next = try #require(RecordLayer(state, other))
        #expect(next.open(pair.client.seal(Self.content)).content == Self.content)
        #expect(next.mayLeave)
    }

    @Test("Many connections share the ciphers")
    func shared() throws {
        let pairs = try CipherSuite.allCases.map { try RecordPair($0) }
        for round in 0..<5 {
            for pair in pairs {
                #expect(pair.server.open(pair.client.seal([UInt8(round)])).content == [UInt8(round)])
                #expect(pair.client.open(pair.server.seal(Self.content)).content == Self.content)
            }
        }
    }

    @Test("Content of any size is cut into records", arguments: [0, 1, 16_383, 16_384, 16_385, 100_000])
    func sizes(count: Int) throws {
        let pair = try RecordPair()
        let content = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let records = pair.server.seal(content)
        #expect(records.count <= RecordLayer.sealedBytes(of: count))
        #expect(pair.client.open(records).content == content)
    }

    @Test("A record is opened when it is whole, wherever it is cut")
    func pieces() throws {
        let whole = try RecordPair()
        let records = whole.client.seal([1, 2, 3]) + whole.client.seal([4])
        for cut in records.indices {
            let pair = try RecordPair()
            let (first, content) = pair.server.open(Array(records[..<cut]))
            #expect(first.end == nil)
            let (second, more) = pair.server.open(Array(records[first.consumed...]))
            #expect(second.end == nil)
            #expect(content + more == [1, 2, 3, 4])
        }
    }

    // MARK: What is not TLS

    private func end(_ make: (RecordPair) -> [UInt8]) throws -> RecordLayer.End? {
        let pair = try RecordPair()
        return pair.server.open(make(pair)).opened.end
    }

    @Test("What cannot be a record is answered as RFC 8446 says")
    func malformed() throws {
        #expect(try end { _ in bytes("16 03 03 00 20") } == .failed(.unexpectedMessage))
        #expect(try end { _ in bytes("14 03 03 00 01 01") } == .failed(.unexpectedMessage))
        #expect(try end { _ in bytes("15 03 03 00 02 02 28") } == .failed(.unexpectedMessage))
        #expect(try end { _ in Array("GET / HTTP/1.1".utf8) } == .failed(.unexpectedMessage))
        #expect(try end { _ in bytes("17 03 03 41 01") } == .failed(.recordOverflow))
        #expect(try end { _ in bytes("17 03 03 00 00") } == .failed(.badRecordMAC))
        #expect(try end { _ in bytes("17 03 03 00 10") } == .failed(.badRecordMAC))
    }

    @Test("A record that was changed, repeated or left out is not opened")
    func order() throws {
        let pair = try RecordPair()
        let record = pair.client.seal(Self.content)
        for place in record.indices where place < 1 || place >= 3 {
            var changed = record
            changed[place] ^= 1
            let (opened, content) = try RecordPair().server.open(changed)
            // A longer one waits for more.
            #expect(opened.end != nil || opened.consumed == 0)
            #expect(content.isEmpty)
        }
        #expect(pair.server.open(record).content == Self.content)
        #expect(pair.server.open(record).opened.end == .failed(.badRecordMAC))
        let other = try RecordPair()
        _ = other.client.seal([1])
        #expect(other.server.open(other.client.seal([2])).opened.end == .failed(.badRecordMAC))
    }

    @Test("Padding is passed over, and a record of nothing else is refused")
    func padding() throws {
        // The type stands behind the content: zeros behind it are padding.
        let content = [UInt8]("hello".utf8) + [23] + [UInt8](repeating: 0, count: 100)
        let pair = try RecordPair()
        let padded = try #require(pair.client.rawRecord(content))
        #expect(pair.server.open(padded).content == [UInt8]("hello".utf8))
        #expect(try end { $0.client.rawRecord([0, 0, 0]) ?? [] } == .failed(.unexpectedMessage))
        #expect(
            try end { $0.client.rawRecord([UInt8](repeating: 1, count: 16_384) + [23, 0]) ?? [] }
                == .failed(.recordOverflow))
        #expect(try end { $0.client.rawRecord([1, 99]) ?? [] } == .failed(.unexpectedMessage))
    }

    @Test("Alerts end the connection, but for a user's cancel")
    func alerts() throws {
        #expect(try end { $0.client.record(.alert, [1, 0]) } == .closed)
        #expect(try end { $0.client.record(.alert, [2, 40]) } == .aborted(40))
        #expect(try end { $0.client.record(.alert, [1, 90]) } == nil)
        #expect(try end { $0.client.record(.alert, []) } == .failed(.unexpectedMessage))
        #expect(try end { $0.client.record(.alert, [1]) } == .failed(.decodeError))
        #expect(try end { $0.client.record(.alert, [1, 0, 0]) } == .failed(.decodeError))
    }

    @Test("Content in front of the end is given out")
    func contentBeforeEnd() throws {
        let pair = try RecordPair()
        let (opened, content) = pair.server.open(
            pair.client.seal([1, 2]) + pair.client.record(.alert, [1, 0]) + [9, 9])
        #expect(opened.end == .closed)
        #expect(content == [1, 2])
    }

    @Test("Records that bring nothing are bounded")
    func nothing() throws {
        let cases: [(ContentType, [UInt8])] = [
            (.applicationData, []), (.alert, [1, 90]), (.handshake, [24, 0, 0, 1, 0]),
        ]
        for (type, content) in cases {
            let pair = try RecordPair()
            var end: RecordLayer.End?
            var count = 0
            while end == nil, count < 100 {
                let record = pair.client.record(type, content)
                if type == .handshake { pair.client.changeKeys() }
                end = pair.server.open(record).opened.end
                count += 1
            }
            #expect(end == .failed(.unexpectedMessage))
            #expect(count == 33)
        }
    }

    // MARK: KeyUpdate

    @Test("The client changes its keys, and ours when it asks for that", arguments: CipherSuite.allCases)
    func keyUpdate(suite: CipherSuite) throws {
        let pair = try RecordPair(suite)
        let request = pair.client.record(.handshake, [24, 0, 0, 1, 1])
        pair.client.changeKeys()
        let (opened, content) = pair.server.open(request + pair.client.seal([1]))
        #expect(opened.end == nil)
        #expect(content == [1])
        #expect(pair.server.owesUpdate)
        #expect(!pair.server.mayLeave)
        // The answer announces the keys under which it stands.
        let answer = pair.server.seal([2])
        #expect(pair.client.open(answer).content == [2])
        #expect(!pair.server.owesUpdate)
        // And the state has the new secrets.
        let state = pair.server.state(decrypted: [])
        #expect(state.clientSequence == 1)
        #expect(state.serverSequence == 1)
        let next = try #require(RecordLayer(state, RecordCiphers(TLSLibrary.open()) ?? pair.server.ciphers))
        #expect(next.open(pair.client.seal([3])).content == [3])
        #expect(pair.client.open(next.seal([4])).content == [4])
    }

    @Test("A KeyUpdate may come in pieces, with nothing between them")
    func pieces2() throws {
        let pair = try RecordPair()
        let first = pair.client.record(.handshake, [24, 0])
        let second = pair.client.record(.handshake, [0, 1, 0])
        pair.client.changeKeys()
        #expect(pair.server.open(first).opened.end == nil)
        #expect(!pair.server.mayLeave)
        #expect(pair.server.open(second).opened.end == nil)
        #expect(pair.server.open(pair.client.seal([5])).content == [5])
        #expect(
            try end { $0.client.record(.handshake, [24, 0]) + $0.client.seal([1]) } == .failed(.unexpectedMessage))
        #expect(
            try end { $0.client.record(.handshake, [24, 0]) + $0.client.record(.alert, [1, 0]) }
                == .failed(.unexpectedMessage))
    }

    @Test("Other handshake messages are refused")
    func messages() throws {
        #expect(try end { $0.client.record(.handshake, [1, 0, 0, 0]) } == .failed(.unexpectedMessage))
        #expect(try end { $0.client.record(.handshake, [4, 0, 0, 0]) } == .failed(.unexpectedMessage))
        #expect(try end { $0.client.record(.handshake, []) } == .failed(.unexpectedMessage))
        #expect(try end { $0.client.record(.handshake, [24, 0, 0, 2, 0, 0]) } == .failed(.decodeError))
        #expect(try end { $0.client.record(.handshake, [24, 0, 0, 1, 2]) } == .failed(.illegalParameter))
        #expect(try end { $0.client.record(.handshake, [24, 0, 0, 1, 0, 24]) } == .failed(.unexpectedMessage))
        #expect(try end { $0.client.record(.changeCipherSpec, [1]) } == .failed(.unexpectedMessage))
    }

    @Test("Keys that have sealed enough are changed by us")
    func limit() throws {
        let pair = try RecordPair(serverSequence: 1 << 23)
        let sealed = pair.server.seal([1])
        #expect(pair.client.open(sealed).content == [1])
        #expect(pair.server.state(decrypted: []).serverSequence == 1)
    }

    // MARK: States of others

    @Test("A state that no connection can have is refused")
    func states() throws {
        let ciphers = try #require(RecordCiphers(TLSLibrary.open()))
        func isTaken(_ suite: UInt16, _ length: Int, _ sequence: UInt64) -> Bool {
            let secret = [UInt8](repeating: 1, count: length)
            let state = TLSState(
                suite: suite, client: (secret, sequence), server: (secret, 0), decrypted: [], names: ([], []))
            let turned = TLSState(
                suite: suite, client: (secret, 0), server: (secret, sequence), decrypted: [], names: ([], []))
            return RecordLayer(state, ciphers) != nil && RecordLayer(turned, ciphers) != nil
        }
        #expect(isTaken(0x1301, 32, 5))
        #expect(!isTaken(0x1301, 48, 5))
        #expect(!isTaken(0x1302, 32, 5))
        #expect(!isTaken(0x1304, 32, 5))
        #expect(!isTaken(0x1301, 32, .max))
    }
}
