internal import Linux

/// The site's files as one worker finds them: looked up at most once a second.
struct SiteFiles {
    enum Lookup {
        case file(FileCache.Entry)
        /// A directory that was named without its slash.
        case directory
        /// There is a file, which a rule denies.
        case denied
        case none
        /// The existence of the file is unknown for the moment.
        case unavailable(FileTree.Failure)
        /// A small file that changes while it is read.
        case unreadable
    }

    private var cache = FileCache()

    /// Looks for a path in the cache, whose entries are at most a second old.
    func find(_ path: Range<Int>, _ bytes: Span<UInt8>, now: Int64) -> FileCache.Entry? {
        cache.find(path, bytes, now: now)
    }

    /// Looks a path up in its place, and keeps what is found.
    mutating func lookUp(_ path: Range<Int>, _ bytes: Span<UInt8>, in place: FilePlace, now: Int64) -> Lookup {
        switch place.find(bytes) {
        case .file(let file): cache.keep(file, for: path, bytes, now: now).map { .file($0) } ?? .unreadable
        case .directory: .directory
        case .denied: .denied
        case .none: .none
        case .unavailable(let error): .unavailable(error)
        }
    }

    /// Closes the files that are open for nobody.
    mutating func letGo() { cache.letGo() }
}
