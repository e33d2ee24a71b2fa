/// A rule of `web.rules`: what holds for the paths of a pattern. Nil is no word on the matter.
package struct WebRule: Sendable, Equatable, Codable {
    package var path: String
    /// False: also what is denied by default is served.
    package var deny: Bool?
    package var redirect: String?
    package var status: Int?
    /// An empty value takes a field of a server behind away.
    package var headers: [String: String] = [:]
    package var cache: String?
    /// In bytes.
    package var maxBodyBytes: Int?
    package var fallback: Fallback?
    /// False: answers are sent as they are.
    package var compress: Bool?

    /// What answers if nothing else does.
    package enum Fallback: Sendable, Equatable, Codable {
        case off
        case always
        case path(String)
    }
}

extension WebRule {
    /// Reads the rules in their order.
    static func list(_ key: String, _ reader: inout ObjectReader) -> [Self] {
        let example = "[{ path: \"/admin/*\", deny: true }]"
        let items = reader.read(key, expected: "a list of rules: \(example)") { $0.items } ?? []
        var rules: [Self] = []
        for (index, item) in items.enumerated() {
            let name = "\(key)[\(index)]"
            guard let fields = item.fields else {
                reader.refuse(name, found: item.found, expected: "a rule: { path: \"/admin/*\", deny: true }")
                continue
            }
            if let rule = reader.nested(name, isItem: true, fields: fields, { Self(reading: &$0) }) {
                rules.append(rule)
            }
        }
        return rules
    }

    private init?(reading reader: inout ObjectReader) {
        let pattern = "a decoded path in which * stands for anything: \"/admin/*\", \"*.sql\""
        let path = reader.read("path", expected: pattern) { $0.text.flatMap { Self.isPattern($0) ? $0 : nil } }
        if !reader.has("path") { reader.refuse("path", found: "nothing", expected: pattern) }
        self.init(path: path ?? "/")
        deny = reader.boolean("deny")
        redirect = reader.read("redirect", expected: "a path or a URL: \"/new/*\", \"https://www.foobar.com/*\"") {
            $0.text.flatMap { Self.isTarget($0, of: path ?? "/*") ? $0 : nil }
        }
        status = reader.read("status", expected: "301, 302, 303, 307 or 308") {
            if case .integer(let number) = $0, [301, 302, 303, 307, 308].contains(number) { number } else { nil }
        }
        if reader.has("status"), !reader.has("redirect") {
            reader.refuse("status", found: "it without `redirect`", expected: "both")
        }
        headers = Self.headers("headers", &reader)
        cache = reader.text("cache", expected: "a value of Cache-Control: \"no-store\"")
        maxBodyBytes = reader.size("maxBodyBytes")
        fallback = reader.read("fallback", expected: "a path of the site such as \"/app.html\", true or false") {
            switch $0 {
            case .boolean(let isOn): isOn ? .always : .off
            case .text(let path) where path.hasPrefix("/"): .path(path)
            default: nil
            }
        }
        compress = reader.boolean("compress")
        guard path != nil else { return nil }
        if self == Self(path: self.path),
            !Self.keys.contains(where: reader.has)
        {
            reader.refuse(
                "path", found: "it alone",
                expected: "deny, redirect, headers, cache, maxBodyBytes, fallback or compress beside it")
        }
    }

    private static let keys = ["deny", "redirect", "headers", "cache", "maxBodyBytes", "fallback", "compress"]

    /// Names and values; an empty value takes a field of a server behind away.
    private static func headers(_ key: String, _ reader: inout ObjectReader) -> [String: String] {
        let fields = reader.read(key, expected: "an object of header fields: { \"X-Frame-Options\": \"DENY\" }") {
            $0.fields
        }
        var headers: [String: String] = [:]
        for (name, value) in (fields ?? [:]).sorted(by: { $0.key < $1.key }) {
            let place = JSONOutline.path(key, key: name)
            if own.contains(name.lowercased()) {
                reader.refuse(
                    place, found: "the header \(JSONValue.quoted(name))",
                    expected: name.lowercased() == "cache-control" ? "the key `cache`" : "none that is the server's own"
                )
            } else if !isName(name) {
                reader.refuse(
                    place, found: "the name \(JSONValue.quoted(name))", expected: "the name of a header field")
            } else if let text = value.text, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 9 }) {
                headers[name] = text
            } else {
                reader.refuse(place, found: value.found, expected: "a string without control characters")
            }
        }
        reader.refuseTwins(in: key, headers.keys, as: "one value for a header, in whatever case it is written") {
            $0.lowercased()
        }
        return headers
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
                    || "!#$%&'*+-.^_`|~".utf8.contains($0)
            }
    }

    /// The web server's `PathPattern` takes these.
    private static func isPattern(_ text: String) -> Bool {
        let segments = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        return (text.hasPrefix("/") || text.hasPrefix("*"))
            && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && !"?%#".utf8.contains($0) }
            && !segments.dropLast().contains("") && !segments.contains(".") && !segments.contains("..")
    }

    /// A star stands behind a slash, so that it can never become part of a host's name.
    private static func isTarget(_ text: String, of path: String) -> Bool {
        let isPath = text.hasPrefix("/") && !text.hasPrefix("//")
        guard isPath || text.hasPrefix("http://") || text.hasPrefix("https://"), !text.contains(" ") else {
            return false
        }
        let parts = text.split(separator: "*", omittingEmptySubsequences: false)
        let stars = path.utf8.count { $0 == 0x2a }
        return parts.count == 1 || parts.count == 2 && stars == 1 && parts[0].last == "/"
    }

    /// Fields that say what the bytes of an answer are, or how they are sent.
    private static let own: Set<String> = [
        "accept-ranges", "cache-control", "connection", "content-encoding", "content-length", "content-range",
        "content-type", "date", "etag", "keep-alive", "last-modified", "location", "set-cookie", "trailer",
        "transfer-encoding", "upgrade", "x-request-id",
    ]
}
