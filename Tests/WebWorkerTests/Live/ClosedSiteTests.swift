import Handoff
import Linux
import TestSupport
import Testing

@testable import WebWorker

/// A site that is closed, and workers whose users are sent there.
@Suite(.serialized) struct ClosedSiteTests {
    private static func closed() -> Application {
        var app = testApplication()
        app.get("/who", always: Response(text: "site"))
        app.close(
            with: Response(status: .serviceUnavailable, html: "<p>closed").with("Retry-After", "7"))
        return app
    }

    private static func site() throws -> TestWorker {
        var app = testApplication()
        app.get("/who", always: Response(text: "site"))
        return try TestWorker(app)
    }

    @Test(
        arguments: [
            "GET /who HTTP/1.1\r\nHost: a\r\n\r\n", "GET /../.. HTTP/1.0\r\n\r\n",
            "PATCH /nowhere HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: b\r\nExpect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n",
            "PUT / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: b\r\n\r\n",
        ])
    func `every request has the one answer, behind which the connection ends`(request: String) throws {
        let worker = try TestWorker(Self.closed())
        let client = try TestClient(worker.address)
        try client.send(request)
        let answer = try client.answer()
        #expect(answer.head.hasPrefix("HTTP/1.1 503 "), "\(answer.head)")
        #expect(answer.has("Retry-After: 7") && answer.has("Connection: close") && answer.body == "<p>closed")
    }

    @Test func `a closed site answers whoever is handed over, and what cannot be sent is told when it is checked`()
        throws
    {
        let port = try HandoverSocket()
        let (site, closed) = (try Self.site(), try TestWorker(Self.closed(), port: port))
        let client = try TestClient(site.address)
        try client.send("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "site")
        try site.share(keeping: 0..<0, to: port, sparing: [])
        try wait(for: "the connection to be handed over") { closed.count(.adopted) == 1 }
        try client.send("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "<p>closed")
        var odd = Application()
        odd.close(with: Response(status: .ok).with("X", "a\nb"))
        #expect(throws: ConfigurationError.self) { try odd.check() }
    }

    @Test func `connections of those who are let in stay, and one that may be a probe does until it is answered`()
        throws
    {
        let port = try HandoverSocket()
        let (site, closed) = (try Self.site(), try TestWorker(Self.closed(), port: port))
        try site.share(keeping: 0..<0, to: port, sparing: ["127.0.0.2", "10.0.0.0/8"])
        try wait(for: "the worker to have heard it") {
            let client = try TestClient(site.address)
            try client.send("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().body == "site")
            return closed.count(.adopted) > 0
        }
        let guest = try TestClient(site.address, from: "127.0.0.2")
        for _ in 1...5 {
            try guest.send("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try guest.answer().body == "site")
        }
        // Nothing is asked on it at first.
        let probe = try TestClient(site.address)
        let adopted = closed.count(.adopted)
        let other = try TestClient(site.address, from: "127.0.0.3")
        try wait(for: "the one from elsewhere to go") { closed.count(.adopted) > adopted }
        try probe.send("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try probe.answer().body == "site")
        try other.send("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try other.answer().body == "<p>closed")
    }
}
