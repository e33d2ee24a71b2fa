internal import Linux

/// The files below one directory, for GET and HEAD.
///
/// The kernel itself holds lookups below the root (openat2, RESOLVE_BENEATH): no name and no link leads out of it. The
/// root stays open, so a release that was renamed or replaced goes on being served as it was.
final class FileTree: Sendable {
    /// What a path leads to.
    enum Lookup {
        case file(FoundFile)
        /// A directory that was named without its slash.
        case directory
        case none
    }

    private let root: FileDescriptor

    /// The tree below `directory`.
    init(_ directory: String) throws(SystemError) { root = try FileDescriptor.directory(directory) }

    /// Opens a file by its name relative to the root; nil when it is none.
    func file(_ name: String) -> FoundFile? {
        guard let file = try? root.openBeneath(name), let status = try? file.status(), status.kind == .file else {
            return nil
        }
        return FoundFile(file, FileVersion(status), type: MediaType.of(name))
    }

    /// Looks up the path in `range` of a request.
    func find(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Lookup {
        guard let path = FilePath.relative(range, bytes),
            let file = try? root.openBeneath(path), let status = try? file.status()
        else { return .none }
        switch status.kind {
        case .file: return .file(FoundFile(file, FileVersion(status), type: MediaType.of(path)))
        case .directory: return .directory
        case .link, .socket, .other: return .none
        }
    }
}

/// A file that was opened, with what its answer says of it. It is closed when nobody sends from it any more.
final class FoundFile {
    let descriptor: FileDescriptor
    let version: FileVersion
    let type: StaticString

    init(_ descriptor: consuming FileDescriptor, _ version: FileVersion, type: StaticString) {
        self.descriptor = descriptor
        self.version = version
        self.type = type
    }

    /// The status line and the fields of its answer.
    func head() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(ascii: "HTTP/1.1 200 OK\r\nContent-Type: ")
        bytes.append(ascii: type)
        bytes.append(ascii: "\r\n")
        version.writeFields(to: &bytes)
        bytes.append(ascii: "Accept-Ranges: bytes\r\n")
        bytes.append(contentLength: version.size)
        return bytes
    }
}
