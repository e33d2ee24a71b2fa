import Linux
import TestSupport
import Testing

@testable import WebWorker

/// Routes, files and servers behind are found by the same spelling of a path, whichever the client has sent.
@Suite struct PathTests {
    @Test(arguments: [
        "/admin/x", "/%61dmin/x", "/y/../admin/x", "//admin/x", "/%2e/admin/x", "/./admin//x", "/y//../admin/x",
        "http://www.foobar.com//%61dmin/x",
    ])
    func everySpellingOfAPathGoesToTheSameServer(_ target: String) throws {
        let (root, admin) = (try ServerByHand(), try ServerByHand())
        var app = Application()
        app.forward("/", to: "\(root.address)")
        app.forward("/admin", to: "\(admin.address)")
        let worker = try TestWorker(app)
        for method in ["GET", "POST"] {
            let client = try TestClient(worker.address)
            let body = method == "POST" ? "Content-Length: 1\r\n\r\na" : "\r\n"
            try client.send("\(method) \(target)?q=//%61 HTTP/1.1\r\nHost: a\r\n\(body)")
            let peer = try admin.accept()
            #expect(try peer.read().hasPrefix("\(method) /admin/x?q=//%61 HTTP/1.1\r\n"))
            try peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            #expect(try client.answer().status == 200)
        }
        #expect(try root.isQuiet())
    }

    @Test(arguments: [
        "/../admin/x", "/y/..%2fadmin/x", "/y/..%5cadmin", "/y/..;/admin/x", "/%00admin", "/%zz", "/admin%",
    ])
    func whatCannotBeNormalGoesNowhere(_ path: String) throws {
        let server = try ServerByHand()
        var app = Application()
        app.forward("/", to: "\(server.address)")
        app.get("/**") { _ in Response(text: "route") }
        let worker = try TestWorker(app)
        for method in ["GET", "POST"] {
            let client = try TestClient(worker.address)
            let body = method == "POST" ? "Content-Length: 1\r\n\r\na" : "\r\n"
            try client.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(body)")
            let answer = try client.answer()
            #expect(answer.status == 400 && answer.has("Connection: close"))
        }
        #expect(try server.isQuiet())
    }

    @Test func routesAndHandlersSeeTheNormalPath() throws {
        var app = Application()
        app.get("/a/:name/c") { request in Response(text: "\(request.path) \(request.parameters["name"] ?? "-")") }
        app.get("/") { request in Response(text: "root \(request.path)") }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        for (target, body) in [
            ("/a/%62/c", "/a/b/c b"), ("//a/x/../b/./c", "/a/b/c b"), ("/a/b%2Fd/c", "/a/b/d/c b/d"),
            ("http://a", "root /"), ("http://a?x", "root /"), ("/a/..", "root /"),
        ] {
            try client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().body == body, "\(target)")
        }
    }

    @Test func aRedirectLeadsToNoOtherHost() throws {
        let directory = try TemporaryDirectory()
        try directory.write("sub/index.html", "<p>sub")
        var app = Application()
        app.files(directory.path)
        app.hosts(Hosts(served: ["a"], redirected: ["b": "https://a"]))
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        for (target, host, location) in [
            ("//sub", "a", "/sub/"), ("/%73ub?x", "a", "/sub/?x"), ("//evil.com/../x", "b", "https://a/x"),
        ] {
            try client.send("GET \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.status == 308 && answer.has("Location: \(location)"), "\(answer.head)")
        }
    }

    @Test func aTraceAndAnOptionsThatGoesNoFurtherAreAnsweredHere() throws {
        let server = try ServerByHand()
        let worker = try server.front()
        let client = try TestClient(worker.address)
        try client.send("TRACE /x HTTP/1.1\r\nHost: a\r\n\r\n")
        let refused = try client.answer()
        #expect(refused.status == 405 && refused.has("Allow: GET, HEAD, OPTIONS"), "\(refused.head)")
        try client.send("OPTIONS /x HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n")
        #expect(try client.answer().status == 204)
        #expect(try server.isQuiet())
        for (sent, passed) in [("1", "0"), ("10", "9"), ("x", "x")] {
            try client.send("OPTIONS /x HTTP/1.1\r\nHost: a\r\nMax-Forwards: \(sent)\r\n\r\n")
            let peer = try server.accept()
            #expect(try peer.read().contains("\r\nMax-Forwards: \(passed)\r\n"))
            try peer.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            #expect(try client.answer().status == 204)
        }
        // Of another method it is nobody's business.
        try client.send("GET /x HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n")
        let peer = try server.accept()
        #expect(try peer.read().contains("\r\nMax-Forwards: 0\r\n"))
    }
}
