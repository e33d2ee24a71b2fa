internal import Linux

/// The files below one directory, for GET and HEAD.
///
/// No name leads out of the root, and no link but into the directories that were named for it (`FileLimits.follow`).
///
/// What may be sent is decided here, by `open`, for whatever asked: on the file that was opened and the name that it has,
/// never on the path that led to it.
final class FileTree: Sendable {
    /// Why it cannot be told whether a file is there.
    typealias Failure = SystemError

    enum Lookup {
        case file(FoundFile)
        /// A directory that was named without its slash.
        case directory
        /// There is a file, which a rule denies.
        case denied
        case none
        /// The process has no descriptor left, or the disk fails: whether the file exists is unknown.
        case unavailable(Failure)
    }

    let root: ServedDirectory
    private let options: FileOptions
    private let denied: DeniedNames
    private let limits: FileLimits
    /// The path of the site under which its files are: empty, or it begins with a slash.
    private let front: String
    /// The path of the fallback, as a request would name it; empty without one.
    let fallback: [UInt8]

    init(
        _ directory: String, _ options: FileOptions = FileOptions(), _ limits: FileLimits = FileLimits(),
        below front: String = ""
    ) throws(SystemError) {
        root = try ServedDirectory(directory)
        self.options = options
        denied = DeniedNames(options.denied)
        self.limits = limits
        self.front = front
        fallback = options.fallback.map { Array("/\($0)".utf8) } ?? []
    }

    /// The fallback answers a path that names no file, unless the path looks like a file's.
    static func takesFallback(_ path: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        var index = path.upperBound
        while index > path.lowerBound, bytes[index - 1] != .slash {
            if bytes[index - 1] == 0x2e { return false }
            index -= 1
        }
        return true
    }

    /// Opens a file by its name relative to the root.
    func file(_ name: String, _ terms: FileTerms) -> Lookup { open(name, type: MediaType.of(name), terms) }

    /// Whether a name, relative to the root, is none that is served.
    func isDenied(_ name: String) -> Bool { denied.contains(name) }

    /// Looks up the path in `range` of a request.
    func find(_ range: Range<Int>, _ bytes: Span<UInt8>, _ terms: FileTerms = FileTerms()) -> Lookup {
        guard let path = FilePath.relative(range, bytes, withDots: terms.names == .all) else { return .none }
        if terms.names == .usual, isDenied(path) { return .none }
        guard path.isEmpty || path.hasSuffix("/") else { return findFile(path, terms) }
        for name in options.index {
            switch findFile(path + name, terms) {
            case .file(let file): return .file(file)
            case .denied: return .denied
            case .unavailable(let error): return .unavailable(error)
            case .directory, .none: continue
            }
        }
        return .none
    }

    private func findFile(_ path: String, _ terms: FileTerms) -> Lookup {
        let type = MediaType.of(path)
        let found = open(path, type: type, terms)
        guard case .file(let file) = found else { return found }
        file.cacheControl =
            terms.cacheControl ?? options.cacheControl.first { $0.fits("\(front)/\(path)") }?.value
        if options.precompressed, MediaType.isCompressible(type) { findCompressed(path, of: file, terms) }
        return found
    }

    /// Looks for what lies compressed beside a file. What was written before the file is of an earlier one.
    private func findCompressed(_ path: String, of file: FoundFile, _ terms: FileTerms) {
        for coding in ContentCoding.allCases {
            guard case .file(let own) = open(path + coding.suffix, type: file.type, terms),
                own.written >= file.written
            else { continue }
            own.cacheControl = file.cacheControl
            own.coding = coding
            file.compressed.append(own)
        }
    }

    /// Opens what a name leads to.
    private func open(_ name: String, type: StaticString, _ terms: FileTerms) -> Lookup {
        guard isFound(name, terms) else { return .none }
        do throws(SystemError) {
            let opened = try root.descriptor.openBeneath(name)
            return try lookup(opened, in: root, type, FileWish(name: name, terms: terms))
        } catch {
            // (A link led out of the directory.)
            if error.errno == .crossDevice, !limits.follow.isEmpty { return follow(name, type, terms) }
            return Self.lookup(error)
        }
    }

    /// Opens what a name leads to in one of the other directories: it is looked up there by its own name, beneath that one.
    private func follow(_ name: String, _ type: StaticString, _ terms: FileTerms) -> Lookup {
        do throws(SystemError) {
            let place = try root.descriptor.destination(of: name)
            for directory in limits.follow {
                guard let own = directory.name(of: place) else { continue }
                let opened = try directory.descriptor.openBeneath(own)
                return try lookup(opened, in: directory, type, FileWish(name: name, terms: terms))
            }
            return .none
        } catch { return Self.lookup(error) }
    }

    private func lookup(
        _ opened: consuming FileBeneath, in directory: ServedDirectory, _ type: StaticString, _ wish: FileWish
    ) throws(SystemError) -> Lookup {
        let status = try opened.descriptor.status()
        switch status.kind {
        case .file:
            let name = opened.name
            let place = directory.place(of: name)
            if limits.sources.contains(place) || limits.isClosed(place) { return .none }
            if wish.terms.names == .usual, limits.sources.hasKin(place) { return .none }
            if limits.reserved.contains(name, of: directory.path, status) { return .none }
            // Its own name counts as much as the one by which it was asked for.
            if name != wish.name || directory !== root, !isFound(name, wish.terms) { return .none }
            if wish.terms.asksRules, isRuledOut(place, in: directory, wish.name) { return .denied }
            let version = FileVersion(status, now: Turn.clockSeconds())
            let written = Int(status.modified.components.seconds)
            return .file(FoundFile(opened.take(), version, type: type, written: written))
        case .directory: return .directory
        case .link, .socket, .other: return .none
        }
    }

