internal import Handoff
internal import Linux

/// The site as an application has described it: nothing is opened yet. Mistakes are kept until it is checked.
struct SitePlan: Sendable {
    private struct Forward: Sendable {
        let prefix: String
        let address: ServerAddress
        let settings: UpstreamSettings
    }

    private(set) var mistakes: [ConfigurationError.Mistake] = []
    /// Paths that are never sent, as they were named.
    var reserved = ReservedFiles()
    private var site = Site()
    private var files: (directory: String, options: FileOptions)?
    private var mounts: [(prefix: String, directory: String, options: FileOptions)] = []
    /// Directories elsewhere into which links may lead, as they were named: `shared` ones have no scripts.
    var follow: [String] = []
    var shared: [String] = []
    private var fastCGI: FastCGIDescription?
    private var forwards: [Forward] = []

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

    mutating func serve(_ directory: String, _ options: FileOptions) {
        if let first = files?.directory {
            mistakes.append(
                .second(
                    "files(\"\(directory)\")", "a second call, after files(\"\(first)\")",
                    remedy: "put what is to be served below one directory"))
        }
        files = files ?? (directory, options)
    }

    mutating func add(_ rules: [PathRule]) {
        for rule in rules {
            mistakes += rule.mistakes
            guard site.add(rule) else {
                mistakes.append(
                    ConfigurationError.Mistake(
                        "rule \"\(rule.path)\"",
                        found: "more than \(RuleTable.maxFields) rules with headers, or names of them",
                        expected: "fewer", remedy: "join rules"))
                continue
            }
        }
    }

    mutating func mount(_ prefix: String, _ directory: String, _ options: FileOptions) {
        mounts.append((prefix, directory, options))
    }

    mutating func log(_ log: AccessLog) {
        if site.log != nil { mistakes.append(.second("accessLog", "a second call", remedy: "remove one of the two")) }
        site.log = site.log ?? log
    }

    mutating func answer(_ hosts: Hosts) {
        if site.hosts != nil {
            mistakes.append(.second("hosts", "a second call", remedy: "put all hosts into one call"))
        }
        mistakes += hosts.mistakes
        site.hosts = site.hosts ?? HostTable(hosts)
    }

    mutating func forward(_ prefix: String, to address: ServerAddress, _ settings: UpstreamSettings) {
        forwards.append(Forward(prefix: prefix, address: address, settings: settings))
    }

    mutating func run(_ application: FastCGIDescription) {
        if let first = fastCGI?.suffix {
            mistakes.append(
                .second(
                    "fastCGI(\"\(application.suffix)\")", "a second call, after fastCGI(\"\(first)\")",
                    remedy: "remove one of the two: one application is run"))
        }
        fastCGI = fastCGI ?? application
    }

    /// Opens what is served. Throws everything that is wrong.
    func site(_ configuration: Configuration) throws(ConfigurationError) -> Site {
        var opening = SiteOpening(
            site: site, mistakes: mistakes + configuration.mistakes,
            FileLimits(scriptSuffix: fastCGI?.suffix, reserved: allReserved))
        opening.site.trusted = TrustedProxies(configuration.trustedProxies.map(\.text)) ?? TrustedProxies()
        opening.follow(follow, shared: false)
        opening.follow(shared, shared: true)
        for mount in mounts { opening.mount(mount.prefix, mount.directory, mount.options) }
        if let files { opening.open(files.directory, options(of: files)) }
        if let fastCGI { opening.open(fastCGI, index: files?.options.index ?? []) }
        for forward in forwards { opening.forward(forward.prefix, to: forward.address, forward.settings) }
        guard opening.mistakes.isEmpty else { throw ConfigurationError(mistakes: opening.mistakes) }
        return opening.site
    }

    /// The options for the site's files: where they lie beside scripts, the libraries of these are not served either.
    private func options(of files: (directory: String, options: FileOptions)) -> FileOptions {
        guard let fastCGI, let root = try? Files.realPath(Application.path(fastCGI.root)),
            (try? Files.realPath(Application.path(files.directory))) == root, !files.options.denied.isEmpty
        else { return files.options }
        var options = files.options
        options.denied += FastCGIDescription.libraries
        return options
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
            logs: (site.log?.path).map { [absolute($0)] } ?? [], directories: reserved.directories.map(absolute))
    }
}
