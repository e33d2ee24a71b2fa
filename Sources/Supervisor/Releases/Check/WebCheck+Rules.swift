internal import Linux

// Rules by path, as they stand to each other and to what is there.
extension WebCheck {
    /// The rules of each site, those beside the sites included.
    private func ruleChecks(_ web: WebSettings) -> [(settings: WebSettings, check: RuleCheck, own: Int)] {
        web.parts.map { key, part in
            let common = key == "web" ? 0 : web.rules.count
            return (part, RuleCheck(part, key: key, common: common, file: file), part.rules.count - common)
        }
    }

    var ruleWarnings: [String] {
        guard let web = manifest.web else { return [] }
        let common = RuleCheck(web, key: "web", common: 0, file: file)
        // (What is common is told once, though nothing may be beside the sites.)
        return (common.warnings(web.rules.count) + ruleChecks(web).flatMap { $0.check.warnings($0.own) }).uniqued()
    }

    func ruleProblems(_ web: WebSettings) -> [Problem] {
        let checks = ruleChecks(web)
        let fallbacks = checks.flatMap { settings, check, _ in
            zip(settings.rules, check.keys).compactMap { rule, key in ruleFallbackProblem(rule, key, settings) }
        }
        return checks.flatMap(\.check.problems) + fallbacks + [probedRuleProblem(web)].compactMap { $0 }
    }

    /// The file or script that a rule names for all that is left, which is not there.
    private func ruleFallbackProblem(_ rule: WebRule, _ key: String, _ web: WebSettings) -> Problem? {
        guard case .path(let name) = rule.fallback, !mayBeMade else { return nil }
        let isScript = web.fastcgi.map { name.hasSuffix($0.suffix) } ?? false
        if isScript, !runsPHP(web) { return nil }
        let root = isScript ? web.fastcgi?.root ?? web.files ?? "." : web.files
        let expected = isScript ? "a script below `web.fastcgi.root`" : "a file below `web.files`"
        guard let root else {
            return Problem(
                file: file, keyPath: "\(key).fallback", found: JSONValue.quoted(name),
                expected: "\(expected), which the site does not have")
        }
        return missing(name, at: Paths.normalised("\(root)/\(name)"), .file, expected, "\(key).fallback")
    }

    /// What the probe asks for, which a rule answers with a status that it does not take: no such release is ever ready.
    private func probedRuleProblem(_ web: WebSettings) -> Problem? {
        let health = manifest.health
        guard let target = health.path, manifest.readiness != .notify, web.redirects.isEmpty else { return nil }
        let probed = probed(web)
        let path = String(target.prefix { $0 != "?" })
        let common = probed.key == "web" ? 0 : web.rules.count
        let check = RuleCheck(probed.settings, key: probed.key, common: common, file: file)
        guard !path.contains("%"), let rule = check.answering(path), !health.status.contains(check.status(rule)) else {
            return nil
        }
        return Problem(
            file: file, keyPath: "health.path",
            found: "\(JSONValue.quoted(target)), which \(check.keys[rule]) answers with \(check.status(rule))",
            expected: "a page that no rule denies or redirects, since the probe asks for it",
            advice: "a rule before it with `deny: false` lets one path pass a rule that denies more")
    }
}
