internal import Linux

extension WebSettings {
    /// Reads the object `web`; nil when there is none.
    static func read(_ key: String, from reader: inout ObjectReader) -> WebSettings? {
        let (isThere, before) = (reader.has(key), reader.problems.count)
        let web = reader.object(key) { WebSettings(reading: &$0) }
        guard isThere else { return nil }
        // (What was written in another way than it should be is one mistake, and not that nothing is there too.)
        if !web.answers, web.sites.isEmpty, reader.problems.count == before {
            reader.refuse(
                JSONOutline.path(key, key: "files"), found: "nothing",
                expected: "files, forward or fastcgi: something must answer")
        }
        return web
    }

    private init(reading reader: inout ObjectReader) {
        readSite(&reader)
        sites = Site.list("sites", common: reader.all, &reader)
        redirects = Self.redirects("redirects", &reader)
        refuseSharedHosts(&reader)
        otherHosts = reader.choice("otherHosts", of: OtherHosts.self) ?? .serve
        https = HTTPSRule.read("https", from: &reader)
        trustedProxies =
            reader.texts(
                "trustedProxies", expected: "a list of addresses and networks: [\"10.0.0.0/8\"]", item: "a string")
            ?? []
        proxyProtocol = reader.boolean("proxyProtocol") ?? false
        requestId = reader.boolean("requestId") ?? false
        serverTiming = reader.boolean("serverTiming") ?? false
        compress = CompressionSettings.read("compress", from: &reader)
        maxBodyBytes = reader.size("maxBodyBytes", atLeast: 1)
        answerTimeout = reader.timeout("answerTimeout").map { Int($0.microseconds) }
        streamTimeout = reader.timeout("streamTimeout").map { Int($0.microseconds) }
        answersHalfClosed = reader.boolean("answersHalfClosed") ?? false
    }

    /// Reads what each site may have of its own.
    mutating func readSite(_ reader: inout ObjectReader) {
        files = reader.text("files", expected: "a directory of the release such as \"public\"")
        index = reader.texts("index", expected: "a list of file names: [\"index.html\"]", item: "a string") ?? index
        fallback = reader.text("fallback", expected: "a file such as \"index.html\"")
        precompressed = reader.boolean("precompressed") ?? precompressed
        mounts = Self.mounts("mounts", &reader)
        follow = reader.texts("follow", expected: "a list of directories: [\"/usr/share\"]", item: "a string") ?? []
        cacheControl = reader.words("cacheControl", expected: "an object of patterns and values of Cache-Control")
            .map { CacheRule(pattern: $0.key, value: $0.value) }
            .sorted { ($1.pattern.utf8.count, $0.pattern) < ($0.pattern.utf8.count, $1.pattern) }
        errorPages = Self.errorPages("errorPages", &reader)
        rules = WebRule.list("rules", &reader)
        hosts =
            reader.texts("hosts", expected: "a list of host names: [\"www.foobar.com\"]", item: "a string") ?? []
        for (index, host) in hosts.enumerated() { reader.refuseHost(host, at: "hosts[\(index)]") }
        forward = reader.words("forward", expected: "an object of paths and kinds of processes: { \"/\": \"app\" }")
        for prefix in forward.keys.sorted() where !prefix.hasPrefix("/") {
            reader.refuse(
                JSONOutline.path("forward", key: prefix), found: "the path \(JSONValue.quoted(prefix))",
                expected: "one that begins with a slash")
        }
        reader.refuseTwins(in: "forward", forward.keys, as: "one way for a path and all below it") { prefix in
            prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
        }
        wholeBodies = reader.boolean("wholeBodies") ?? false
        fastcgi = FastCGI.read("fastcgi", from: &reader)
        accessLog = AccessLog.read("accessLog", from: &reader)
    }

    private static func mounts(_ key: String, _ reader: inout ObjectReader) -> [String: String] {
        let mounts = reader.words(
            key, expected: "an object of paths and directories: { \"/uploads\": \"/srv/uploads\" }")
        for prefix in mounts.keys.sorted() where !prefix.hasPrefix("/") || prefix.allSatisfy({ $0 == "/" }) {
            reader.refuse(
                JSONOutline.path(key, key: prefix), found: "the path \(JSONValue.quoted(prefix))",
                expected: "one that begins with a slash, below \"/\"")
        }
        reader.refuseTwins(in: key, mounts.keys, as: "one directory for a path and all below it") { prefix in
            prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
        }
        return mounts
    }

