internal import Linux

/// A FastCGI application as the application in Swift names it.
struct FastCGIDescription: Sendable {
    let suffix: String
    let address: ServerAddress
    let root: String
    let files: String?
    let fallback: String?
    let settings: UpstreamSettings

    /// The directories of libraries, at the top of a directory of scripts: nobody calls these by their paths.
    static let libraries = ["vendor/", "node_modules/"]

    /// Opens its directories; `path` finds them. `index` are the files that answer for a directory; `limits` those of what
    /// is sent in a script's stead, and of scripts.
    func scripts(
        upstream: Int, index: [String], _ limits: (files: FileLimits, scripts: FileLimits), path: (String) -> String
    ) throws(SystemError) -> Scripts {
        let root = try Files.realPath(path(self.root))
        var options = FileOptions()
        options.denied += Self.libraries
        let files = try self.files.map { (name) throws(SystemError) in try Files.realPath(path(name)) } ?? root
        return Scripts(
            suffix: Array(suffix.utf8), root: Array(root.utf8), tree: try FileTree(root, options, limits.scripts),
            upstream: upstream,
            keepsConnection: settings.maxKept > 0, wholeBodies: settings.wholeBodies,
            files: try FileTree(files, FileOptions(), limits.files),
            fallback: fallback.map { Array($0.utf8) }, index: Scripts.index(index, suffix: suffix))
    }
}
