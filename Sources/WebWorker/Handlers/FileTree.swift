internal import Linux

/// The files below one directory, for GET and HEAD.
///
/// The kernel itself holds lookups below the root (openat2, RESOLVE_BENEATH): no name and no link leads out of it. The
/// root stays open, so a release that was renamed or replaced goes on being served as it was.
final class FileTree: Sendable {
    /// What a path leads to.
    enum Lookup {
        case found(FoundFile)
        /// The client has it already.
        case notModified(FoundFile)
        /// A directory that was named without its slash, and where it is.
        case directory(String)
        case none
    }

    private let root: FileDescriptor

    /// The tree below `directory`.
    init(_ directory: String) throws(SystemError) { root = try FileDescriptor.directory(directory) }

    /// Looks up the path of a request. `now` is in seconds since 1970.
    func find(_ head: RequestHead, _ bytes: Span<UInt8>, now: Int) -> Lookup {
        guard let path = FilePath.relative(head.path.range, bytes),
            let file = try? root.openBeneath(path), let status = try? file.status()
        else { return .none }
        switch status.kind {
        case .file:
            let found = FoundFile(file, status, type: MediaType.of(path))
            return found.isNewer(than: head, bytes, now: now) ? .found(found) : .notModified(found)
        case .directory:
            // Its path has no empty segment, so the answer cannot lead to another host ("//example.com/").
            let query = head.query.map { "?" + bytes.text($0.range) } ?? ""
            return .directory(bytes.text(head.path.range) + "/" + query)
        case .link, .socket, .other: return .none
        }
    }
}

/// A file that was opened, with what its answer says of it.
final class FoundFile {
    /// Length in bytes when it was opened.
    let size: Int
    private let modified: Int
    private let tag: [UInt8]
    private let type: StaticString
    private var descriptor: FileDescriptor?

    init(_ descriptor: consuming FileDescriptor, _ status: FileStatus, type: StaticString) {
        size = status.size
        modified = Int(status.modified.components.seconds)
        let nanoseconds = status.modified.components.attoseconds / 1_000_000_000
        let parts = [UInt64(bitPattern: Int64(modified)), UInt64(nanoseconds), UInt64(size)]
        tag = Array("\"\(parts.map { String($0, radix: 16) }.joined(separator: "-"))\"".utf8)
        self.type = type
        self.descriptor = consume descriptor
    }

    /// Gives the open file away, once.
    func takeDescriptor() -> FileDescriptor {
        guard let descriptor = descriptor.take() else { fatalError("the file was taken already") }
        return descriptor
    }

    /// Appends Content-Type, Last-Modified and ETag.
    func writeFields(to bytes: inout [UInt8]) {
        bytes.append(ascii: "Content-Type: ")
        bytes.append(ascii: type)
        bytes.append(ascii: "\r\nLast-Modified: ")
        HTTPDate.append(modified, to: &bytes)
        bytes.append(ascii: "\r\nETag: ")
        bytes.append(contentsOf: tag)
        bytes.append(ascii: "\r\n")
    }

    /// Whether the client's copy, if it has one, is not this file: If-None-Match, and without it If-Modified-Since
    /// (RFC 9110 section 13.2.2). A date from the future is passed over.
    func isNewer(than head: RequestHead, _ bytes: Span<UInt8>, now: Int) -> Bool {
        if let tags = head.value(of: "if-none-match", in: bytes) {
            return !EntityTag.list(tags.range, bytes, contains: tag)
        }
        guard let place = head.value(of: "if-modified-since", in: bytes),
            let date = HTTPDate.parse(place.range, bytes), date <= now
        else { return true }
        return modified > date
    }
}
