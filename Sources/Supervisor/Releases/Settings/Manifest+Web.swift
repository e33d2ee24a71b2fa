internal import Linux

extension Manifest {
    /// What deployd's own web server does as the web workers of a release that has no command of its own: it serves files,
    /// and forwards the rest to a server behind.
    ///
    /// It travels to the workers as JSON in a variable, so that what was decided when the deploy was asked for holds for
    /// every worker of the generation.
    package struct Web: Sendable, Equatable, Codable {
        /// The directory whose files are served, as written: relative to the release. Nil: none are.
        package var files: String?
        /// The names that answer for a directory.
        package var index = ["index.html"]
        /// The file that answers a path that names none; nil: a 404.
        package var fallback: String?
        /// Whether what lies compressed beside a file is sent to those who take it.
        package var precompressed = true
        /// Cache-Control by pattern, the longest pattern first.
        package var cacheControl: [CacheRule] = []
        /// Files for the bodies of its own answers, by their status.
        package var errorPages: [Int: String] = [:]
        /// The hosts that are served; empty: all.
        package var hosts: [String] = []
        /// Where other hosts lead, each with its target.
        package var redirects: [String: String] = [:]
        /// What becomes of any other host.
        package var otherHosts = OtherHosts.serve
        /// Where requests go that no file answers, by the beginning of their path.
        package var forward: [String: String] = [:]
        /// The FastCGI application; nil: there is none.
        package var fastcgi: FastCGI?
        /// How requests are noted; nil: not at all.
        package var accessLog: AccessLog?
        /// Whose forwarded fields and PROXY headers are believed: addresses, networks, "unix".
        package var trustedProxies: [String] = []
        /// Whether each connection begins with a PROXY header.
        package var proxyProtocol = false
        /// The largest body of a request, in bytes; nil: the server's default.
        package var maxBodyBytes: Int?
        /// How long a server behind may take for an answer, in microseconds; nil: the server's default.
        package var answerTimeout: Int?

        /// One rule for caches.
        package struct CacheRule: Sendable, Equatable, Codable {
            package var pattern: String
            package var value: String
        }

        /// What becomes of a request for a host that nobody named. The raw value is the word in the manifest.
        package enum OtherHosts: String, CaseIterable, Sendable, Codable {
            /// It is answered like one for a served host.
            case serve
            /// It is answered with 421.
            case refuse
        }

        /// A FastCGI application, such as php-fpm.
        package struct FastCGI: Sendable, Equatable, Codable {
            /// A kind of process of the release, or an address.
            package var to: String
            /// How the names of its scripts end.
            package var suffix = ".php"
            /// Where the scripts are, as written; nil: where the files are.
            package var root: String?
            /// The script that takes what names neither script nor file; nil: none.
            package var fallback: String?
        }

        /// The access log.
        package struct AccessLog: Sendable, Equatable, Codable {
            package var format = Format.combined
            /// The file, as written; nil: the generation's log.
            package var file: String?

            /// What a line looks like. The raw value is the word in the manifest.
            package enum Format: String, CaseIterable, Sendable, Codable { case combined, json }
        }

        package init() {}

        /// The hidden verb by which deployd is the web server.
        package static let verb = "__web"

        /// The kinds of processes and the addresses that it sends requests to, with the keys that name them.
        package var targets: [(key: String, target: String)] {
            forward.sorted { $0.key < $1.key }.map { (JSONOutline.path("web.forward", key: $0.key), $0.value) }
                + (fastcgi.map { [("web.fastcgi.to", $0.to)] } ?? [])
        }
    }
}

extension Manifest.Web {
    /// Reads what another version of deployd may have written down: what is not in there is as it is by default.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        files = try values.decodeIfPresent(String.self, forKey: .files)
        index = try values.decodeIfPresent([String].self, forKey: .index) ?? index
        fallback = try values.decodeIfPresent(String.self, forKey: .fallback)
        precompressed = try values.decodeIfPresent(Bool.self, forKey: .precompressed) ?? precompressed
        cacheControl = try values.decodeIfPresent([CacheRule].self, forKey: .cacheControl) ?? cacheControl
        errorPages = try values.decodeIfPresent([Int: String].self, forKey: .errorPages) ?? errorPages
        hosts = try values.decodeIfPresent([String].self, forKey: .hosts) ?? hosts
        redirects = try values.decodeIfPresent([String: String].self, forKey: .redirects) ?? redirects
        otherHosts = try values.decodeIfPresent(OtherHosts.self, forKey: .otherHosts) ?? otherHosts
        forward = try values.decodeIfPresent([String: String].self, forKey: .forward) ?? forward
        fastcgi = try values.decodeIfPresent(FastCGI.self, forKey: .fastcgi)
        accessLog = try values.decodeIfPresent(AccessLog.self, forKey: .accessLog)
        trustedProxies = try values.decodeIfPresent([String].self, forKey: .trustedProxies) ?? trustedProxies
        proxyProtocol = try values.decodeIfPresent(Bool.self, forKey: .proxyProtocol) ?? proxyProtocol
        maxBodyBytes = try values.decodeIfPresent(Int.self, forKey: .maxBodyBytes)
        answerTimeout = try values.decodeIfPresent(Int.self, forKey: .answerTimeout)
    }
}

