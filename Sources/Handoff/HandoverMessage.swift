internal import Linux

/// Connections on their way to another worker: one datagram, with one descriptor for each beside it (SCM_RIGHTS).
///
/// `HANDOVER=1`, `BYTES=` and a number for each connection, an empty line, and then the bytes of the next request that were read
/// already, of one connection after the other. Version 2 (`HANDOVER=2`) has a line `TLS=` more, with a word for each connection, and
/// the states of its TLS connections behind the bytes. A message without TLS connections is always of version 1. Who has sent it has
/// given the connections away.
package struct HandoverMessage: Equatable, Sendable {
    /// How a connection is spoken on.
    package enum Transport: Equatable, Sendable {
        /// As it is.
        case plain
        /// With TLS, whose handshake has not begun: no byte was read by anybody.
        case newTLS
        /// With TLS 1.3, from this state on: bytes of a ``TLSState``, which are not read here.
        case establishedTLS([UInt8])
    }

    /// The most connections of a message.
    package static let maxConnections = 32
    /// The most bytes that are read ahead, of all its connections together.
    package static let maxReadBytes = 64 * 1024
    /// The most bytes of TLS states, of all its connections together. One state with all that it may have fits.
    package static let maxStateBytes = TLSState.maxBytes
    /// The largest datagram.
    package static let maxBytes = maxReadBytes + maxStateBytes + 2048

    /// What was read already of each connection, in the order of the descriptors: of the next request, or, with TLS, of records
    /// that were not decrypted.
    package private(set) var read: [[UInt8]]
    /// How each of them is spoken on.
    package private(set) var transports: [Transport]

    /// A message about as many connections as there are elements, none of them with TLS.
    package init(read: [[UInt8]]) {
        self.read = read
        transports = Array(repeating: .plain, count: read.count)
    }

    /// The same with how each is spoken on: as many elements.
    package init(read: [[UInt8]], transports: [Transport]) {
        precondition(read.count == transports.count)
        self.read = read
        self.transports = transports
    }

    /// The version that a receiver must know.
    package var version: Int { transports.allSatisfy { $0 == .plain } ? 1 : 2 }

    /// Reads a datagram; nil when it is none of these versions, or does not fit together.
    package init?(parsing bytes: [UInt8]) {
        let feed = UInt8(ascii: "\n")
        guard let end = bytes.indices.first(where: { bytes[$0] == feed && $0 > 0 && bytes[$0 - 1] == feed }) else {
            return nil
        }
        let fields = Fields(parsing: Array(bytes[..<end]))
        guard let version = fields["HANDOVER"], version == "1" || version == "2",
            let lengths = fields["BYTES"]?.split(separator: " "),
            1...Self.maxConnections ~= lengths.count
        else { return nil }
        var reader = ByteReader(bytes, from: end + 1)
        guard let read = Self.take(lengths, from: &reader, most: Self.maxReadBytes) else { return nil }
        self.init(read: read)
        if version == "2" {
            guard let words = fields["TLS"]?.split(separator: " "), words.count == read.count,
                let transports = Self.transports(words, from: &reader)
            else { return nil }
            self.transports = transports
            guard zip(read, transports).allSatisfy({ $0.isEmpty || $1 != .newTLS }) else { return nil }
        }
        guard reader.isAtEnd else { return nil }
    }

    private static func take(_ lengths: [Substring], from reader: inout ByteReader, most: Int) -> [[UInt8]]? {
        var pieces: [[UInt8]] = []
        var room = most
        for text in lengths {
            guard let length = Int(text), length <= room, let piece = reader.take(length) else { return nil }
            room -= length
            pieces.append(piece)
        }
        return pieces
    }

    private static func transports(_ words: [Substring], from reader: inout ByteReader) -> [Transport]? {
        let lengths = words.filter { $0 != "-" && $0 != "new" }
        guard let states = take(lengths, from: &reader, most: maxStateBytes) else { return nil }
        var next = states.makeIterator()
        return words.map { word in
            switch word {
            case "-": .plain
            case "new": .newTLS
            default: .establishedTLS(next.next() ?? [])
            }
        }
    }

    /// The datagram. With TLS states in it the caller wipes it.
    package var bytes: [UInt8] {
        let lengths = read.map { "\($0.count)" }.joined(separator: " ")
        guard version == 2 else {
            return Fields([("HANDOVER", "1"), ("BYTES", lengths)]).bytes + [UInt8(ascii: "\n")] + read.joined()
        }
        let words = transports.map(Self.word).joined(separator: " ")
        let head = Fields([("HANDOVER", "2"), ("BYTES", lengths), ("TLS", words)]).bytes + [UInt8(ascii: "\n")]
        var bytes: [UInt8] = []
        // Made in one piece: what grows leaves copies behind.
        bytes.reserveCapacity(read.reduce(head.count + stateBytes) { $0 + $1.count })
        bytes += head
        for piece in read { bytes += piece }
        for case .establishedTLS(let state) in transports { bytes += state }
        return bytes
    }

    private var stateBytes: Int {
        transports.reduce(0) { if case .establishedTLS(let state) = $1 { $0 + state.count } else { $0 } }
    }

    private static func word(_ transport: Transport) -> String {
        switch transport {
        case .plain: "-"
        case .newTLS: "new"
        case .establishedTLS(let state): "\(state.count)"
        }
    }

    /// Overwrites the TLS states.
    package mutating func wipe() {
        for index in transports.indices {
            guard case .establishedTLS(var state) = transports[index] else { continue }
            transports[index] = .plain
            state.wipe()
        }
    }
}
