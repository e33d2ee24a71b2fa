/// Where in a site a request is: what its host means, and which rules hold for its path. Numbers only, so that a copy costs no count
/// of references.
struct SitePlace: Equatable, Sendable {
    var verdict = HostTable.Verdict.serve(0)
    var rule = RuleMatch()

    /// The number of the virtual host. One that is led elsewhere or refused has the pages of the site's own.
    var host: Int { if case .serve(let number) = verdict { number } else { 0 } }
}

extension Site {
    /// The place of a request whose path is in its normal form.
    func place(of head: RequestHead, _ bytes: Span<UInt8>) -> SitePlace {
        var place = SitePlace()
        if isPlain { return place }
        if let hosts { place.verdict = hosts.verdict(head.authority.range, bytes) }
        if let rules = rules(at: place) { place.rule = rules.match(head.path.range, bytes) }
        return place
    }

    /// The rules of a place's virtual host; nil: it has none.
    func rules(at place: SitePlace) -> RuleTable? { virtualHosts[place.host].rules }

    /// What hosts and rules answer by themselves: the first of the rules that deny and those that lead elsewhere; nil: none
    /// does.
    func ruled(_ head: RequestHead, _ bytes: Span<UInt8>, at place: SitePlace, isSecure: Bool) -> Destination? {
        if isPlain { return nil }
        switch place.verdict {
        case .serve: break
        case .redirect(let number): return .otherHost(hosts?.target(number) ?? "")
        case .refuse: return .status(.misdirectedRequest)
        }
        if !isSecure, let https, https.isOnly {
            // Who names no host would not have been served with https either.
            return https.origin(head.authority.range, bytes).map { .otherHost($0) } ?? .status(.misdirectedRequest)
        }
        guard place.rule != RuleMatch(), let rules = rules(at: place) else { return nil }
        let (access, redirect) = (place.rule.access, place.rule.redirect)
        if rules.access(place.rule) == .denied, redirect < 0 || access <= redirect { return .status(.forbidden) }
        guard let (target, status) = rules.redirect(place.rule, head.path.range, bytes) else { return nil }
        return .redirect(target, status)
    }

    /// How files of a path are looked up.
    func terms(at place: SitePlace) -> FileTerms {
        guard let rules = rules(at: place) else { return FileTerms() }
        let isAllowed = rules.access(place.rule) == .allowed
        return FileTerms(
            names: isAllowed ? .all : .usual, asksRules: true, cacheControl: rules.cacheControl(place.rule))
    }
}
