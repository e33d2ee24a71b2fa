/// Where in a site a request is: which rules hold for its path.
struct SitePlace: Equatable, Sendable {
    var rule = RuleMatch()
}

extension Site {
    /// The place of a request whose path is in its normal form.
    func place(of head: RequestHead, _ bytes: Span<UInt8>) -> SitePlace {
        guard let rules = host.rules else { return SitePlace() }
        return SitePlace(rule: rules.match(head.path.range, bytes))
    }

    /// What rules answer by themselves: the first of those that deny and those that lead elsewhere; nil: none does.
    func ruled(_ head: RequestHead, _ bytes: Span<UInt8>, at place: SitePlace) -> Destination? {
        guard let rules = host.rules, place.rule != RuleMatch() else { return nil }
        let (access, redirect) = (place.rule.access, place.rule.redirect)
        if rules.access(place.rule) == .denied, redirect < 0 || access <= redirect { return .status(.forbidden) }
        guard let (target, status) = rules.redirect(place.rule, head.path.range, bytes) else { return nil }
        return .redirect(target, status)
    }

    /// How files of a path are looked up.
    func terms(at place: SitePlace) -> FileTerms {
        guard let rules = host.rules else { return FileTerms() }
        let isAllowed = rules.access(place.rule) == .allowed
        return FileTerms(names: isAllowed ? .all : .usual, cacheControl: rules.cacheControl(place.rule))
    }
}
