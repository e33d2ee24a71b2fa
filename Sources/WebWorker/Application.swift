internal import Handoff
internal import Linux

/// An application: routes and files, served over the sockets that deployd passed, or over one of its own.
///
/// ```swift
/// var app = Application()
/// app.get("/hello/:name") { request in Response(text: "Hello, \(request.parameters["name"] ?? "you")\n") }
/// app.files("public")
/// app.run()
/// ```
///
/// What is said wrong, or twice, is kept until `check` or `run` tells it.
public struct Application: RouteBuilder {
    /// The limits and timeouts of the server.
    public var configuration = Configuration()
    private var plan = SitePlan()
    private var middleware: [Middleware] = []

    /// An application that answers everything with 404.
    public init() {}

    /// Takes a route. A second one for the same method and the same paths is a mistake.
    public mutating func add(_ route: Route) {
        let route = route.below("", middleware)
        if case .always(let response) = route.action, response.stream == nil, PreparedAnswer(response) == nil {
            plan.note(
                ConfigurationError.Mistake(
                    "\(route.method) \(route.path)", found: "a response that cannot be sent",
                    expected: "a final status, and fields without control characters", remedy: "correct it"))
        }
        plan.add(route.method, route.path.isEmpty ? "/" : route.path, Self.endpoint(of: route))
    }

    /// Puts code around all routes that are added from now on. The first one is the outermost.
    public mutating func use(_ middleware: @escaping Middleware) { self.middleware.append(middleware) }

    private static func endpoint(of route: Route) -> Site.Endpoint {
        let stream = AsyncEndpoint(route: route)
        guard route.middleware.isEmpty else {
            if case .async(_, let body) = route.action { return .stream(stream, body) }
            return .stream(stream, .whole)
        }
        switch route.action {
        case .always(let response): return PreparedAnswer(response).map { .constant($0) } ?? .handler { _ in response }
        case .plain(let handler): return .handler(handler)
        case .blocking(let handler): return .blocking(handler)
        case .async(_, let body): return .stream(stream, body)
        }
    }

    /// Has `endpoint` answer in pieces.
    mutating func on(
        _ method: Method, _ path: String, body: RequestBody = .streamed, stream endpoint: any StreamEndpoint
    ) {
        plan.add(method, path, .stream(endpoint, body))
    }

    /// Serves the files below a directory, for paths that no route answers. A relative name is looked for in the
    /// release (DEPLOYD_RELEASE), else in the working directory. Symbolic links that lead out of it (but for
    /// `follow`) and names that begin with a dot are not served. A second call is a mistake.
    public mutating func files(_ directory: String, _ options: FileOptions = FileOptions()) {
        plan.change { $0.serve(directory, options) }
    }

    /// Serves the files of another directory under a path: `mount("/uploads", "/srv/site/uploads")`. It answers for all
    /// paths below; nothing there is a script or is forwarded. Of the options `fallback` and `errorPages` count for nothing.
    /// A second directory for a path is a mistake.
    public mutating func mount(_ prefix: String, _ directory: String, _ options: FileOptions = FileOptions()) {
        plan.change {
            $0.mounts.append(HostPlan.Directory(path: prefix, directory: directory, options: options))
            return nil
        }
    }

    /// Lets links in all that is served lead into these directories too, of files and of scripts.
    public mutating func follow(_ directories: String...) {
        plan.change {
            $0.follow += directories
            return nil
        }
    }

    /// Lets links of files lead into directories that the releases of a site share. Nothing in them is a script.
    package mutating func share(_ directories: [String]) {
        plan.change {
            $0.shared += directories
            return nil
        }
    }

    /// Answers with these files, below a directory, where the worker's own answers have these statuses, unless `files` has pages for
    /// them: a file of that name there goes before. One that is nowhere is a mistake, unless they are `optional`.
    package mutating func errorPages(_ pages: [Status: String], below directory: String, optional: Bool = false) {
        plan.change {
            $0.pages = HostPlan.Pages(directory: directory, files: pages, isOptional: optional)
            return nil
        }
    }

    /// Adds rules for some paths behind those that there are: what is denied, led elsewhere or allowed, header fields of all
    /// answers, limits, and what answers if nothing else does. They go before routes.
    public mutating func rules(_ rules: PathRule...) { plan.add(rules) }

    /// Never sends these files, nor anything in these directories, whatever path or link leads there; they need not be
    /// there. The release's manifest and the access log are never sent in any case.
    ///
    /// - Parameters:
    ///   - files: absolute, or relative to the release. What lies compressed beside them is not sent either.
    ///   - directories: the same. One in which the served files lie themselves counts for nothing.
    package mutating func neverSend(files: [String], directories: [String]) {
        plan.reserved.files += files
        plan.reserved.directories += directories
    }

