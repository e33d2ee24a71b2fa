/// Options for serving the files of a directory.
public struct FileOptions: Sendable, Equatable {
    /// A Cache-Control value for the paths that match a pattern.
    public struct CacheRule: Sendable, Equatable {
        /// Which paths it is for: `*.css` by the end of the name, `/assets/**` by the beginning of the path, or one path.
        public var pattern: String
        /// The value of Cache-Control: `public, max-age=31536000, immutable`.
        public var value: String

        /// A rule for the paths of a pattern.
        public init(_ pattern: String, _ value: String) {
            self.pattern = pattern
            self.value = value
        }

        /// Matches a path that is decoded and begins with a slash.
        func fits(_ path: String) -> Bool {
            if pattern.hasPrefix("*") { return path.hasSuffix(pattern.dropFirst()) }
            if pattern.hasSuffix("/**") { return path.hasPrefix(pattern.dropLast(2)) }
            return path == pattern
        }
    }

    /// The names that answer for a directory, the first that is there.
    public var index = ["index.html"]
    /// The file that answers, with 200, a path that names none and has no dot in its last segment: for applications of one
    /// page that make their own paths. Nil: that is a 404.
    public var fallback: String?
    /// Sends NAME.br or NAME.gz instead of NAME to clients that accept it.
    public var precompressed = true
    /// The first rule that is for a path counts; without one nothing is said, and clients ask again.
    public var cacheControl: [CacheRule] = []
    /// Names of files that are not served: a name, `*` and the end of one, or the name of a directory at the top with a slash
    /// behind it. Case counts for nothing; what lies compressed beside them is not served either.
    public var denied = FileOptions.usuallyDenied
    /// What lies among a site's files for its makers' sake: lists of packages, dumps of databases, what editors leave behind.
    public static let usuallyDenied = [
        "composer.json", "composer.lock", "auth.json", "package.json", "package-lock.json", "yarn.lock", "error_log",
        "*.sql", "*.sqlite", "*.sqlite3", "*.bak", "*.orig", "*.swp", "*~",
    ]
    /// The files, below the same directory, that are the bodies of answers with these statuses, when these are the
    /// worker's own: 404, 502 and so on. They are read when the worker starts.
    public var errorPages: [Status: String] = [:]

    /// Options with their defaults.
    public init() {}
}
