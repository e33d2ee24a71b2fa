internal import Linux

/// What an answer says of a file besides its bytes, and what a client's copy is compared with.
struct FileVersion: Sendable, Equatable {
    /// Length in bytes.
    let size: Int
    /// When the content changed last, in seconds since 1970.
    let modified: Int
    /// The strong entity tag with its quotes: time to the nanosecond, and length.
    let tag: [UInt8]

    init(_ status: FileStatus) {
        size = status.size
        modified = Int(status.modified.components.seconds)
        let nanoseconds = status.modified.components.attoseconds / 1_000_000_000
        let parts = [UInt64(bitPattern: Int64(modified)), UInt64(nanoseconds), UInt64(size)]
        tag = Array("\"\(parts.map { String($0, radix: 16) }.joined(separator: "-"))\"".utf8)
    }

    /// Appends Last-Modified and ETag.
    func writeFields(to bytes: inout [UInt8]) {
        bytes.append(ascii: "Last-Modified: ")
        HTTPDate.append(modified, to: &bytes)
        bytes.append(ascii: "\r\nETag: ")
        bytes.append(contentsOf: tag)
        bytes.append(ascii: "\r\n")
    }
}