    /// Whether a file of this name, relative to the root, may be found at all.
    private func isFound(_ name: String, _ terms: FileTerms) -> Bool {
        switch terms.names {
        case .usual: !isDenied(name) && !FilePath.isHidden(name)
        case .forScript: !FilePath.isHidden(name)
        case .all: true
        }
    }

    /// Whether a rule denies a path of the site that leads to what was opened.
    private func isRuledOut(_ place: String, in directory: ServedDirectory, _ name: String) -> Bool {
        guard limits.ruled.rules != nil else { return false }
        var paths = ["\(front)/\(name)"]
        if directory !== root { paths += ways(to: place, name) }
        return limits.ruled.denies(paths, place)
    }

    /// The paths to a place elsewhere, through those directories on the way of a name that are links to where it lies.
    private func ways(to place: String, _ name: String) -> [String] {
        name.indices.filter { name[$0] == "/" }.compactMap { slash in
            guard let real = try? root.descriptor.destination(of: String(name[..<slash])),
                ServedDirectory.lies(place, in: real)
            else { return nil }
            return "\(front)/\(name[..<slash])" + place.dropFirst(real.count)
        }
    }

    private static func lookup(_ error: SystemError) -> Lookup {
        // (Without openat2, as in a container that forbids it, no file is there; which is no reason to say 404.)
        let isKept = [.permissionDenied, .noSuchCall, .notPermitted].contains(error.errno)
        return error.isPassing || isKept ? .unavailable(error) : .none
    }

    /// The worker's own answer with a status, whose body is a file. One that cannot be read is an error, told by its path.
    func errorPage(_ status: Status, _ path: String) throws(SystemError) -> Response {
        let body: [UInt8]
        switch file(path, FileTerms(names: .all)) {
        case .file(let page): body = try page.descriptor.read(at: 0, count: Self.maxErrorPageBytes)
        case .unavailable(let error): throw error
        case .directory: throw SystemError(call: "open", errno: .isADirectory, subject: path)
        case .none where limits.sources.contains(root.place(of: path)):
            throw SystemError(
                call: "open", errno: .notPermitted, subject: "\(path), a script, whose source would be sent")
        case .denied, .none:
            let isThere = Files.kind("\(root.path)/\(path)") == .file
            throw SystemError(
                call: "open", errno: isThere ? .notPermitted : .notFound,
                subject: isThere ? "\(path), which is not among the files that are served" : path)
        }
        return Response(status: status, body: body, type: "\(MediaType.of(path))")
    }

    /// The largest page for an error, in bytes; what is beyond is cut.
    private static let maxErrorPageBytes = 256 << 10
}

/// How a path is looked up among files.
struct FileTerms {
    /// Which names are found.
    enum Names {
        /// Those that are served without anybody's asking for it.
        case usual
        /// A script may ask for all but those that begin with a dot.
        case forScript
        case all
    }

    var names = Names.usual
    /// Rules by path count for the file that is found, too, by whatever path it was asked for.
    var asksRules = false
    /// Cache-Control, before what the options say; nil: as they say.
    var cacheControl: String?
}

/// By which name, relative to the root, and on which terms a file is looked up.
private struct FileWish {
    let name: String
    let terms: FileTerms
}

extension SystemError {
    /// The status for a file that cannot be opened.
    var answer: Status { isPassing ? .serviceUnavailable : .forbidden }

    /// A failure of the moment, which says nothing of the file.
    var isPassing: Bool {
        [.tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .wouldBlock, .inputOutput].contains(errno)
    }
}

/// A file that was opened, with what its answer says of it. It is closed when nobody sends from it any more.
final class FoundFile {
    let descriptor: FileDescriptor
    let version: FileVersion
    let type: StaticString
    /// The time of modification in seconds since 1970, as the file says.
    fileprivate let written: Int
    /// The Cache-Control value; nil for none.
    fileprivate(set) var cacheControl: String?
    fileprivate(set) var coding: ContentCoding?
    /// The same content, compressed, in the order of preference.
    fileprivate(set) var compressed: [FoundFile] = []

    init(_ descriptor: consuming FileDescriptor, _ version: FileVersion, type: StaticString, written: Int) {
        self.descriptor = descriptor
        self.version = version
        self.type = type
        self.written = written
    }

    /// The status line and the fields of its answer.
    func head(_ version: FileVersion) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(ascii: "HTTP/1.1 200 OK\r\nContent-Type: ")
        bytes.append(ascii: type)
        bytes.append(ascii: "\r\n")
        writeFields(version, to: &bytes)
        bytes.append(ascii: "Accept-Ranges: bytes\r\n")
        bytes.append(contentLength: version.size)
        return bytes
    }

    /// Appends what an answer with it, or one that says that it has not changed, tells of it.
    func writeFields(_ version: FileVersion, to bytes: inout [UInt8]) {
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
