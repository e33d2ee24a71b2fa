internal import Linux

/// Which requests go to a FastCGI application: those whose path names a script that is there.
///
/// That it is there is looked up here, and never left to the application: `/photo.jpg/x.php` must not make a script of a
/// photo that somebody has uploaded.
struct Scripts: Sendable {
    let suffix: [UInt8]
    let root: [UInt8]
    let tree: FileTree
    let upstream: Int
    let keepsConnection: Bool
    /// The application gets a request only once all of its body is here.
    let wholeBodies: Bool
    /// The directory whose files a script may have sent in its stead.
    let files: FileTree
    /// The script that takes every path that names neither script nor file.
    let fallback: [UInt8]?

    /// The names that answer for a directory, in this order; the last one is a script.
    let index: [[UInt8]]

    enum Match {
        case endpoint(FastCGIEndpoint)
        /// The path names a script, which is not there.
        case missing
        /// The path leads to a script that a rule denies.
        case denied
        case none
        /// The existence of the script is unknown for the moment.
        case unavailable(SystemError)
    }

    /// The index of a directory that has the files `names`: up to the last script among them, else `index.php`.
    static func index(_ names: [String], suffix: String) -> [[UInt8]] {
        guard let last = names.lastIndex(where: { $0.hasSuffix(suffix) }) else { return [Array("index\(suffix)".utf8)] }
        return names[...last].map { Array($0.utf8) }
    }

    /// What answers this path itself: its script, found on these terms, or the index of the directory that it names, unless a
    /// file of `place` goes before it.
    func match(
        _ path: Range<Int>, _ bytes: Span<UInt8>, _ known: inout KnownScripts, _ place: FilePlace?, _ terms: FileTerms
    ) -> Match {
        let isAllowed = terms.names == .all
        if let split = ScriptPath(path, bytes, suffix: suffix) {
            guard isAllowed || !isDenied(split) else { return .missing }
            let found = match(split, &known, terms)
            if case .none = found { return .missing }
            return found
        }
        guard !path.isEmpty, bytes[path.upperBound - 1] == .slash else { return .none }
        for name in index {
            let name = bytes.bytes(path) + name
            guard let split = ScriptPath(0..<name.count, name.span, suffix: suffix) else {
                // (Also one that a rule denies: it goes before what stands behind it.)
                switch place?.files.find(0..<name.count, name.span) {
                case .file?, .denied?: return .none
                case .directory?, .none?, .unavailable?, nil: continue
                }
            }
            guard split.information.isEmpty, isAllowed || !isDenied(split) else { continue }
            switch match(split, &known, terms) {
            case .none, .missing: continue
            case .denied: return .denied
            case .endpoint(let endpoint): return .endpoint(endpoint)
            case .unavailable(let error): return .unavailable(error)
            }
        }
        return .none
    }

    private func match(_ path: ScriptPath, _ known: inout KnownScripts, _ terms: FileTerms) -> Match {
        if known.isFresh(path.script) { return .endpoint(endpoint(path)) }
        guard let name = String(validating: path.script.dropFirst(), as: UTF8.self) else { return .none }
        switch tree.file(name, terms) {
        case .file:
            known.note(path.script)
            return .endpoint(endpoint(path))
        case .denied: return .denied
        case .directory, .none: return .none
        case .unavailable(let error): return .unavailable(error)
        }
    }

    private func isDenied(_ path: ScriptPath) -> Bool {
        tree.isDenied(String(decoding: path.script.dropFirst(), as: UTF8.self))
    }

    /// Whether the path is that of a directory, named without its slash, for which one of its scripts answers.
    func answersForDirectory(
        _ path: Range<Int>, _ bytes: Span<UInt8>, _ known: inout KnownScripts
    ) -> Bool {
        guard !path.isEmpty, bytes[path.upperBound - 1] != .slash, case .directory = tree.find(path, bytes) else {
            return false
        }
        let directory = bytes.bytes(path) + [.slash]
        switch match(0..<directory.count, directory.span, &known, nil, FileTerms()) {
        case .endpoint: return true
        case .missing, .denied, .none, .unavailable: return false
        }
    }

    /// The endpoint of paths that name nothing.
    var fallbackEndpoint: FastCGIEndpoint? { fallback.map { endpoint(ScriptPath(script: $0)) } }

    /// The endpoint of a script that a rule names; nil: it has not the name of one.
    func endpoint(named script: String) -> FastCGIEndpoint? {
        let path = Array(script.utf8)
        return path.suffix(suffix.count).elementsEqual(suffix) ? endpoint(ScriptPath(script: path)) : nil
    }

    private func endpoint(_ path: ScriptPath) -> FastCGIEndpoint {
        FastCGIEndpoint(
            upstream: upstream, path: path, root: root, keepsConnection: keepsConnection, wholeBodies: wholeBodies)
    }
}

/// The scripts that were there within the last second. Belongs to a loop.
struct KnownScripts {
    private static let freshMilliseconds: Int64 = 1000
    private static let maxCount = 256
    private var seen: [[UInt8]: Int64] = [:]
    /// In milliseconds of the monotonic clock.
    var now: Int64 = 0

    /// The script existed a moment ago.
    func isFresh(_ script: [UInt8]) -> Bool {
        guard let at = seen[script] else { return false }
        return now - at < Self.freshMilliseconds
    }

    /// The script is there.
    mutating func note(_ script: [UInt8]) {
        if seen.count >= Self.maxCount { seen = [:] }
        seen[script] = now
    }
}
