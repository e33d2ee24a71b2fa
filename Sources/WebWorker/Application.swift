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
public struct Application {
    /// Limits and time-outs.
    public var configuration = Configuration()
    private(set) var site = Site()
    private var directory: String?
    private var forwards: [(prefix: String, address: String, settings: UpstreamSettings)] = []

    /// An application that answers everything with 404.
    public init() {}

    /// Answers GET and HEAD of a path. A segment `:name` takes any one segment of the path.
    ///
    /// A handler that waits for anything (a file, a database, another server) must be `blocking`: it then runs on a
    /// thread of a pool. All others run on the worker's one loop.
    public mutating func get(_ path: String, blocking: Bool = false, _ handler: @escaping Handler) {
        on(.get, path, blocking: blocking, handler)
    }

    /// Answers GET and HEAD of a path, always alike: encoded once, the fastest there is.
    public mutating func get(_ path: String, always response: Response) {
        guard let answer = PreparedAnswer(response) else { return on(.get, path) { _ in response } }
        site.add(.get, path, .constant(answer))
    }

    /// Answers POST.
    public mutating func post(_ path: String, blocking: Bool = false, _ handler: @escaping Handler) {
        on(.post, path, blocking: blocking, handler)
    }

    /// Answers PUT.
    public mutating func put(_ path: String, blocking: Bool = false, _ handler: @escaping Handler) {
        on(.put, path, blocking: blocking, handler)
    }

    /// Answers DELETE.
    public mutating func delete(_ path: String, blocking: Bool = false, _ handler: @escaping Handler) {
        on(.delete, path, blocking: blocking, handler)
    }

    /// Answers any one method.
    public mutating func on(
        _ method: Method, _ path: String, blocking: Bool = false, _ handler: @escaping Handler
    ) {
        site.add(method, path, blocking ? .blocking(handler) : .handler(handler))
    }

    /// Has `endpoint` answer in pieces.
    mutating func on(
        _ method: Method, _ path: String, body: RequestBody = .streamed, stream endpoint: any StreamEndpoint
    ) {
        site.add(method, path, .stream(endpoint, body))
    }

    /// Serves the files below a directory, for paths that no route answers. A relative name is looked for in the
    /// release (DEPLOYD_RELEASE), else in the working directory. Symbolic links that lead out of it and names that begin
    /// with a dot are not served.
    public mutating func files(_ directory: String) { self.directory = directory }

    /// Forwards to an HTTP server behind what no route answers, for paths that begin with `prefix`; "/" is all of them, and
    /// of several prefixes the longest counts. What `files` finds goes first.
    ///
    /// The address is "127.0.0.1:8000", "[::1]:8000" or "unix:/run/app.sock"; names are not looked up. Bodies go through as
    /// they come, both ways. WebSockets and other upgrades go through. The server learns of the client by X-Forwarded-For,
    /// X-Forwarded-Proto, X-Forwarded-Host and Forwarded (see `Configuration.trustedProxies`).
    public mutating func forward(
        _ prefix: String, to address: String, _ settings: UpstreamSettings = UpstreamSettings()
    ) {
        forwards.append((prefix, address, settings))
    }

    /// Serves until the process is told to stop and everything is answered; then ends the process with 0. What keeps it
    /// from serving is said on standard error, and ends it with 1.
    public func run() -> Never {
        do throws(SystemError) {
            Signal.ignorePipe()
            // A soft limit below the hard one is for programs that use select(2).
            try? ResourceLimit.files.raise()
            let signals = try SignalChannel()
            let inheritance = try Inheritance(configuration, arguments: CommandLine.arguments)
            var loop = try WorkerLoop(openedSite(), configuration, inheritance, signals: signals)
            _ = try loop.run()
        } catch {
            StandardError.line("WebWorker: cannot serve: \(error)")
            ThisProcess.exit(1)
        }
        ThisProcess.exit(0)
    }

    /// The routes, and the files opened.
    func openedSite() throws(SystemError) -> Site {
        var site = site
        if let directory { site.files = try FileTree(Self.path(directory)) }
        for entry in configuration.trustedProxies where !TrustedProxies.isEntry(entry) {
            throw SystemError(
                call: "trustedProxies", errno: .invalid,
                subject: "\"\(entry)\" is no address, network (10.0.0.0/8) or \"unix\"")
        }
        site.trusted = TrustedProxies(configuration.trustedProxies) ?? TrustedProxies()
        for forward in forwards {
            site.forward(
                forward.prefix,
                to: UpstreamDescription(address: try Self.address(forward.address), settings: forward.settings))
        }
        return site
    }

    private static func address(_ text: String) throws(SystemError) -> SocketAddress {
        guard let address = SocketAddress(parsing: text) else {
            throw SystemError(
                call: "forward", errno: .invalid,
                subject: "to \"\(text)\", which is not like 127.0.0.1:8000, [::1]:8000 or unix:/run/app.sock")
        }
        return address
    }

    private static func path(_ directory: String) -> String {
        let release = ThisProcess.variable(WorkerEnvironment.release)
        guard !directory.hasPrefix("/"), let release else { return directory }
        return release + "/" + directory
    }
}