extension ObjectReader {
    /// Reads the object `web`; nil when there is none.
    mutating func web(_ key: String) -> Manifest.Web? {
        let isThere = has(key)
        let web = object(key) { $0.web() }
        guard isThere else { return nil }
        if web.files == nil, web.forward.isEmpty, web.fastcgi == nil {
            refuse(
                JSONOutline.path(key, key: "files"), found: "nothing",
                expected: "files, forward or fastcgi: something has to answer")
        }
        return web
    }

    private mutating func web() -> Manifest.Web {
        var web = Manifest.Web()
        web.files = text("files", expected: "a directory of the release such as \"public\"")
        web.index = texts("index", expected: "a list of file names: [\"index.html\"]", item: "a text") ?? web.index
        web.fallback = text("fallback", expected: "a file such as \"index.html\"")
        web.precompressed = boolean("precompressed") ?? web.precompressed
        web.cacheControl = words("cacheControl", expected: "an object of patterns and values of Cache-Control")
            .map { Manifest.Web.CacheRule(pattern: $0.key, value: $0.value) }
            .sorted { ($1.pattern.utf8.count, $0.pattern) < ($0.pattern.utf8.count, $1.pattern) }
        web.errorPages = errorPages("errorPages")
        web.hosts = texts("hosts", expected: "a list of host names: [\"www.foobar.com\"]", item: "a text") ?? []
        web.redirects = words("redirects", expected: "an object of hosts and targets")
        for (host, target) in web.redirects.sorted(by: { $0.key < $1.key })
        where !(target.hasPrefix("http://") || target.hasPrefix("https://")) || target.hasSuffix("/") {
            refuse(
                JSONOutline.path("redirects", key: host), found: JSONValue.quoted(target),
                expected: "where the host leads, without a path: \"https://www.foobar.com\"")
        }
        web.otherHosts = choice("otherHosts", of: Manifest.Web.OtherHosts.self) ?? .serve
        web.forward = words("forward", expected: "an object of paths and kinds of processes: { \"/\": \"app\" }")
        for prefix in web.forward.keys.sorted() where !prefix.hasPrefix("/") {
            refuse(
                JSONOutline.path("forward", key: prefix), found: "the path \(JSONValue.quoted(prefix))",
                expected: "one that begins with a slash")
        }
        web.fastcgi = fastCGI("fastcgi")
        web.accessLog = accessLog("accessLog")
        web.trustedProxies =
            texts("trustedProxies", expected: "a list of addresses and networks: [\"10.0.0.0/8\"]", item: "a text")
            ?? []
        web.proxyProtocol = boolean("proxyProtocol") ?? false
        web.maxBodyBytes = size("maxBodyBytes", atLeast: 1)
        web.answerTimeout = duration("answerTimeout", atLeast: Self.shortestTimeout).map { Int($0.microseconds) }
        return web
    }

    private mutating func boolean(_ key: String) -> Bool? {
        read(key, expected: "true or false") { if case .boolean(let value) = $0 { value } else { nil } }
    }

    /// An object of texts.
    private mutating func words(_ key: String, expected: String) -> [String: String] {
        let fields = read(key, expected: expected) { $0.fields } ?? [:]
        var words: [String: String] = [:]
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            if let text = value.text, Self.isSafe(text), !text.isEmpty {
                words[name] = text
            } else {
                refuse(JSONOutline.path(key, key: name), found: value.found, expected: "a text")
            }
        }
        return words
    }

    private mutating func errorPages(_ key: String) -> [Int: String] {
        var pages: [Int: String] = [:]
        for (status, file) in words(key, expected: "an object of statuses and files: { \"404\": \"404.html\" }") {
            guard let number = Int(status), (400...599).contains(number) else {
                refuse(
                    JSONOutline.path(key, key: status), found: "the status \(JSONValue.quoted(status))",
                    expected: "one from 400 to 599")
                continue
            }
            pages[number] = file
        }
        return pages
    }

    private mutating func fastCGI(_ key: String) -> Manifest.Web.FastCGI? {
        let isThere = has(key)
        let fastCGI = object(key) { reader in
            let to = reader.text("to", expected: "a kind of process with a socket, or an address")
            if to == nil, isThere, !reader.has("to") {
                reader.refuse("to", found: "nothing", expected: "a kind of process with a socket, or an address")
            }
            var fastCGI = Manifest.Web.FastCGI(to: to ?? "")
            fastCGI.suffix = reader.text("suffix", expected: "the end of a name such as \".php\"") ?? fastCGI.suffix
            fastCGI.root = reader.text("root", expected: "a directory of the release")
            fastCGI.fallback = reader.text("fallback", expected: "a script such as \"/index.php\"")
            return fastCGI
        }
        return isThere ? fastCGI : nil
    }

    /// A format alone, or an object.
    private mutating func accessLog(_ key: String) -> Manifest.Web.AccessLog? {
        if case .text = value(key) {
            _ = nested(path: JSONOutline.path(path, key: key), fields: [:]) { $0.accessLog() }
            return choice(key, of: Manifest.Web.AccessLog.Format.self).map { Manifest.Web.AccessLog(format: $0) }
        }
        let isThere = has(key)
        let log = object(key) { $0.accessLog() }
        return isThere ? log : nil
    }

    private mutating func accessLog() -> Manifest.Web.AccessLog {
        Manifest.Web.AccessLog(
            format: choice("format", of: Manifest.Web.AccessLog.Format.self) ?? .combined,
            file: text("file", expected: "a file, absolute or relative to the release"))
    }
}
