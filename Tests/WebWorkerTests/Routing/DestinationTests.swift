import Linux
import TestSupport
import Testing

@testable import WebWorker

/// Which of all that a site has answers a request.
@Suite struct DestinationTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("page.html", "page")
        try directory.write("both", "file")
        try directory.write("app", "fallback")
        try Files.makeDirectory(directory.path("photos"))
    }

    /// What answers the target, in words.
    private func destination(
        _ request: String, behind: Bool = true, fallback: Bool = false, isSecure: Bool = true, https: HTTPSRule? = nil
    ) throws -> String {
        var app = Application()
        if let https { app.https(https) }
        app.hosts(
            Hosts(
                served: ["site.example"], redirected: ["old.example": "https://site.example"], unknown: .refuse))
        app.get("/both", always: Response(text: "route"))
        app.post("/form") { _ in Response(text: "form") }
        var options = FileOptions()
        if fallback { options.fallback = "app" }
        app.files(directory.path, options)
        if behind { app.forward("/api", to: "127.0.0.1:1") }
        let site = try app.openedSite()
        var resolver = Resolver()
        let bytes = Array("\(request) HTTP/1.1\r\n\(request.contains("Host") ? "" : "Host: site.example\r\n")\r\n".utf8)
        var parser = RequestHeadParser(limits: HeadLimits())
        guard case .complete = parser.parse(bytes.span) else { return "no head" }
        return
            switch resolver.resolve(
                parser.head, bytes.span, site, at: site.place(of: parser.head, bytes.span), isSecure: isSecure, now: 0)
        {
        case .route(let number): "route \(number)"
        case .stream: "behind"
        case .file(let entry): "file of \(entry.plain.version.size)"
        case .directory: "directory"
        case .otherHost(let origin): origin
        case .redirect(let target, let status): "\(status.rawValue) \(target)"
        case .wrongMethod(let allowed): site.routes.names(of: allowed)
        case .status(let status): "\(status.rawValue)"
        case .unavailable: "unavailable"
        }
    }

    @Test("Over plain HTTP everybody is led to https, once it is known that the host is served")
    func plainRequestsAreRedirected() throws {
        func plain(_ request: String, _ rule: HTTPSRule = HTTPSRule()) throws -> String {
            try destination(request, isSecure: false, https: rule)
        }
        for request in ["GET /both", "POST /form", "GET /api/x", "GET /page.html", "TRACE /", "GET /nothing"] {
            #expect(try plain(request) == "https://site.example")
            #expect(try destination(request, https: HTTPSRule()) == destination(request))
            #expect(try plain(request, HTTPSRule(isOnly: false)) == destination(request))
        }
        #expect(try plain("GET http://site.example:80/both") == "https://site.example")
        let other = HTTPSRule(port: 8443)
        #expect(try plain("GET http://SITE.example.:8080/both", other) == "https://SITE.example:8443")
        #expect(try plain("GET http://old.example/") == "https://site.example")
        #expect(try plain("GET http://evil.example/") == "421")
    }

    @Test(
        arguments: [
            ("GET /both", "route 0"), ("HEAD /both", "route 0"), ("POST /both", "GET, HEAD, OPTIONS"),
            ("GET /page.html", "file of 4"), ("GET /photos", "directory"), ("POST /page.html", "GET, HEAD, OPTIONS"),
            ("GET /api/x", "behind"), ("POST /api", "behind"), ("GET /apix", "404"), ("GET /%61pi", "behind"),
            ("TRACE /api", "GET, HEAD, OPTIONS"), ("OPTIONS *", "GET, HEAD, OPTIONS"), ("PATCH /none", "404"),
            ("BREW /none", "501"), ("BREW /api/pot", "behind"),
        ]
    )
    func theFirstInTheOrderAnswers(request: String, expected: String) throws {
        #expect(try destination(request) == expected)
    }

    @Test func aHostThatIsNotServedGoesBeforeAllElse() throws {
        #expect(try destination("GET http://old.example/both") == "https://site.example")
        #expect(try destination("GET http://else.example/both") == "421")
    }

    @Test func thePageForAllThatIsLeftComesLastAndLooksLikeNoFile() throws {
        #expect(try destination("GET /somewhere/else", fallback: true) == "file of 8")
        #expect(try destination("GET /missing.png", fallback: true) == "404")
        #expect(try destination("POST /somewhere/else", fallback: true) == "404")
        #expect(try destination("GET /api/x", behind: false, fallback: true) == "file of 8")
    }

    @Test func onlyWhatTakesPiecesIsGivenABodyThatArrives() throws {
        var app = Application()
        app.on(.post, "/up", body: .streamed) { _ async in Response(text: "") }
        app.on(.post, "/whole") { _ async in Response(text: "") }
        let site = try app.openedSite()
        #expect(Destination.route(0).takesPieces(site)?.route == 0)
        #expect(Destination.route(1).takesPieces(site) == nil)
        #expect(Destination.status(.notFound).takesPieces(site) == nil)
    }
}
