/// What deployd's own web server does as the web workers of a release that has no command of its own: it serves files,
/// and forwards the rest to a server behind.
///
/// It travels to the workers as JSON in a variable, so that what was decided when the deploy was asked for holds for
/// every worker of the generation.
package struct WebSettings: Sendable, Equatable, Codable {
    /// The directory whose files are served, as written: relative to the release. Nil: none are.
    package var files: String?
    /// The names that answer for a directory.
    package var index = ["index.html"]
    /// The file that answers a path that names none; nil: a 404.
    package var fallback: String?
    /// Sends compressed files that lie beside a file to clients that accept them.
    package var precompressed = true
    /// Directories whose files are found under a path, as written, by the path.
    package var mounts: [String: String] = [:]
    /// Directories elsewhere into which links may lead, as written.
    package var follow: [String] = []
    /// Cache-Control by pattern, the longest pattern first.
    package var cacheControl: [CacheRule] = []
    /// Files for the bodies of its own answers, by their status.
    package var errorPages: [Int: String] = [:]
    /// Those that it has from what is common to all sites. No key of a site.
    package var commonPages: CommonPages?
    /// What holds for some paths, in the order in which it is asked.
    package var rules: [WebRule] = []
    /// What answers for some hosts in place of the above, in the order of the first names. Of their settings only those count
    /// that a site has (`WebSettings+Sites.swift`).
    package var sites: [Site] = []
    /// The hosts that are served; empty: all.
    package var hosts: [String] = []
    /// Redirects for other hosts, each with its target.
    package var redirects: [String: String] = [:]
    /// The treatment of any other host.
    package var otherHosts = OtherHosts.serve
    /// The rule for connections without TLS; nil: they are served as those with it.
    package var https: HTTPSRule?
    /// The kinds behind, by the beginning of the paths that go there if no file answers.
    package var forward: [String: String] = [:]
    /// The servers of `forward` get requests only once their bodies are whole.
    package var wholeBodies = false
    /// The FastCGI application; nil: there is none.
    package var fastcgi: FastCGI?
    /// The access log; nil for none.
    package var accessLog: AccessLog?
    /// Whose forwarded fields and PROXY headers are believed: addresses, networks, "unix".
    package var trustedProxies: [String] = []
    /// Each connection begins with a PROXY header.
    package var proxyProtocol = false
    /// Each request gets an identifier.
    package var requestId = false
    /// Answers say how long they took.
    package var serverTiming = false
    /// What is compressed while it is sent.
    package var compress = CompressionSettings()
    /// The largest body of a request, in bytes; nil: the server's default.
    package var maxBodyBytes: Int?
    /// The time limit for a server behind to begin its answer, in microseconds; nil: the server's default.
    package var answerTimeout: Int?
    /// The time limit for its silence within an answer, in microseconds; nil: the server's default.
    package var streamTimeout: Int?
    /// Clients that have closed their sending side still get the answer that is being made.
    package var answersHalfClosed = false
    /// The directories that releases share, absolute: links may lead there. No key of the manifest: the configuration has them.
    package var shared: [String] = []
    /// Files that are never sent, though they may lie among the others. No key of the manifest: the master knows them.
    package var reserved = Reserved()

    /// Files that deployd itself reads or writes for the release.
    package struct Reserved: Sendable, Equatable, Codable {
        /// Files, absolute; they need not be there.
        package var files: [String] = []
        /// Directories, absolute, of which everything is deployd's.
        package var directories: [String] = []
    }

    /// One rule for caches.
    package struct CacheRule: Sendable, Equatable, Codable {
        package var pattern: String
        package var value: String
    }

    /// The treatment of requests for a host that nobody named. The raw value is the word in the manifest.
    package enum OtherHosts: String, CaseIterable, Sendable, Codable {
        /// It is answered like one for a served host.
        case serve
        /// It is answered with 421.
        case refuse
    }

    /// What becomes of connections without TLS, and what browsers are told.
    package struct HTTPSRule: Sendable, Equatable, Codable {
        /// Requests over plain HTTP are redirected to https (308), but those of ACME.
        package var isOnly = true
        /// For how many seconds browsers are to use https alone (Strict-Transport-Security, RFC 6797); 0: they are told nothing.
        package var maxAge = Self.defaultMaxAge
        /// The port of https where it is not 443. No key of the manifest: the master knows it.
        package var port: Int?

        /// One day: what a browser has heard it keeps to, whatever becomes of the certificate.
        package static let defaultMaxAge = 86_400
    }

    /// A FastCGI application, such as php-fpm.
    package struct FastCGI: Sendable, Equatable, Codable {
        /// A kind of process of the release, or an address.
        package var to: String
        /// The suffix of the names of its scripts.
        package var suffix = ".php"
        /// The directory of the scripts as written; nil for that of the files.
        package var root: String?
        /// The script that takes what names neither script nor file; nil: none.
        package var fallback: String?
        /// It gets requests only once their bodies are whole.
        package var wholeBodies: Bool?
    }

    /// The settings of the access log.
    package struct AccessLog: Sendable, Equatable, Codable {
        package var format = Format.combined
        /// The file, as written; nil: the generation's log.
        package var file: String?

        /// The form of a line. The raw value is the word in the manifest.
        package enum Format: String, CaseIterable, Sendable, Codable { case combined, json }
    }

    /// What answers for some hosts.
    package struct Site: Sendable, Equatable, Codable {
        /// Names of hosts, at least one.
        package var hosts: [String]
        /// What is common to all sites included.
        package var settings: WebSettings
    }

    package init() {}

    /// The hidden verb by which deployd is the web server.
    package static let verb = "__web"

    /// The same with absolute paths, for whoever is not one of the release's workers.
    package func absolute(in release: String) -> WebSettings {
        var web = self
        web.files = files.map { Paths.join(release, $0) }
        web.mounts = mounts.mapValues { Paths.join(release, $0) }
        web.follow = follow.map { Paths.join(release, $0) }
        web.commonPages?.directory = Paths.join(release, commonPages?.directory ?? "")
        web.sites = sites.map { Site(hosts: $0.hosts, settings: $0.settings.absolute(in: release)) }
        web.fastcgi?.root = fastcgi.map { Paths.join(release, $0.root ?? files ?? ".") }
        return web
    }

    /// The kinds of processes and the addresses that it sends requests to, with the keys that name them.
    package var targets: [(key: String, target: String)] { parts.flatMap { $0.settings.ownTargets($0.key) } }

    private func ownTargets(_ key: String) -> [(key: String, target: String)] {
        forward.sorted { $0.key < $1.key }.map { (JSONOutline.path("\(key).forward", key: $0.key), $0.value) }
            + (fastcgi.map { [("\(key).fastcgi.to", $0.to)] } ?? [])
    }

    /// What answers for its own hosts, if anything does, and for those of its sites, with the keys that name them.
    package var parts: [(key: String, settings: WebSettings)] {
        (answers || sites.isEmpty ? [("web", self)] : [])
            + sites.map { (JSONOutline.path("web.sites", key: $0.hosts[0]), $0.settings) }
    }

    /// Something answers for its own hosts.
    package var answers: Bool { files != nil || !forward.isEmpty || fastcgi != nil || !mounts.isEmpty }
}

