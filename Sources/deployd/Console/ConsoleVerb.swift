internal import FoundationEssentials
internal import Linux
internal import Supervisor
internal import WebWorker

/// `deployd console`: one page with the traffic, the deploys and the problems, for this machine.
enum ConsoleVerb {
    private static let listen = Option(
        name: "--listen", value: "ADDRESS",
        help: "serve the page at this address of this machine (default 127.0.0.1:9465; unix:/run/deployd/console.sock)")
    private static let readOnly = Option(
        name: "--read-only", help: "only show; nobody can deploy or roll back by the page")
    private static let tokenFile = Option(
        name: "--token-file", value: "FILE", help: "the token, instead of a new one; only its owner may read the file")
    private static let defaultAddress = "127.0.0.1:9465"

    static let verb = Verb(
        name: "console", options: [listen, readOnly, tokenFile],
        synonyms: ["dashboard", "ui", "web"],
        summary: "serve a page that shows the traffic and the deploys",
        details: """
            Serves one page to this machine, until Ctrl-C: requests a second by generation as they come, latency, 5xx, the
            deploys with their steps, problems, and the log of the newest generation. Who types the token that is printed
            can deploy, roll back, restart, promote and abort there. From elsewhere: ssh -L 9465:127.0.0.1:9465 HOST.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let installation = try Installation(invocation)
        guard installation.problems.isEmpty else { throw CommandError(installation.problems.map(\.description)) }
        try installation.requireState(for: invocation.verb)
        let address = try address(invocation)
        let token = try token(invocation)
        try ServedAddress.clear(address, for: invocation.verb)
        let access = ConsoleAccess(token: token.value)
        let desk = ConsoleDesk(installation, mayAct: token.value != nil)
        var application = ConsolePages.application(access, desk)
        application.configuration.address = ServerAddress(stringLiteral: address.description)
        if token.isNew, let value = token.value {
            StandardError.line("token, for who is to act by the page: \(value)", .information)
        }
        application.run()
    }

    /// Only this machine: the page is plain HTTP.
    private static func address(_ invocation: Invocation) throws(CommandError) -> SocketAddress {
        let text = invocation.value(of: listen) ?? defaultAddress
        guard let address = SocketAddress(parsing: text), isLocal(address) else {
            throw UsageError.badValue(
                listen.name, found: text,
                expected:
                    "an address of this machine alone: 127.0.0.1:9465, [::1]:9465 or unix:/run/console.sock; from elsewhere "
                    + "the page is reached by a tunnel (ssh -L 9465:127.0.0.1:9465 HOST)"
            ).commandError(invocation.verb.name)
        }
        return address
    }

    private static func isLocal(_ address: SocketAddress) -> Bool {
        let text = address.description
        return text.hasPrefix("unix:") || text.hasPrefix("127.") || text.hasPrefix("[::1]:")
    }

    private static func token(_ invocation: Invocation) throws(CommandError) -> (value: String?, isNew: Bool) {
        if invocation.has(readOnly.name) { return (nil, false) }
        guard let file = invocation.value(of: tokenFile) else { return (ConsoleAccess.makeToken(), true) }
        let content: [UInt8]
        let place = (try? Files.workingDirectory()).map { Paths.join($0, file) } ?? file
        if let hold = FileTrust(user: ThisProcess.uid).holdOfOthers(onWayTo: place) {
            throw CommandError("console: --token-file: \(hold): who can change it could choose the token")
        }
        do {
            guard try Files.status(file).mode & 0o077 == 0 else {
                throw CommandError("console: \(file) can be read by others: chmod 600 \(ShellWord.quoted(file))")
            }
            content = try Files.read(file, limit: 4096)
        } catch let error as SystemError {
            throw CommandError("console: --token-file: \(error)")
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError("console: \(error)")
        }
        let token = String(decoding: content, as: UTF8.self).filter { !$0.isWhitespace }
        guard token.utf8.count >= 16 else {
            throw CommandError(
                "console: \(file): found a token of \(token.utf8.count) characters, expected at least 16")
        }
        return (token, false)
    }
}

/// The page's files, and what it asks for.
enum ConsolePages {
    /// No script, style or picture from elsewhere, no frame around it, and nothing kept of what it shows.
    private static let fields: [(name: String, value: String)] = [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]

    static func application(_ access: ConsoleAccess, _ desk: ConsoleDesk) -> Application {
        var application = Application()
        application.use { request, next in
            do throws(ConsoleAccess.Refusal) { try access.requireOwnHost(request.authority) } catch {
                return secured(refusal(error))
            }
            return secured(try await next(request))
        }
        for (path, content, type) in files {
            application.get(path) { _ in Response(body: content, type: type) }
        }
        application.get("/api/state", .blocking) { request in
            let since = request.query["since"].flatMap(Double.init) ?? 0
            return try json(desk.picture(since: since))
        }
        application.post("/api/do/:order", .blocking) { request in
            do {
                try access.requireActor(
                    origin: request.headers["origin"], authorization: request.headers["authorization"],
                    authority: request.authority)
                guard let body = try? JSONDecoder().decode(ConsoleOrder.Body.self, from: Data(request.body)) else {
                    throw ConsoleAccess.Refusal(status: .badRequest, message: "expected an object of JSON")
                }
                return try json(desk.perform(try ConsoleOrder(request.parameters["order"] ?? "", body)))
            } catch let error as ConsoleAccess.Refusal {
                return refusal(error)
            }
        }
        return application
    }

    private static let files: [(path: String, content: [UInt8], type: String)] = [
        ("/", PackageResources.console_html, "text/html; charset=utf-8"),
        ("/console.css", PackageResources.console_css, "text/css; charset=utf-8"),
        ("/console.js", PackageResources.console_js, "text/javascript; charset=utf-8"),
    ]

    private static func json(_ value: some Encodable) throws -> Response {
        Response(json: Array(try JSONEncoder().encode(value)))
    }

    private static func refusal(_ refusal: ConsoleAccess.Refusal) -> Response {
        Response(status: refusal.status, text: refusal.message + "\n")
    }

    private static func secured(_ response: Response) -> Response {
        fields.reduce(response) { $0.with($1.name, $1.value) }
    }
}
