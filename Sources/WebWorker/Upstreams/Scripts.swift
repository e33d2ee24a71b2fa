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
    /// The directory whose files a script may have sent in its stead, and its absolute name.
    let files: (tree: FileTree, name: [UInt8])
    /// The script that takes every path that names neither script nor file.
    let fallback: [UInt8]?

    /// The name of the script of a directory: `index.php`.
    private var index: [UInt8] { Array("index".utf8) + suffix }

    /// What answers this path itself: its script, or the index of the directory that it names.
    func endpoint(
        _ path: Range<Int>, _ bytes: Span<UInt8>, _ known: inout KnownScripts, now: Int64
    ) -> FastCGIEndpoint? {
        if let split = ScriptPath(path, bytes, suffix: suffix) {
            return known.isThere(split.script, tree, now: now) ? endpoint(split) : nil
        }
        guard !path.isEmpty, bytes[path.upperBound - 1] == .slash else { return nil }
        let name = bytes.bytes(path) + index
        guard let split = ScriptPath(0..<name.count, name.span, suffix: suffix), split.information.isEmpty,
            known.isThere(split.script, tree, now: now)
        else { return nil }
        return endpoint(split)
    }

    /// Whether the path is one of a script, there or not: then no file answers it.
    func isScript(_ path: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        ScriptPath(path, bytes, suffix: suffix) != nil
    }

    /// What answers paths that name nothing.
    var fallbackEndpoint: FastCGIEndpoint? { fallback.map { endpoint(ScriptPath(script: $0)) } }

    private func endpoint(_ path: ScriptPath) -> FastCGIEndpoint {
        FastCGIEndpoint(upstream: upstream, path: path, root: root, keepsConnection: keepsConnection)
    }
}

/// The scripts that were there within the last second. Belongs to a loop.
struct KnownScripts {
    private static let freshMilliseconds: Int64 = 1000
    private static let maxCount = 256
    private var seen: [[UInt8]: Int64] = [:]

    /// Whether the script is there; `now` in milliseconds of the monotonic clock.
    mutating func isThere(_ script: [UInt8], _ tree: FileTree, now: Int64) -> Bool {
        if let at = seen[script], now - at < Self.freshMilliseconds { return true }
        guard let name = String(validating: script.dropFirst(), as: UTF8.self), tree.file(name) != nil else {
            return false
        }
        if seen.count >= Self.maxCount { seen = [:] }
        seen[script] = now
        return true
    }
}
