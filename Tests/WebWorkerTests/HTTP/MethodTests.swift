import Testing

@testable import WebWorker

@Suite struct MethodTests {
    @Test(arguments: [
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "PROPFIND", "get",
    ])
    func aMethodIsAToken(_ token: String) {
        #expect(Method(rawValue: token)?.rawValue == token)
        #expect(Method(rawValue: token)?.description == token)
    }

    @Test(arguments: ["", "GET ", "A/B", "GÄT", "A\r\nB"])
    func whatIsNoTokenIsNoMethod(_ text: String) { #expect(Method(rawValue: text) == nil) }

    @Test func methodsAreComparedByTheirTokens() {
        #expect(Method(rawValue: "GET") == .get && Method(rawValue: "get") != .get)
        #expect(Method(rawValue: "LOCK") == Method(rawValue: "LOCK"))
        #expect(Method(rawValue: "LOCK") != Method(rawValue: "UNLOCK"))
    }
}
