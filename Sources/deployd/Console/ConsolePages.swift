internal import FoundationEssentials
internal import Linux
internal import Supervisor
internal import WebWorker

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
