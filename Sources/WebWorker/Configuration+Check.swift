extension Configuration {
    /// Values that no worker could go by.
    var mistakes: [ConfigurationError.Mistake] {
        var mistakes = trustedProxies.compactMap(\.mistake)
        if let mistake = address.mistake("configuration.address") { mistakes.append(mistake) }
        var check = ValueCheck(setting: "configuration")
        check.count("maxRequestLineBytes", maxRequestLineBytes, atLeast: 1)
        check.count("maxHeadBytes", maxHeadBytes, atLeast: 1)
        check.count("maxFields", maxFields, atLeast: 1)
        check.count("maxBodyBytes", maxBodyBytes)
        check.count("maxArrivingBodyBytes", maxArrivingBodyBytes)
        check.count("minBodyRate", minBodyRate, atLeast: 1)
        check.count("maxBlockingHandlers", maxBlockingHandlers, atLeast: 1)
        check.count("maxWaitingHandlers", maxWaitingHandlers)
        check.count("maxWaitingBodyBytes", maxWaitingBodyBytes)
        check.count("maxFormFields", maxFormFields)
        check.count("maxSpooledBytes", maxSpooledBytes)
        if let compression {
            check.count("compression.leastBytes", compression.leastBytes)
            if !(1...9).contains(compression.level) {
                mistakes.append(
                    ConfigurationError.Mistake(
                        "configuration compression.level", found: "\(compression.level)",
                        expected: "a number from 1 to 9", remedy: "correct it"))
            }
            for type in compression.types where !Compression.isType(type) {
                mistakes.append(
                    ConfigurationError.Mistake(
                        "configuration compression.types", found: "\"\(type)\"",
                        expected: "a type such as text/html, text/* or *+json", remedy: "correct it"))
            }
        }
        check.time("headTimeout", headTimeout)
        check.time("bodyTimeout", bodyTimeout)
        check.time("idleTimeout", idleTimeout)
        check.time("writeTimeout", writeTimeout)
        check.time("lingerTimeout", lingerTimeout)
        check.time("drainTimeout", drainTimeout)
        return mistakes + check.mistakes
    }
}

extension UpstreamSettings {
    /// Values that no server could be used by; `setting` is where they were given.
    func mistakes(_ setting: String) -> [ConfigurationError.Mistake] {
        var check = ValueCheck(setting: setting)
        check.count("maxConnections", maxConnections, atLeast: 1)
        check.count("maxKept", maxKept)
        check.count("maxWaiting", maxWaiting)
        check.time("keptTimeout", keptTimeout)
        check.time("connectTimeout", connectTimeout)
        check.time("sendTimeout", sendTimeout)
        check.time("answerTimeout", answerTimeout)
        check.time("streamTimeout", streamTimeout)
        check.time("tunnelTimeout", tunnelTimeout)
        return check.mistakes
    }
}

extension FileOptions {
    /// Reports what no file could be served by; `setting` is the place in the configuration.
    func mistakes(_ setting: String) -> [ConfigurationError.Mistake] {
        var mistakes: [ConfigurationError.Mistake] = []
        for rule in cacheControl where rule.value.utf8.contains(where: { $0 < 0x20 && $0 != .tab || $0 == 0x7f }) {
            mistakes.append(
                ConfigurationError.Mistake(
                    "\(setting) cacheControl \"\(rule.pattern)\"", found: "a control character in the value",
                    expected: "a value such as no-cache", remedy: "remove it"))
        }
        for status in errorPages.keys.sorted(by: { $0.rawValue < $1.rawValue })
        where !(400...599).contains(status.rawValue) {
            mistakes.append(
                ConfigurationError.Mistake(
                    "\(setting) errorPages", found: "a page for \(status)", expected: "a status from 400 to 599",
                    remedy: "answer it by a route"))
        }
        return mistakes
    }
}

extension Hosts {
    /// Reports hosts that lead nowhere, or to two places.
    var mistakes: [ConfigurationError.Mistake] {
        var mistakes: [ConfigurationError.Mistake] = []
        var known: Set<String> = []
        for (host, target) in redirected.sorted(by: { $0.key < $1.key }) {
            if !known.insert(host.lowercased()).inserted {
                mistakes.append(
                    .second(
                        "hosts redirected \"\(host)\"", "a second target for the host", remedy: "remove one of the two")
                )
            }
            guard !(target.hasPrefix("http://") || target.hasPrefix("https://")) || target.hasSuffix("/") else {
                continue
            }
            mistakes.append(
                ConfigurationError.Mistake(
                    "hosts redirected \"\(host)\"", found: "\"\(target)\"",
                    expected: "where the host leads, without a path: \"https://www.foobar.com\"", remedy: "correct it"))
        }
        return mistakes
    }
}

/// Looks at numbers and times of one setting.
private struct ValueCheck {
    let setting: String
    private(set) var mistakes: [ConfigurationError.Mistake] = []

    init(setting: String) { self.setting = setting }

    mutating func count(_ name: String, _ value: Int, atLeast least: Int = 0) {
        guard value < least else { return }
        mistakes.append(
            ConfigurationError.Mistake(
                "\(setting) \(name)", found: "\(value)", expected: "at least \(least)",
                remedy: "raise it, or leave it out"))
    }

    mutating func time(_ name: String, _ value: Duration) {
        guard value < .zero else { return }
        mistakes.append(
            ConfigurationError.Mistake(
                "\(setting) \(name)", found: "\(value)", expected: "no negative time",
                remedy: "correct it, or leave it out"))
    }
}
