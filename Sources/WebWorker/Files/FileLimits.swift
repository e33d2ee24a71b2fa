/// What of the files below a directory is found, and where their links may lead.
struct FileLimits: Sendable {
    /// The suffix of scripts in lower case, whose source is not served; nil if there are none.
    let scriptSuffix: [UInt8]?
    /// Files that are never sent, with links followed.
    let reserved: ReservedFiles
    /// Directories elsewhere into which links may lead.
    var follow: [ServedDirectory] = []
    /// Directories, absolute and without links, of which nothing is found, whatever leads there.
    var closed: [String] = []

    init(scriptSuffix: String? = nil, reserved: ReservedFiles = ReservedFiles()) {
        self.scriptSuffix = scriptSuffix.map { Array($0.utf8).map(\.asciiLowercase) }
        self.reserved = reserved.resolved
    }

    /// Whether a file is the source of a script. Ignores case, and the dots and spaces that some file systems drop at the end.
    func isScript(_ name: String) -> Bool {
        guard let scriptSuffix else { return false }
        var bytes = Array(name.utf8)
        while let last = bytes.last, last == 0x2e || last == .space { bytes.removeLast() }
        let start = bytes.count - scriptSuffix.count
        return start >= 0 && bytes.span.equalsIgnoringCase(scriptSuffix, at: start..<bytes.count)
    }

    /// Whether a file lies in a directory of which nothing is found.
    func isClosed(_ name: String, of directory: ServedDirectory) -> Bool {
        guard !closed.isEmpty else { return false }
        let place = (directory.path == "/" ? "" : directory.path) + "/" + name
        return closed.contains { place == $0 || place.utf8.starts(with: "\($0)/".utf8) }
    }
}