extension WebSettings {
    /// Reads what another version of deployd may have written down: what is not in there is as it is by default.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        files = try values.decodeIfPresent(String.self, forKey: .files)
        index = try values.decodeIfPresent([String].self, forKey: .index) ?? index
        fallback = try values.decodeIfPresent(String.self, forKey: .fallback)
        precompressed = try values.decodeIfPresent(Bool.self, forKey: .precompressed) ?? precompressed
        mounts = try values.decodeIfPresent([String: String].self, forKey: .mounts) ?? mounts
        follow = try values.decodeIfPresent([String].self, forKey: .follow) ?? follow
        shared = try values.decodeIfPresent([String].self, forKey: .shared) ?? shared
        cacheControl = try values.decodeIfPresent([CacheRule].self, forKey: .cacheControl) ?? cacheControl
        errorPages = try values.decodeIfPresent([Int: String].self, forKey: .errorPages) ?? errorPages
        commonPages = try values.decodeIfPresent(CommonPages.self, forKey: .commonPages)
        rules = try values.decodeIfPresent([WebRule].self, forKey: .rules) ?? rules
        sites = try values.decodeIfPresent([Site].self, forKey: .sites) ?? sites
        hosts = try values.decodeIfPresent([String].self, forKey: .hosts) ?? hosts
        redirects = try values.decodeIfPresent([String: String].self, forKey: .redirects) ?? redirects
        otherHosts = try values.decodeIfPresent(OtherHosts.self, forKey: .otherHosts) ?? otherHosts
        https = try values.decodeIfPresent(HTTPSRule.self, forKey: .https)
        forward = try values.decodeIfPresent([String: String].self, forKey: .forward) ?? forward
        wholeBodies = try values.decodeIfPresent(Bool.self, forKey: .wholeBodies) ?? wholeBodies
        fastcgi = try values.decodeIfPresent(FastCGI.self, forKey: .fastcgi)
        accessLog = try values.decodeIfPresent(AccessLog.self, forKey: .accessLog)
        trustedProxies = try values.decodeIfPresent([String].self, forKey: .trustedProxies) ?? trustedProxies
        proxyProtocol = try values.decodeIfPresent(Bool.self, forKey: .proxyProtocol) ?? proxyProtocol
        requestId = try values.decodeIfPresent(Bool.self, forKey: .requestId) ?? requestId
        serverTiming = try values.decodeIfPresent(Bool.self, forKey: .serverTiming) ?? serverTiming
        compress = try values.decodeIfPresent(CompressionSettings.self, forKey: .compress) ?? compress
        maxBodyBytes = try values.decodeIfPresent(Int.self, forKey: .maxBodyBytes)
        answerTimeout = try values.decodeIfPresent(Int.self, forKey: .answerTimeout)
        streamTimeout = try values.decodeIfPresent(Int.self, forKey: .streamTimeout)
        answersHalfClosed =
            try values.decodeIfPresent(Bool.self, forKey: .answersHalfClosed) ?? answersHalfClosed
        reserved = try values.decodeIfPresent(Reserved.self, forKey: .reserved) ?? reserved
    }
}
