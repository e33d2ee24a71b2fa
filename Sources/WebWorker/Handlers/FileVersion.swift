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

    /// Whether the client's copy, if it has one, is another version: If-None-Match, and without it If-Modified-Since
    /// (RFC 9110 section 13.2.2). A date from the future is passed over; `now` is in seconds since 1970.
    func isNewer(than head: RequestHead, _ bytes: Span<UInt8>, now: () -> Int) -> Bool {
        if let tags = head.value(of: "if-none-match", in: bytes) {
            return !EntityTag.list(tags.range, bytes, contains: tag)
        }
        guard let place = head.value(of: "if-modified-since", in: bytes),
            let date = HTTPDate.parse(place.range, bytes), date <= now()
        else { return true }
        return modified > date
    }
}
