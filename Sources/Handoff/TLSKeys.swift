package import Linux

/// The bundle from which a worker speaks TLS: certificates with their keys, and the keys of session tickets. The master makes it and
/// hands it over as a file in memory (`DEPLOYD_TLS`, and beside the control message `TLS=1`).
///
/// Its description has none of it, so that no log can.
package struct TLSKeys: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    /// A certificate and its key, as PEM.
    package struct Certificate: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
        /// The certificate, and those of the authorities between it and the root.
        package var chain: [UInt8]
        /// The private key, not encrypted.
        package var key: [UInt8]

        /// A certificate of a bundle.
        package init(chain: [UInt8], key: [UInt8]) {
            self.chain = chain
            self.key = key
        }

        /// Nothing of the content.
        package var description: String { "a certificate with its key" }
        /// Nothing of the content.
        package var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// The keys by which session tickets are made (RFC 5077 section 4).
    package struct TicketKey: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
        /// The bytes of a key: 16 of its name, 32 for AES-256, 32 for HMAC-SHA-256.
        package static let byteCount = 80

        /// The name that stands in front of a ticket: 16 bytes.
        package let name: [UInt8]
        /// The key of AES-256-CBC: 32 bytes.
        package let encryption: [UInt8]
        /// The key of HMAC-SHA-256: 32 bytes.
        package let authentication: [UInt8]

        /// Reads ``byteCount`` bytes, which must be random; nil for another number.
        package init?(_ bytes: [UInt8]) {
            guard bytes.count == Self.byteCount else { return nil }
            name = Array(bytes[..<16])
            encryption = Array(bytes[16..<48])
            authentication = Array(bytes[48...])
        }

        /// The bytes that it was read from.
        package var bytes: [UInt8] { name + encryption + authentication }
        /// Nothing of the content.
        package var description: String { "a ticket key" }
        /// Nothing of the content.
        package var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// The most certificates.
    package static let maxCertificates = 1000
    /// The longest chain, in bytes of PEM.
    package static let maxChainBytes = 64 * 1024
    /// The longest key, in bytes of PEM.
    package static let maxKeyBytes = 16 * 1024
    /// The most ticket keys.
    package static let maxTicketKeys = 8
    /// The most bytes of a bundle.
    package static let maxBytes = 16 << 20

    /// "DPDTLS", and the version 1.
    private static let magic: [UInt8] = Array("DPDTLS".utf8) + [0, 1]

    /// The first one is for clients that name no host, or one that no certificate has.
    package var certificates: [Certificate]
    /// Newest first: tickets are made by the first one, and read by all. Without one there are no tickets.
    package var ticketKeys: [TicketKey]

    /// A bundle; no certificates make one that cannot be read.
    package init(certificates: [Certificate], ticketKeys: [TicketKey]) {
        self.certificates = certificates
        self.ticketKeys = ticketKeys
    }

    /// Reads a bundle; nil when it is none of this version, has no certificate, or exceeds a limit.
    package init?(parsing bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard bytes.count <= Self.maxBytes, reader.take(Self.magic.count) == Self.magic,
            let count = reader.number(bytes: 2), 1...UInt64(Self.maxCertificates) ~= count
        else { return nil }
        certificates = []
        ticketKeys = []
        for _ in 0..<count {
            guard let chain = reader.counted(width: 4, longest: Self.maxChainBytes), !chain.isEmpty,
                let key = reader.counted(width: 4, longest: Self.maxKeyBytes), !key.isEmpty
            else { return nil }
            certificates.append(Certificate(chain: chain, key: key))
        }
        guard let keys = reader.number(bytes: 2), keys <= UInt64(Self.maxTicketKeys) else { return nil }
        for _ in 0..<keys {
            guard let key = reader.take(TicketKey.byteCount).flatMap({ TicketKey($0) }) else { return nil }
            ticketKeys.append(key)
        }
        guard reader.isAtEnd else { return nil }
    }

    /// The bundle as bytes; the caller wipes them.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        // Made in one piece: what grows leaves copies behind.
        bytes.reserveCapacity(byteCount)
        bytes += Self.magic
        bytes.append(number: UInt64(certificates.count), bytes: 2)
        for certificate in certificates {
            bytes.append(counted: certificate.chain, width: 4)
            bytes.append(counted: certificate.key, width: 4)
        }
        bytes.append(number: UInt64(ticketKeys.count), bytes: 2)
        for key in ticketKeys { bytes += key.bytes }
        return bytes
    }

    /// The number of ``bytes``.
    package var byteCount: Int {
        certificates.reduce(Self.magic.count + 4) { $0 + 8 + $1.chain.count + $1.key.count }
            + ticketKeys.count * TicketKey.byteCount
    }

    /// Reads a file in memory from its beginning, and wipes what it read on the way. Nil for what is no bundle.
    package init?(reading file: borrowing FileDescriptor) throws(SystemError) {
        var bytes = try file.read(at: 0, count: Self.maxBytes + 1)
        defer { bytes.wipe() }
        self.init(parsing: bytes)
    }

    /// Overwrites the private keys.
    package mutating func wipe() {
        for index in certificates.indices { certificates[index].key.wipe() }
        certificates = []
        ticketKeys = []
    }

    /// Nothing of the content.
    package var description: String { "\(certificates.count) certificates, \(ticketKeys.count) ticket keys" }
    /// Nothing of the content.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
