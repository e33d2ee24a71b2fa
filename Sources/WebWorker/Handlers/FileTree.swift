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
    private let options: FileOptions
    /// The path of the fallback, as a request would name it; empty without one.
    let fallback: [UInt8]

    /// The tree below `directory`.
    init(_ directory: String, _ options: FileOptions = FileOptions()) throws(SystemError) {
        root = try FileDescriptor.directory(directory)
        self.options = options
        fallback = options.fallback.map { Array("/\($0)".utf8) } ?? []
    }

    /// Opens a file by its name relative to the root; nil when it is none.
    func file(_ name: String) -> FoundFile? {
        guard let file = try? root.openBeneath(name), let status = try? file.status(), status.kind == .file else {
            return nil
        }
        return FoundFile(file, FileVersion(status), type: MediaType.of(name))
    }

    /// Looks up the path in `range` of a request.
    func find(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Lookup {
        guard let path = FilePath.relative(range, bytes) else { return .none }
        guard path.isEmpty || path.hasSuffix("/") else { return open(path) }
        for name in options.index {
            if case .file(let file) = open(path + name) { return .file(file) }
        }
        return .none
    }

    private func open(_ path: String) -> Lookup {
        guard let file = try? root.openBeneath(path), let status = try? file.status() else { return .none }
        switch status.kind {
        case .file:
            let type = MediaType.of(path)
            let found = FoundFile(
                file, FileVersion(status), type: type,
                cacheControl: options.cacheControl.first { $0.fits("/" + path) }?.value)
            if options.precompressed, MediaType.isCompressible(type) { findCompressed(path, of: found) }
            return .file(found)
        case .directory: return .directory
        case .link, .socket, .other: return .none
        }
    }

    /// Looks for what lies compressed beside a file.
    private func findCompressed(_ path: String, of found: FoundFile) {
        for coding in ContentCoding.allCases {
            guard let file = try? root.openBeneath(path + coding.suffix), let status = try? file.status(),
                status.kind == .file
            else { continue }
            let own = FoundFile(
                file, FileVersion(status), type: found.type, cacheControl: found.cacheControl, coding: coding)
            found.compressed.append(own)
        }
    }

    /// The bodies of the worker's own answers. A page that cannot be read is an error, told by its path.
    func errorPages() throws(SystemError) -> [Status: Response] {
        var pages: [Status: Response] = [:]
        for (status, path) in options.errorPages {
            let file = try root.openBeneath(path)
            let body = try file.read(at: 0, count: Self.maxErrorPageBytes)
            var response = Response(status: status, body: body)
            response.headers["Content-Type"] = "\(MediaType.of(path))"
            pages[status] = response
        }
        return pages
    }

    /// The largest page for an error, in bytes; what is beyond is cut.
    private static let maxErrorPageBytes = 256 << 10
}

/// A file that was opened, with what its answer says of it. It is closed when nobody sends from it any more.
final class FoundFile {
    let descriptor: FileDescriptor
    let version: FileVersion
    let type: StaticString
    /// What clients are told of how long they may keep it; nil: nothing.
    let cacheControl: String?
    /// How its bytes are compressed; nil: not.
    let coding: ContentCoding?
    /// The same content, compressed, in the order of preference.
    fileprivate(set) var compressed: [FoundFile] = []

    init(
        _ descriptor: consuming FileDescriptor, _ version: FileVersion, type: StaticString,
        cacheControl: String? = nil, coding: ContentCoding? = nil
    ) {
        self.descriptor = descriptor
        self.version = version
        self.type = type
        self.cacheControl = cacheControl
        self.coding = coding
    }

    /// The status line and the fields of its answer.
    func head() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(ascii: "HTTP/1.1 200 OK\r\nContent-Type: ")
        bytes.append(ascii: type)
        bytes.append(ascii: "\r\n")
        writeFields(to: &bytes)
        bytes.append(ascii: "Accept-Ranges: bytes\r\n")
        bytes.append(contentLength: version.size)
        return bytes
    }

    /// Appends what an answer with it, or one that says that it has not changed, tells of it.
    func writeFields(to bytes: inout [UInt8]) {
        version.writeFields(to: &bytes)
        if let cacheControl {
            bytes.append(ascii: "Cache-Control: ")
            bytes.append(contentsOf: cacheControl.utf8)
            bytes.append(ascii: "\r\n")
        }
        if let coding {
            bytes.append(ascii: "Content-Encoding: ")
            bytes.append(ascii: coding.token)
            bytes.append(ascii: "\r\n")
        }
        if coding != nil || !compressed.isEmpty { bytes.append(ascii: "Vary: Accept-Encoding\r\n") }
    }
}
