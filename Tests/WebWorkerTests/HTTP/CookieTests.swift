import Testing

@testable import WebWorker

@Suite struct CookieTests {
    @Test func aCookieIsSetWithCarefulDefaults() {
        #expect(Cookie("id", "7").field == "id=7; Path=/; HttpOnly; SameSite=Lax")
        var cookie = Cookie("näme;x", "a b%;\r\nc")
        cookie.path = "/a;b"
        cookie.domain = "example.com"
        cookie.maxAge = .zero
        cookie.isSecure = true
        cookie.isHTTPOnly = false
        cookie.sameSite = .none
        #expect(
            cookie.field
                == "n%C3%A4me%3Bx=a%20b%25%3B%0D%0Ac; Path=/ab; Domain=example.com; Max-Age=0; Secure; SameSite=None")
    }

    @Test func cookiesAreReadAsTheyWereSet() throws {
        var app = Application()
        app.get("/") { request in
            let all = request.cookies.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
            return Response(text: "\(request.cookies["b"] ?? "-") \(all)").with(Cookie("x", "1")).with(Cookie("y", "2"))
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        let fields = "Cookie: a=1; b=\"two\";c=%C3%BC%zz; nothing; d=x=y\r\ncookie: e=\r\n"
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        let answer = try client.answer()
        #expect(answer.body == "two a=1|b=two|c=%C3%BC%zz|d=x=y|e=")
        #expect(answer.head.contains("Set-Cookie: x=1;") && answer.head.contains("Set-Cookie: y=2;"))
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nCookie: b=%C3%BC%20%25\r\n\r\n")
        #expect(try client.answer().body == "ü % b=ü %")
    }

    @Test func namesAreTakenAsTheyAre() throws {
        var app = Application()
        app.get("/") { request in
            Response(text: "\(request.cookies["__Host-a"] ?? "-") \(request.cookies["näme;x"] ?? "-")")
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        let set = Cookie("näme;x", "own").field.split(separator: ";")[0]
        for (cookies, body) in [
            ("__%48ost-a=evil; __Host-a=good; \(set)", "good own"), ("__%48ost-a=evil; __HOST-a=evil", "- -"),
        ] {
            try client.send("GET / HTTP/1.1\r\nHost: a\r\nCookie: \(cookies)\r\n\r\n")
            #expect(try client.answer().body == body)
        }
    }
}
