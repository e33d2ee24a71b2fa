internal import Linux

extension ObjectReader {
    /// Reads the object `web`; nil when there is none.
    mutating func web(_ key: String) -> Manifest.Web? {
        let (isThere, before) = (has(key), problems.count)
        let web = object(key) { $0.web() }
        guard isThere else { return nil }
        // (What was written in another way than it should be is one mistake, and not that nothing is there too.)
        if web.files == nil, web.forward.isEmpty, web.fastcgi == nil, problems.count == before {
            refuse(
                JSONOutline.path(key, key: "files"), found: "nothing",
                expected: "files, forward or fastcgi: something must answer")
        }
        return web
    }

    private mutating func web() -> Manifest.Web {
        var web = Manifest.Web()
        web.files = text("files", expected: "a directory of the release such as \"public\"")
        web.index = texts("index", expected: "a list of file names: [\"index.html\"]", item: "a string") ?? web.index
        web.fallback = text("fallback", expected: "a file such as \"index.html\"")
        web.precompressed = boolean("precompressed") ?? web.precompressed
        web.cacheControl = words("cacheControl", expected: "an object of patterns and values of Cache-Control")
            .map { Manifest.Web.CacheRule(pattern: $0.key, value: $0.value) }
            .sorted { ($1.pattern.utf8.count, $0.pattern) < ($0.pattern.utf8.count, $1.pattern) }
        web.errorPages = errorPages("errorPages")
        web.hosts = texts("hosts", expected: "a list of host names: [\"www.foobar.com\"]", item: "a string") ?? []
        web.redirects = words("redirects", expected: "an object of hosts and targets")
        for (host, target) in web.redirects.sorted(by: { $0.key < $1.key })
        where !(target.hasPrefix("http://") || target.hasPrefix("https://")) || target.hasSuffix("/") {
            refuse(
                JSONOutline.path("redirects", key: host), found: JSONValue.quoted(target),
                expected: "the target of the redirect, without a path: \"https://www.foobar.com\"")
        }
        web.otherHosts = choice("otherHosts", of: Manifest.Web.OtherHosts.self) ?? .serve
        web.forward = words("forward", expected: "an object of paths and kinds of processes: { \"/\": \"app\" }")
        for prefix in web.forward.keys.sorted() where !prefix.hasPrefix("/") {
            refuse(
                JSONOutline.path("forward", key: prefix), found: "the path \(JSONValue.quoted(prefix))",
                expected: "one that begins with a slash")
        }
        web.wholeBodies = boolean("wholeBodies") ?? false
        web.fastcgi = fastCGI("fastcgi")
        web.accessLog = accessLog("accessLog")
        web.trustedProxies =
            texts("trustedProxies", expected: "a list of addresses and networks: [\"10.0.0.0/8\"]", item: "a string")
            ?? []
        web.proxyProtocol = boolean("proxyProtocol") ?? false
        web.requestId = boolean("requestId") ?? false
        web.serverTiming = boolean("serverTiming") ?? false
        web.maxBodyBytes = size("maxBodyBytes", atLeast: 1)
        web.answerTimeout = duration("answerTimeout", atLeast: Self.shortestTimeout).map { Int($0.microseconds) }
        web.streamTimeout = duration("streamTimeout", atLeast: Self.shortestTimeout).map { Int($0.microseconds) }
        web.answersHalfClosed = boolean("answersHalfClosed") ?? false
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
                refuse(JSONOutline.path(key, key: name), found: value.found, expected: "a string")
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
        let fields = read(key, expected: "an object: { to: \"php\" }") { $0.fields }
        return nested(path: JSONOutline.path(path, key: key), fields: fields ?? [:]) { reader in
            let to = reader.text("to", expected: "a kind of process with a socket, or an address")
            if fields != nil, !reader.has("to") {
                reader.refuse("to", found: "nothing", expected: "a kind of process with a socket, or an address")
            }
            var fastCGI = Manifest.Web.FastCGI(to: to ?? "")
            fastCGI.suffix = reader.text("suffix", expected: "the suffix of a name such as \".php\"") ?? fastCGI.suffix
            fastCGI.root = reader.text("root", expected: "a directory of the release")
            fastCGI.fallback = reader.text("fallback", expected: "a script such as \"/index.php\"")
            fastCGI.wholeBodies = reader.boolean("wholeBodies")
            return to == nil ? nil : fastCGI
        }
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
