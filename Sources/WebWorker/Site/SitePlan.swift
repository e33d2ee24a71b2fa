internal import Handoff
internal import Linux

/// The site as an application has described it: nothing is opened yet. Mistakes are kept until it is checked.
struct SitePlan: Sendable {
    private(set) var mistakes: [ConfigurationError.Mistake] = []
    /// Paths that are never sent, as they were named.
    var reserved = ReservedFiles()
    private var site = Site()
    /// What answers for the site's own hosts, and for all that no other has.
    private var own = HostPlan()
    private var others: [(names: [String], plan: HostPlan)] = []
    private var hosts: Hosts?

    mutating func add(_ method: Method, _ path: String, _ endpoint: Site.Endpoint) {
        mistakes += RoutePattern.mistakes(method, path)
        switch site.add(method, path, endpoint) {
        case .added: break
        case .known:
            mistakes.append(
                .second(
                    "\(method) \(path)", "a second route for the same requests", remedy: "remove one of the two"))
        case .tooManyMethods:
            mistakes.append(
                ConfigurationError.Mistake(
                    "\(method) \(path)", found: "more than \(MethodSet.maxOthers) methods of the application's own",
                    expected: "fewer", remedy: "use the methods of HTTP"))
        }
    }

    /// Notes a mistake that the application has made.
    mutating func note(_ mistake: ConfigurationError.Mistake) { mistakes.append(mistake) }

    /// Changes what answers for the site's own hosts; notes what is wrong with that.
    mutating func change(_ change: (inout HostPlan) -> ConfigurationError.Mistake?) {
        if let mistake = change(&own) { mistakes.append(mistake) }
    }

    mutating func add(_ rules: [PathRule]) {
        for rule in rules { mistakes += rule.mistakes }
        own.rules += rules
    }

    /// Takes what another plan has for its own hosts as what answers for these. Its routes count for nothing.
    mutating func add(_ names: [String], _ plan: SitePlan) {
        mistakes += plan.mistakes
        others.append((names, plan.own))
    }

    mutating func answer(_ hosts: Hosts) {
        if self.hosts != nil {
            mistakes.append(.second("hosts", "a second call", remedy: "put all hosts into one call"))
        }
        mistakes += hosts.mistakes
        self.hosts = self.hosts ?? hosts
    }

    mutating func secure(_ rule: HTTPSRule) {
        if site.https != nil {
            mistakes.append(.second("https", "a second call", remedy: "remove one of the two"))
        }
        site.https = site.https ?? SecureTransport(rule)
    }

    /// Has every request answered so; see `Application.close(with:)`.
    mutating func close(with answer: Response) {
        site.closed = PreparedAnswer(answer)
        guard site.closed == nil else { return }
        mistakes.append(
            ConfigurationError.Mistake(
                "close", found: "a response that cannot be sent", expected: "a final status and a body that is here",
                remedy: "correct it"))
    }

    /// Opens what is served. Throws everything that is wrong.
    func site(_ configuration: Configuration) throws(ConfigurationError) -> Site {
        var opening = SiteOpening(site: site, mistakes: mistakes + configuration.mistakes, reserved: allReserved)
        opening.site.trusted = TrustedProxies(configuration.trustedProxies.map(\.text)) ?? TrustedProxies()
        if hosts != nil || !others.isEmpty { opening.site.hosts = HostTable(hosts, others.map(\.names)) }
        opening.site.challenges = .inherited
        opening.site.virtualHosts = []
        let plans = [own] + others.map(\.plan)
        for (index, plan) in plans.enumerated() {
            opening.open(plan, beside: Array(plans[..<index] + plans[(index + 1)...]))
        }
        opening.site.conclude()
        guard opening.mistakes.isEmpty else { throw ConfigurationError(mistakes: opening.mistakes) }
        return opening.site
    }

    /// All that is never sent, absolute.
    private var allReserved: ReservedFiles {
        let here = (try? Files.workingDirectory()) ?? "/"
        let absolute = { (name: String) -> String in
            let path = Application.path(name)
            return path.hasPrefix("/") ? path : "\(here)/\(path)"
        }
        let release = ThisProcess.variable(WorkerEnvironment.release)
        return ReservedFiles(
            files: reserved.files.map(absolute) + (release.map { ["\($0)/release.json"] } ?? []),
            logs: ([own] + others.map(\.plan)).compactMap { $0.log?.path }.map(absolute),
            directories: reserved.directories.map(absolute))
    }
}
