internal import FoundationEssentials
internal import Handoff
internal import Linux
internal import Supervisor
internal import WebWorker

/// deployd as the web server of a release: what `web` in its manifest says, served by WebWorker.
enum WebServer {
    /// The hidden verb by which the master starts it as a worker.
    static let verb = WebSettings.verb

    /// Serves until it is told to stop. What `DEPLOYD_WEB` says wrong, or what is not there, ends it with 1.
    static func run() -> Never {
        guard let text = ThisProcess.variable(WorkerEnvironment.web),
            let web = try? JSONDecoder().decode(WebSettings.self, from: Data(text.utf8))
        else {
            StandardError.line("deployd: \(verb) is for workers of a release with `web`, which the master starts")
            ThisProcess.exit(1)
        }
        application(web).run()
    }

    /// Says what a release's web server does with a URL. Kinds of processes are told by their names.
    static func explain(_ target: String, _ web: WebSettings, release: String) throws(ConfigurationError) -> Explanation
    {
        var web = web.absolute(in: release)
        web.accessLog = nil
        for site in web.sites.indices { web.sites[site].settings.accessLog = nil }
        let host = (web.hosts + web.sites.flatMap(\.hosts)).first { !$0.hasPrefix("*") } ?? "localhost"
        let application = application(web) { ServerAddress($0 as String) ?? .unix("/\($0)") }
        return try application.explain(target, host: host)
    }

    /// The application that does what `web` says. `address` finds servers behind.
    static func application(
        _ web: WebSettings, address: (String) -> ServerAddress = WebServer.address
    ) -> Application {
        var application = Application()
        application.configuration.trustedProxies = web.trustedProxies.map { TrustedProxy(stringLiteral: $0) }
        application.configuration.proxyProtocol = web.proxyProtocol
        application.configuration.requestIDs = web.requestId
        application.configuration.serverTiming = web.serverTiming
        application.configuration.answersHalfClosed = web.answersHalfClosed
        application.configuration.compression = compression(web.compress)
        if let bytes = web.maxBodyBytes { application.configuration.maxBodyBytes = bytes }
        application.neverSend(files: web.reserved.files, directories: web.reserved.directories)
        if !web.hosts.isEmpty || !web.redirects.isEmpty || !web.sites.isEmpty {
            let unknown: Hosts.Unknown = web.otherHosts == .serve && web.answers ? .serve : .refuse
            application.hosts(Hosts(served: web.hosts, redirected: web.redirects, unknown: unknown))
        }
        if let rule = web.https {
            application.https(
                HTTPSRule(
                    isOnly: rule.isOnly, maxAge: .seconds(rule.maxAge),
                    port: rule.port.flatMap { UInt16(exactly: $0) } ?? 443))
        }
        fill(&application, web, web, address)
        for site in web.sites {
            var other = Application()
            fill(&other, site.settings, web, address)
            application.site(site.hosts, other)
        }
        return application
    }

    /// What answers for the hosts of a site. `server` has what is the same for all of them.
    private static func fill(
        _ application: inout Application, _ web: WebSettings, _ server: WebSettings,
        _ address: (String) -> ServerAddress
    ) {
        if let files = web.files { application.files(files, options(web)) }
        for (prefix, directory) in web.mounts { application.mount(prefix, directory, options(web)) }
        for directory in web.follow { application.follow(directory) }
        // One that is gone, with its disk, keeps the others from nothing: what its links lead to is not found.
        application.share(web.shared.filter { Files.kind($0) == .directory })
        if let pages = web.commonPages {
            application.errorPages(statuses(pages.files), below: pages.directory)
        } else if web.files == nil, !web.errorPages.isEmpty {
            // Where only sites answer, these are for hosts that no site has; the sites' own need not be there.
            application.errorPages(statuses(web.errorPages), below: ".", optional: !web.answers)
        }
        for rule in web.rules { application.rules(PathRule(rule)) }
        for (prefix, target) in web.forward {
            var settings = settings(UpstreamSettings(), server)
            settings.wholeBodies = web.wholeBodies
            application.forward(prefix, to: address(target), settings)
        }
        if let fastCGI = web.fastcgi {
            var settings = settings(.fastCGI, server)
            if let wholeBodies = fastCGI.wholeBodies { settings.wholeBodies = wholeBodies }
            application.fastCGI(
                fastCGI.suffix, to: address(fastCGI.to), root: fastCGI.root ?? web.files ?? ".",
                files: web.files, fallback: fastCGI.fallback, settings)
        }
        if let log = web.accessLog {
            let format: AccessLog.Format =
                switch log.format {
                case .combined: .combined
                case .json: .json
                }
            application.accessLog(AccessLog(format, path: log.file))
        }
    }

    /// How servers behind are used, as far as `web` says it.
    private static func settings(_ defaults: UpstreamSettings, _ web: WebSettings) -> UpstreamSettings {
        var settings = defaults
        if let timeout = web.answerTimeout { settings.answerTimeout = .microseconds(timeout) }
        if let timeout = web.streamTimeout { settings.streamTimeout = .microseconds(timeout) }
        return settings
    }

    private static func compression(_ compress: CompressionSettings) -> Compression? {
        guard compress.isOn else { return nil }
        var compression = Compression()
        if let types = compress.types { compression.types = types }
        if let bytes = compress.leastBytes { compression.leastBytes = bytes }
        if let level = compress.level { compression.level = level }
        return compression
    }

    private static func options(_ web: WebSettings) -> FileOptions {
        var options = FileOptions()
        options.index = web.index
        options.fallback = web.fallback
        options.precompressed = web.precompressed
        options.cacheControl = web.cacheControl.map { FileOptions.CacheRule($0.pattern, $0.value) }
        options.errorPages = statuses(web.errorPages)
        return options
    }

    /// Pages by their statuses: the manifest has none but from 400 to 599.
    private static func statuses(_ pages: [Int: String]) -> [Status: String] {
        let known = pages.compactMap { code, page in
            UInt16(exactly: code).flatMap { Status(rawValue: $0) }.map { ($0, page) }
        }
        return Dictionary(known) { $1 }
    }

    /// Where a kind of process of the release is reached, as the master says; an address is its own. `run` tells what is none.
    static func address(_ target: String) -> ServerAddress {
        ServerAddress(stringLiteral: ThisProcess.variable(WorkerEnvironment.socket(of: target)) ?? target)
    }
}

extension PathRule {
    /// A rule as the manifest has it.
    fileprivate init(_ rule: WebRule) {
        self.init(rule.path)
        access = rule.deny.map { $0 ? .denied : .allowed }
        redirect = rule.redirect.map { target in
            let status = rule.status.flatMap { UInt16(exactly: $0) }.flatMap { Status(rawValue: $0) }
            return Redirect(target, status: status ?? .permanentRedirect)
        }
        headers = rule.headers
        cacheControl = rule.cache
        maxBodyBytes = rule.maxBodyBytes
        compresses = rule.compress
        fallback =
            switch rule.fallback {
            case .off: .off
            case .always: .always
            case .path(let path): .path(path)
            case nil: nil
            }
    }
}
