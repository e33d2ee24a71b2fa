/// What answers for the hosts of a site where no route does: files, scripts and servers behind, and the pages for errors.
struct VirtualHost: Sendable {
    /// The files of a directory under a path.
    struct Mount: Sendable {
        let prefix: PathPrefix
        let files: FileTree
    }

    var files: FileTree?
    /// The log of its requests; nil: they are not logged.
    var log: AccessLog?
    /// What holds for some paths; nil: there are no rules.
    var rules: RuleTable?
    /// The longest prefix first.
    private(set) var mounts: [Mount] = []
    /// Directories that links of `files` may lead into: a script may have their files sent by name.
    var shared: [FileTree] = []
    /// The scripts of a FastCGI application.
    var scripts: Scripts?
    private var forwards: [(prefix: PathPrefix, endpoint: any StreamEndpoint)] = []
    /// The worker's own answers that have a page, by their status.
    var errorPages: [Status: Response] = [:]

    mutating func mount(_ prefix: PathPrefix, _ files: FileTree) {
        mounts.append(Mount(prefix: prefix, files: files))
        mounts.sort { $0.prefix.count > $1.prefix.count }
    }

    /// Has the paths that begin with `prefix`, and that nothing else answers, go to a server behind.
    mutating func forward(_ prefix: PathPrefix, to endpoint: any StreamEndpoint) {
        forwards.append((prefix, endpoint))
        forwards.sort { $0.prefix.count > $1.prefix.count }
    }

    /// The mounted directory that a path is in, with the part of the path that is its own: empty where it is the prefix.
    func mounted(_ path: Range<Int>, _ bytes: Span<UInt8>) -> FilePlace? {
        for mount in mounts {
            if let rest = mount.prefix.rest(of: path, bytes) { return FilePlace(mount.files, rest) }
        }
        return nil
    }

    /// What takes a path behind that names neither route, script nor file: the longest prefix of whole segments.
    func forwarded(_ path: Range<Int>, _ bytes: Span<UInt8>) -> (any StreamEndpoint)? {
        for forward in forwards where forward.prefix.begins(path, bytes) { return forward.endpoint }
        return nil
    }
}

/// Where a path is looked up: a directory, and the part of the path that names something in it.
struct FilePlace {
    let files: FileTree
    let range: Range<Int>
    var terms = FileTerms()

    init(_ files: FileTree, _ range: Range<Int>, _ terms: FileTerms = FileTerms()) {
        self.files = files
        self.range = range
        self.terms = terms
    }

    /// What is there.
    func find(_ bytes: Span<UInt8>) -> FileTree.Lookup { files.find(range, bytes, terms) }
}
