extension WebSettings {
    /// The names of several sites, in the order in which a worker numbers them: number 0 answers for every other host. Nil: there is
    /// one site.
    var siteNames: [String]? { sites.isEmpty ? nil : [hosts.first ?? "other hosts"] + sites.map { $0.hosts[0] } }
}

extension WebSettings.Site {
    /// Reads the sites by their hosts. What is `common`, the fields beside them, holds for each that does not say otherwise;
    /// rules of a site go before common ones.
    static func list(_ key: String, common: [String: JSONValue], _ reader: inout ObjectReader) -> [Self] {
        let fields =
            reader.read(key, expected: "an object of hosts and sites: { \"www.foobar.com\": { files: \"www\" } }") {
                $0.fields
            } ?? [:]
        var sites: [Self] = []
        for (host, value) in fields.sorted(by: { $0.key < $1.key }) {
            let place = JSONOutline.path(key, key: host)
            guard let own = value.fields else {
                reader.refuse(place, found: value.found, expected: "a site: { files: \"www\" }")
                continue
            }
            reader.refuseHost(host, at: place)
            let before = reader.problems.count
            let written = reader.nested(place, isItem: true, fields: own) { reader in
                var settings = WebSettings()
                settings.readSite(&reader)
                return settings
            }
            let settings = merged(own, common)
            if !settings.answers, reader.problems.count == before {
                reader.refuse(place, found: "nothing that answers", expected: "files, forward, fastcgi or mounts")
            }
            sites.append(Self(hosts: [host] + written.hosts, settings: settings))
        }
        reader.refuseTwins(in: key, sites.flatMap(\.hosts), as: "one site for a host") { $0.lowercased() }
        return sites
    }

    /// What is wrong with either is told where it was written.
    private static func merged(_ own: [String: JSONValue], _ common: [String: JSONValue]) -> WebSettings {
        var fields = common.merging(own) { $1 }
        fields["rules"] = .list((own["rules"]?.items ?? []) + (common["rules"]?.items ?? []))
        fields["hosts"] = nil
        var settings = ObjectReader.read(file: "", fields: fields) { reader in
            var settings = WebSettings()
            settings.readSite(&reader)
            return settings
        }.value
        guard own["errorPages"] == nil, !settings.errorPages.isEmpty else { return settings }
        settings.commonPages = WebSettings.CommonPages(
            files: settings.errorPages, directory: common["files"]?.text ?? ".")
        settings.errorPages = [:]
        return settings
    }
}