    private static func redirects(_ key: String, _ reader: inout ObjectReader) -> [String: String] {
        let redirects = reader.words(key, expected: "an object of hosts and targets")
        for (host, target) in redirects.sorted(by: { $0.key < $1.key })
        where !(target.hasPrefix("http://") || target.hasPrefix("https://")) || target.hasSuffix("/") {
            reader.refuse(
                JSONOutline.path(key, key: host), found: JSONValue.quoted(target),
                expected: "the target of the redirect, without a path: \"https://www.foobar.com\"")
        }
        for host in redirects.keys.sorted() {
            reader.refuseHost(host, at: JSONOutline.path(key, key: host), mayBePattern: false)
        }
        reader.refuseTwins(in: key, redirects.keys, as: "one target for a host, in whatever case it is written") {
            $0.lowercased()
        }
        return redirects
    }

    private static func errorPages(_ key: String, _ reader: inout ObjectReader) -> [Int: String] {
        var pages: [Int: String] = [:]
        let files = reader.words(key, expected: "an object of statuses and files: { \"404\": \"404.html\" }")
        for (status, file) in files {
            guard let number = Int(status), (400...599).contains(number) else {
                reader.refuse(
                    JSONOutline.path(key, key: status), found: "the status \(JSONValue.quoted(status))",
                    expected: "one from 400 to 599")
                continue
            }
            pages[number] = file
        }
        return pages
    }
}

extension WebSettings.HTTPSRule {
    /// Reads `"only"` alone, or an object.
    fileprivate static func read(_ key: String, from reader: inout ObjectReader) -> Self? {
        if case .text = reader.value(key) {
            _ = reader.nested(key, fields: [:]) { Self(reading: &$0) }
            let word = reader.read(key, expected: "\"only\", or an object: { only: true, maxAge: \"365d\" }") {
                $0.text == "only" ? true : nil
            }
            return word.map { _ in Self() }
        }
        let isThere = reader.has(key)
        let rule = reader.object(key) { Self(reading: &$0) }
        return isThere ? rule : nil
    }

    private init(reading reader: inout ObjectReader) {
        isOnly = reader.boolean("only") ?? true
        maxAge = reader.duration("maxAge").map { Int($0.components.seconds) } ?? maxAge
    }
}

extension WebSettings.FastCGI {
    fileprivate static func read(_ key: String, from reader: inout ObjectReader) -> Self? {
        let fields = reader.read(key, expected: "an object: { to: \"php\" }") { $0.fields }
        return reader.nested(key, fields: fields ?? [:]) { reader in
            let to = reader.text("to", expected: "a kind of process with a socket, or an address")
            if fields != nil, !reader.has("to") {
                reader.refuse("to", found: "nothing", expected: "a kind of process with a socket, or an address")
            }
            var fastCGI = Self(to: to ?? "")
            fastCGI.suffix = reader.text("suffix", expected: "the suffix of a name such as \".php\"") ?? fastCGI.suffix
            fastCGI.root = reader.text("root", expected: "a directory of the release")
            fastCGI.fallback = reader.text("fallback", expected: "a script such as \"/index.php\"")
            fastCGI.wholeBodies = reader.boolean("wholeBodies")
            return to == nil ? nil : fastCGI
        }
    }
}

extension WebSettings.AccessLog {
    /// Reads a format alone, or an object.
    fileprivate static func read(_ key: String, from reader: inout ObjectReader) -> Self? {
        if case .text = reader.value(key) {
            _ = reader.nested(key, fields: [:]) { Self(reading: &$0) }
            return reader.choice(key, of: Format.self).map { Self(format: $0) }
        }
        let isThere = reader.has(key)
        let log = reader.object(key) { Self(reading: &$0) }
        return isThere ? log : nil
    }

    private init(reading reader: inout ObjectReader) {
        format = reader.choice("format", of: Format.self) ?? .combined
        file = reader.text("file", expected: "a file, absolute or relative to the release")
    }
}

extension ObjectReader {
    /// Refuses keys of an object that mean the same as another of it.
    mutating func refuseTwins(
        in key: String, _ names: some Collection<String>, as expected: String, _ meaning: (String) -> String
    ) {
        for (_, twins) in Dictionary(grouping: names, by: meaning).sorted(by: { $0.key < $1.key }) where twins.count > 1
        {
            let twins = twins.sorted()
            refuse(
                JSONOutline.path(key, key: twins[1]),
                found: "\(JSONValue.quoted(twins[1])) beside \(JSONValue.quoted(twins[0]))",
                expected: expected)
        }
    }
}
