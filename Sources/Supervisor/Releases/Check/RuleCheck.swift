internal import DeployCore
internal import Linux

/// Checks rules by path: what they say of each other, and of what the probe asks for.
struct RuleCheck {
    /// In the order in which they count: a site's own, then those that are common.
    let rules: [WebRule]
    /// The names of each in problems.
    let keys: [String]
    /// The manifest's name in problems.
    let file: String

    /// - Parameters:
    ///   - web: a site with all that is common.
    ///   - key: the name of the site.
    ///   - common: how many of its rules, the last ones, are written beside the sites.
    init(_ web: WebSettings, key: String, common: Int, file: String) {
        rules = web.rules
        self.file = file
        let own = web.rules.count - common
        keys = web.rules.indices.map { $0 < own ? "\(key).rules[\($0)]" : "web.rules[\($0 - own)]" }
    }

    /// The first rule that answers a path by itself, if one does.
    func answering(_ path: String) -> Int? {
        let access = rules.firstIndex { $0.deny != nil && $0.isFor(path) }
        let redirect = rules.firstIndex { $0.redirect != nil && $0.isFor(path) }
        guard let access, rules[access].deny == true else { return redirect }
        return redirect.map { min($0, access) } ?? access
    }

    /// The status with which a rule answers by itself.
    func status(_ index: Int) -> Int { rules[index].deny == true ? 403 : rules[index].status ?? 308 }

    /// Redirects that lead back to themselves.
    var problems: [Problem] {
        rules.indices.compactMap { index in
            guard let target = rules[index].redirect, leadsBack(index) else { return nil }
            return Problem(
                file: file, keyPath: "\(keys[index]).redirect",
                found:
                    "\(JSONValue.quoted(target)), which leads back to \(JSONValue.quoted(rules[index].path)): clients give up",
                expected: "a target that is not redirected again")
        }
    }

    private func leadsBack(_ start: Int) -> Bool {
        var index = start
        for _ in rules {
            guard let target = rules[index].redirect, target.hasPrefix("/") else { return false }
            let path = String(target.prefix { $0 != "?" && $0 != "#" }).replacing("*", with: WebRule.anything)
            guard let next = answering(path), rules[next].redirect != nil, rules[next].deny != true else {
                return false
            }
            if next == start { return true }
            index = next
        }
        return false
    }

    /// Rules that answer every request, and words that never count.
    ///
    /// - Parameter count: of so many rules, the first.
    func warnings(_ count: Int) -> [String] {
        rules.prefix(count).indices.compactMap { allWarning($0) ?? shadowWarning($0) }
    }

    private func allWarning(_ index: Int) -> String? {
        let rule = rules[index]
        guard rule.isForAll, rule.answers, !rules[..<index].contains(where: { $0.deny == false || $0.answers }) else {
            return nil
        }
        return "\(file): \(keys[index]): \(JSONValue.quoted(rule.path)) "
            + (rule.deny == true
                ? "is denied: every request is answered with 403" : "is redirected: nothing else answers")
    }

    private func shadowWarning(_ index: Int) -> String? {
        let words = rules[index].words
        let shadows = words.compactMap { word in shadow(of: word, index).map { (word, $0) } }
        guard let (_, other) = shadows.first else { return nil }
        let what =
            shadows.count == words.count
            ? "never counts" : "never counts for " + shadows.map { "`\($0.0)`" }.joined(separator: ", ")
        return "\(file): \(keys[index]): \(JSONValue.quoted(rules[index].path)) \(what): "
            + "\(keys[other]), \(JSONValue.quoted(rules[other].path)), stands before it and is for all of these paths"
    }

    /// An earlier rule that takes a word of a rule for all of its paths.
    private func shadow(of word: String, _ index: Int) -> Int? {
        rules[..<index].indices.first { before in
            guard rules[before].isForAll(of: rules[index]) else { return false }
            if rules[before].words.contains(where: { $0.lowercased() == word.lowercased() }) { return true }
            return rules[before].answers && !word.hasPrefix("headers.")
                && !rules[..<before].contains { $0.deny == false }
        }
    }
}