    /// Notes every request with a line. A second call is a mistake.
    public mutating func accessLog(_ log: AccessLog = AccessLog()) { plan.change { $0.log(log) } }

    /// Answers for these hosts; without this call for every host. A second call is a mistake.
    public mutating func hosts(_ hosts: Hosts) { plan.answer(hosts) }

    /// Answers for these hosts (`wiki.foobar.com`, `*.foobar.com`) by the files, scripts, servers behind, rules, pages for errors
    /// and access log of another application. Its routes and all else of it count for nothing: this one's do, for all hosts.
    package mutating func site(_ hosts: [String], _ other: Application) { plan.add(hosts, other.plan) }

    /// Leads requests over plain HTTP to https, and has browsers remember it. Without this call both are served alike. A second call
    /// is a mistake.
    public mutating func https(_ rule: HTTPSRule = HTTPSRule()) { plan.secure(rule) }

    /// Forwards to an HTTP server behind what no route answers, for paths that begin with `prefix`; "/" is all of them, and
    /// of several prefixes the longest counts. What `files` finds goes first. A second call for a prefix is a mistake.
    ///
    /// Bodies go through as they come, both ways. WebSockets and other upgrades go through. The server learns of the client
    /// by X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host and Forwarded (see `Configuration.trustedProxies`).
    public mutating func forward(
        _ prefix: String, to address: ServerAddress, _ settings: UpstreamSettings = UpstreamSettings()
    ) {
        plan.change {
            $0.forwards.append(HostPlan.Forward(prefix: prefix, address: address, settings: settings))
            return nil
        }
    }

    /// Has a FastCGI application (php-fpm) answer paths that name one of its scripts: `fastCGI(".php", to:
    /// "unix:/run/php/php-fpm.sock", root: "public")`. A second call is a mistake.
    ///
    /// A script is a file below `root` whose name ends in `suffix`; `/a.php/b` is the script `/a.php` with PATH_INFO `/b`,
    /// and `/dir/` is `/dir/index.php`. `fallback`, such as "/index.php", takes every path that names neither route,
    /// script nor file, and that no `forward` takes. A script may answer with X-Accel-Redirect or X-Sendfile: then the
    /// file is sent that it names below `files` (below `root` without it), unless a name on the way begins with a dot.
    /// Directories are relative to the release, as in `files`.
    public mutating func fastCGI(
        _ suffix: String, to address: ServerAddress, root: String, files: String? = nil, fallback: String? = nil,
        _ settings: UpstreamSettings = .fastCGI
    ) {
        plan.change {
            $0.run(
                FastCGIDescription(
                    suffix: suffix, address: address, root: root, files: files, fallback: fallback, settings: settings))
        }
    }

    /// Answers every request so, whatever it asks for, without reading its body, and ends its connection. Proofs for ACME are still
    /// answered for; all else that the application has counts for nothing.
    package mutating func close(with answer: Response) {
        configuration.maxBodyBytes = 0
        plan.close(with: answer)
    }

    /// Throws all that was said wrong, or twice, and what is not there: for a test of the application. Nothing is served.
    public func check() throws(ConfigurationError) { _ = try openedSite() }

    /// Serves until the process is told to stop and everything is answered; then ends the process with 0. What keeps it
    /// from serving is said on standard error, and ends it with 1.
    public func run() -> Never {
        do throws(ConfigurationError) {
            let site = try openedSite()
            serve(site)
        } catch {
            for mistake in error.mistakes { StandardError.line("WebWorker: \(mistake)") }
        }
        ThisProcess.exit(1)
    }

    private func serve(_ site: Site) -> Never {
        do throws(SystemError) {
            Signal.ignorePipe()
            // What is lost then is a line of the log.
            Signal.ignoreFileSizeLimit()
            // A soft limit below the hard one is for programs that use select(2).
            try? ResourceLimit.files.raise()
            let signals = try SignalChannel()
            var server = try server(site, signals)
            _ = try server.run()
        } catch {
            StandardError.line("WebWorker: cannot serve: \(error)")
            ThisProcess.exit(1)
        }
        ThisProcess.exit(0)
    }

    /// The server over what was inherited. Nobody else holds a lane behind it, so that it can close one.
    private func server(_ site: Site, _ signals: SignalChannel) throws(SystemError) -> Server {
        let inheritance = try Inheritance(configuration, arguments: CommandLine.arguments)
        return try Server(site, configuration, inheritance, signals: signals)
    }

    /// The routes, and the files opened.
    func openedSite() throws(ConfigurationError) -> Site { try plan.site(configuration) }

    /// Resolves a name that is relative to the release.
    static func path(_ directory: String) -> String {
        let release = ThisProcess.variable(WorkerEnvironment.release)
        guard !directory.hasPrefix("/"), let release else { return directory }
        return release + "/" + directory
    }
}
