extension PathRule {
    /// What is wrong with the rule, of which nothing but its words is known.
    var mistakes: [ConfigurationError.Mistake] {
        let setting = "rule \"\(path)\""
        var mistakes: [ConfigurationError.Mistake] = []
        let note = { (found: String, expected: String) in
            mistakes.append(
                ConfigurationError.Mistake(setting, found: found, expected: expected, remedy: "correct it"))
        }
        guard let pattern = PathPattern(path) else {
            note("\"\(path)\"", "a decoded path such as \"/admin/*\" or \"*.sql\", without . and ..")
            return mistakes
        }
        if self == PathRule(path) { note("no word beside the path", "what is to hold for it") }
        if let redirect { check(redirect, stars: pattern.stars, note) }
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { Self.check(name, value, note) }
        if let cacheControl, !Self.isValue(cacheControl) { note("a control character in cacheControl", "none") }
        if let maxBodyBytes, maxBodyBytes < 0 { note("maxBodyBytes \(maxBodyBytes)", "at least 0") }
        if case .path(let path) = fallback, !path.hasPrefix("/") {
            note("the fallback \"\(path)\"", "a path of the site that begins with a slash")
        }
        return mistakes
    }

    private func check(_ redirect: Redirect, stars: Int, _ note: (String, String) -> Void) {
        let target = redirect.target
        let isPath = target.hasPrefix("/") && !target.hasPrefix("//")
        if !(isPath || target.hasPrefix("http://") || target.hasPrefix("https://")) || !Self.isValue(target)
            || target.contains(" ")
        {
            note("the target \"\(target)\"", "a path that begins with one slash, or a URL")
        }
        let parts = target.split(separator: "*", omittingEmptySubsequences: false)
        if parts.count > 2 || parts.count == 2 && (stars != 1 || parts[0].last != "/") {
            note("the target \"\(target)\"", "a star behind a slash at most, where the path has one star")
        }
        if ![301, 302, 303, 307, 308].contains(redirect.status.rawValue) {
            note("the status \(redirect.status.rawValue)", "301, 302, 303, 307 or 308")
        }
    }

    private static func check(_ name: String, _ value: String, _ note: (String, String) -> Void) {
        if name.isEmpty || !name.utf8.allSatisfy({ ByteClass.token.contains($0) }) {
            note("the header \"\(name)\"", "the name of a field")
        } else if own.contains(name.lowercased()) {
            note(
                "the header \"\(name)\"",
                name.lowercased() == "cache-control" ? "`cacheControl`" : "none that is the server's own")
        }
        if !isValue(value) { note("a control character in the value of \(name)", "none") }
    }

    private static func isValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == .tab }
    }

    /// Fields that say what the bytes of an answer are, or how they are sent.
    private static let own: Set<String> = [
        "accept-ranges", "cache-control", "connection", "content-encoding", "content-length", "content-range",
        "content-type", "date", "etag", "keep-alive", "last-modified", "location", "set-cookie", "trailer",
        "transfer-encoding", "upgrade", "x-request-id",
    ]
}
