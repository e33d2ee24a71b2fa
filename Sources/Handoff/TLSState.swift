internal import Linux

/// An established TLS 1.3 connection on its way to another worker: what that one needs to go on with its records (RFC 8446
/// section 5) as if it had made the handshake itself.
///
/// Its description has no secret, so that no log can.
package struct TLSState: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The longest host name of a client: 255 bytes.
    package static let maxNameBytes = 255
    /// The most bytes that were decrypted and not used yet.
    package static let maxDecryptedBytes = 64 * 1024
    /// The most bytes of a state.
    package static let maxBytes = maxDecryptedBytes + 1024
    private static let version: UInt64 = 1

    /// The cipher suite's number: 0x1301, 0x1302 or 0x1303 (RFC 8446 appendix B.4).
    package let suite: UInt16
    /// The present application traffic secret of what the client sends: as many bytes as the suite's hash has.
    package var clientSecret: [UInt8]
    /// The same of what we send.
    package var serverSecret: [UInt8]
    /// The number of the next record of the client under that secret.
    package let clientSequence: UInt64
    /// The number of our next record.
    package let serverSequence: UInt64
    /// Bytes of the next request that were decrypted already.
    package var decrypted: [UInt8]
    /// The host that the client has named (SNI); empty if it has named none.
    package let name: [UInt8]
    /// The protocol that was agreed on (ALPN); empty if there was none.
    package let application: [UInt8]

    /// A connection between two records.
    package init(
        suite: UInt16, client: (secret: [UInt8], sequence: UInt64), server: (secret: [UInt8], sequence: UInt64),
        decrypted: [UInt8], names: (server: [UInt8], application: [UInt8])
    ) {
        self.suite = suite
        clientSecret = client.secret
        clientSequence = client.sequence
        serverSecret = server.secret
        serverSequence = server.sequence
        self.decrypted = decrypted
        name = names.server
        application = names.application
    }

    /// Reads a state; nil when it is none of this version, or does not fit together.
    package init?(parsing bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard bytes.count <= Self.maxBytes, reader.number(bytes: 1) == Self.version,
            let suite = reader.number(bytes: 2).map({ UInt16($0) }), let count = Self.secretBytes(of: suite),
            let clientSecret = reader.take(count), let serverSecret = reader.take(count),
            let clientSequence = reader.number(bytes: 8), let serverSequence = reader.number(bytes: 8),
            let decrypted = reader.counted(width: 4, longest: Self.maxDecryptedBytes),
            let name = reader.counted(width: 1, longest: Self.maxNameBytes),
            let application = reader.counted(width: 1, longest: 255), reader.isAtEnd
        else { return nil }
        self.init(
            suite: suite, client: (clientSecret, clientSequence), server: (serverSecret, serverSequence),
            decrypted: decrypted, names: (name, application))
    }

    /// The length of a suite's secrets, which is that of its hash; nil for a suite that there is not in TLS 1.3, or that is not
    /// spoken here.
    package static func secretBytes(of suite: UInt16) -> Int? {
        switch suite {
        case 0x1301, 0x1303: 32
        case 0x1302: 48
        default: nil
        }
    }

    /// The state as bytes; the caller wipes them.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        bytes.append(number: Self.version, bytes: 1)
        bytes.append(number: UInt64(suite), bytes: 2)
        bytes += clientSecret
        bytes += serverSecret
        bytes.append(number: clientSequence, bytes: 8)
        bytes.append(number: serverSequence, bytes: 8)
        bytes.append(counted: decrypted, width: 4)
        bytes.append(counted: name, width: 1)
        bytes.append(counted: application, width: 1)
        return bytes
    }

    /// The number of ``bytes``.
    package var byteCount: Int {
        25 + clientSecret.count + serverSecret.count + decrypted.count + name.count + application.count
    }

    /// Overwrites what must not be left in memory.
    package mutating func wipe() {
        clientSecret.wipe()
        serverSecret.wipe()
        decrypted.wipe()
    }

    /// Nothing of the content.
    package var description: String { "a TLS connection" }
    /// Nothing of the content.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
