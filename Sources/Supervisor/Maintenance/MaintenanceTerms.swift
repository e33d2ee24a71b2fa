package import Linux

/// Maintenance as somebody asks for it: what users get meanwhile, and who is let in.
package struct MaintenanceTerms: Equatable, Sendable {
    /// The most bytes that a page may have.
    package static let maxPageBytes = 1 << 20
    /// The most addresses and networks that are let in.
    package static let maxAllowed = Closure.mostNetworks
    /// A day: the longest Retry-After, in seconds.
    package static let maxRetryAfter = 86_400

    /// The page, HTML; nil: deployd's own.
    package var page: String?
    /// From here users get the site.
    package var allowed: [IPNetwork]
    /// After so many seconds clients are to ask again (RFC 9110 section 10.2.3).
    package var retryAfter: Int

    package init(page: String? = nil, allowed: [IPNetwork] = [], retryAfter: Int = Defaults.retryAfter) {
        self.page = page
        self.allowed = allowed
        self.retryAfter = retryAfter
    }
}

extension ControlRequest {
    /// Checks what `maintenance` is asked with; nil: it is to be off.
    func maintenanceTerms() throws(ControlRefusal) -> MaintenanceTerms? {
        guard let on else { throw ControlRefusal("maintenance: neither on nor off; expected \"on\", true or false") }
        guard on else { return nil }
        guard (page?.utf8.count ?? 0) <= MaintenanceTerms.maxPageBytes else {
            throw ControlRefusal(
                "maintenance: found a page of \(page?.utf8.count ?? 0) bytes, expected at most \(MaintenanceTerms.maxPageBytes)"
            )
        }
        var terms = MaintenanceTerms(page: page)
        for text in allow ?? [] {
            guard let network = IPNetwork(text) else {
                throw ControlRefusal(
                    "maintenance: found \"\(text)\", expected an address or a network: 192.0.2.7, 10.0.0.0/8")
            }
            terms.allowed.append(network)
        }
        guard terms.allowed.count <= MaintenanceTerms.maxAllowed else {
            throw ControlRefusal(
                "maintenance: found \(terms.allowed.count) addresses to let in, expected at most \(MaintenanceTerms.maxAllowed)"
            )
        }
        if let retryAfterSeconds { terms.retryAfter = retryAfterSeconds }
        guard (1...MaintenanceTerms.maxRetryAfter).contains(terms.retryAfter) else {
            throw ControlRefusal(
                "maintenance: found a Retry-After of \(terms.retryAfter) s, expected 1 to \(MaintenanceTerms.maxRetryAfter)"
            )
        }
        return terms
    }
}
