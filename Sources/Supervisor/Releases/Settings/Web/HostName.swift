/// The name of a host as a request can have it: without scheme, port and path.
enum HostName {
    /// What should stand in the place of a name that no request can have; nil: it is one. Source: RFC 9110, section 7.2; RFC 5890.
    ///
    /// - Parameter mayBePattern: `*.foobar.com` stands for all names below one.
    static func correction(of name: String, mayBePattern: Bool = true) -> String? {
        if name == "*" { return "a name: without names a site is for all hosts" }
        if name.hasPrefix("*."), !mayBePattern { return "one name: a redirect is for no pattern" }
        let bare = name.hasPrefix("*.") ? String(name.dropFirst(2)) : name
        guard !isName(bare) else { return nil }
        var host = bare
        if let scheme = host.firstRange(of: "://") { host = String(host[scheme.upperBound...]) }
        host = String(host.prefix { $0 != "/" })
        if !host.hasPrefix("["), let colon = host.lastIndex(of: ":") { host = String(host[..<colon]) }
        if let end = host.firstRange(of: "]:") { host = String(host[..<end.lowerBound]) + "]" }
        if host.hasSuffix(".") { host.removeLast() }
        if host.hasPrefix("."), isName(String(host.dropFirst())) { host = "*" + host }
        if host != bare, correctionIsName(host) { return "the host alone: \(JSONValue.quoted(host))" }
        if bare.utf8.contains(where: { $0 >= 0x80 }) { return "the name as browsers send it, in ASCII: \"xn--...\"" }
        return "the name of a host such as \"www.foobar.com\"" + (mayBePattern ? " or \"*.foobar.com\"" : "")
    }

    private static func correctionIsName(_ host: String) -> Bool {
        isName(host.hasPrefix("*.") ? String(host.dropFirst(2)) : host)
    }

    private static func isName(_ name: String) -> Bool {
        if name.hasPrefix("["), name.hasSuffix("]") {
            return name.count > 3
                && name.utf8.dropFirst().dropLast().allSatisfy { isHex($0) || $0 == 0x3a || $0 == 0x2e }
        }
        return name.utf8.split(separator: 0x2e, omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.allSatisfy { isHex($0) || isLetter($0) || $0 == 0x2d || $0 == 0x5f }
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }
    private static func isHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }
}

extension ObjectReader {
    /// Refuses a name that no request's host can be.
    mutating func refuseHost(_ name: String, at key: String, mayBePattern: Bool = true) {
        guard let correction = HostName.correction(of: name, mayBePattern: mayBePattern) else { return }
        refuse(key, found: "\(JSONValue.quoted(name)), which is no request's host", expected: correction)
    }
}

extension WebSettings {
    /// Refuses a host that two parts of the server have: one of them would never answer.
    func refuseSharedHosts(_ reader: inout ObjectReader) {
        let own = Set(hosts.map { $0.lowercased() })
        let led = Set(redirects.keys.map { $0.lowercased() })
        for host in redirects.keys.sorted() where own.contains(host.lowercased()) {
            reader.refuse(
                JSONOutline.path("redirects", key: host),
                found: "a host that is in `hosts` too, and so is never redirected",
                expected: "it in one of the two")
        }
        for site in sites {
            let key = JSONOutline.path("sites", key: site.hosts[0])
            for host in site.hosts where own.contains(host.lowercased()) || led.contains(host.lowercased()) {
                let other = own.contains(host.lowercased()) ? "`web.hosts`" : "`web.redirects`"
                reader.refuse(
                    key, found: "the host \(JSONValue.quoted(host)), which is in \(other) too",
                    expected: "it in one of the two")
            }
        }
    }
}
