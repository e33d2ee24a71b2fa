/// Connections on their way to another worker: one datagram, with one descriptor for each beside it (SCM_RIGHTS).
///
/// `HANDOVER=1`, `BYTES=` and a number for each connection, an empty line, and then the bytes of the next request that
/// were read already, of one connection after the other. Who has sent it has given the connections away.
package struct HandoverMessage: Equatable, Sendable {
    /// The most connections of a message.
    package static let maxConnections = 32
    /// The most bytes that are read ahead, of all its connections together.
    package static let maxReadBytes = 64 * 1024
    /// The largest datagram.
    package static let maxBytes = maxReadBytes + 1024

    /// What was read already of each connection's next request, in the order of the descriptors.
    package let read: [[UInt8]]

    /// A message about as many connections as there are elements.
    package init(read: [[UInt8]]) { self.read = read }

    /// Reads a datagram; nil when it is none of this version.
    package init?(parsing bytes: [UInt8]) {
        let feed = UInt8(ascii: "\n")
        guard let end = bytes.indices.first(where: { bytes[$0] == feed && $0 > 0 && bytes[$0 - 1] == feed }) else {
            return nil
        }
        let fields = Fields(parsing: Array(bytes[..<end]))
        guard fields["HANDOVER"] == "1", let lengths = fields["BYTES"]?.split(separator: " ") else { return nil }
        var read: [[UInt8]] = []
        var rest = bytes[(end + 1)...]
        for text in lengths {
            guard let length = Int(text), length >= 0, length <= rest.count else { return nil }
            read.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        guard rest.isEmpty, !read.isEmpty, read.count <= Self.maxConnections else { return nil }
        self.read = read
    }

    /// The datagram.
    package var bytes: [UInt8] {
        let lengths = read.map { "\($0.count)" }.joined(separator: " ")
        return Fields([("HANDOVER", "1"), ("BYTES", lengths)]).bytes + [UInt8(ascii: "\n")] + read.joined()
    }
}
