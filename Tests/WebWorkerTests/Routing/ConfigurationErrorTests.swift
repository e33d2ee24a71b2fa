import Linux
import TestSupport
import Testing

@testable import WebWorker

/// What an application is told of its own mistakes.
@Suite struct ConfigurationErrorTests {
    private func mistakes(_ build: (inout Application) -> Void) -> [ConfigurationError.Mistake] {
        var app = Application()
        build(&app)
        do throws(ConfigurationError) {
            try app.check()
            return []
        } catch {
            return error.mistakes
        }
    }

    @Test func anApplicationWithoutMistakesHasNone() {
        let mistakes = mistakes { app in
            app.get("/a/:x/b/:y") { _ in Response() }
            app.post("/a/:x/b/:y") { _ in Response() }
            app.get("/a/") { _ in Response() }
            app.get("/a") { _ in Response() }
            app.get("/**") { _ in Response() }
            app.hosts(Hosts(served: ["a"], redirected: ["b": "https://a"]))
            app.forward("/", to: "unix:/run/app.sock")
            app.forward("/api", to: "[::1]:80")
            app.configuration.trustedProxies = ["10.0.0.0/8", "::1", .unix]
        }
        #expect(mistakes.isEmpty, "\(mistakes)")
    }

    @Test func whatIsSaidTwiceIsAMistakeAndNothingIsReplaced() throws {
        let directory = try TemporaryDirectory()
        let mistakes = mistakes { app in
            for _ in 0..<2 {
                app.files(directory.path)
                app.hosts(Hosts(served: ["a"]))
                app.accessLog()
                app.fastCGI(".php", to: "unix:/run/php.sock", root: directory.path)
                app.forward("/api", to: "127.0.0.1:80")
                app.get("/x/:id") { _ in Response() }
            }
            app.get("/x/:name") { _ in Response() }
        }
        #expect(
            mistakes.map(\.setting) == [
                "files(\"\(directory.path)\")", "hosts", "accessLog", "fastCGI(\".php\")", "GET /x/:id", "GET /x/:name",
                "forward(\"/api\")",
            ])
        #expect(mistakes.allSatisfy { $0.found.hasPrefix("a second") && !$0.remedy.isEmpty }, "\(mistakes)")
    }

    @Test(arguments: [
        ("/a/:", "a segment \":\""), ("/:a/:a", "two segments \":a\""), ("/**/a", "** in front of other segments"),
        ("/a//b", "an empty segment"), ("/a/../b", "a segment \"..\""), ("/a?b=c", "\"a?b=c\""),
    ])
    func aRouteThatNoRequestReachesIsAMistake(_ path: String, _ found: String) throws {
        let mistakes = mistakes { $0.get(path) { _ in Response() } }
        #expect(mistakes.count == 1)
        let mistake = try #require(mistakes.first)
        #expect(mistake.setting == "GET \(path)" && mistake.found == found)
    }

    @Test func valuesThatNobodyCanGoByAreMistakes() {
        let found = mistakes { app in
            app.on(.connect, "/") { _ in Response() }
            app.get("/split", always: Response().with("Location", "/\r\nSet-Cookie: a=b"))
            app.configuration.trustedProxies = ["10.0.0.0/64", "proxy.local"]
            app.configuration.address = "localhost"
            app.configuration.maxBlockingHandlers = 0
            app.configuration.headTimeout = .seconds(-1)
            app.hosts(Hosts(served: [], redirected: ["a": "b", "c": "https://d/", "e": "https://f", "E": "https://g"]))
            var settings = UpstreamSettings()
            settings.maxConnections = 0
            app.forward("api", to: "app:80", settings)
            app.files("/nowhere/at/all")
        }
        #expect(
            found.map { "\($0.setting): \($0.found)" } == [
                "CONNECT /: CONNECT", "GET /split: a response that cannot be sent",
                "hosts redirected \"a\": \"b\"", "hosts redirected \"c\": \"https://d/\"",
                "hosts redirected \"e\": a second target for the host",
                "configuration.trustedProxies: \"10.0.0.0/64\"", "configuration.trustedProxies: \"proxy.local\"",
                "configuration.address: \"localhost\"", "configuration maxBlockingHandlers: 0",
                "configuration headTimeout: -1.0 seconds",
                "files(\"/nowhere/at/all\"): open /nowhere/at/all: No such file or directory",
                "forward(\"api\") maxConnections: 0", "forward(\"api\") to: \"app:80\"", "forward(\"api\"): \"api\"",
            ])
    }

    @Test func aMistakeSaysWhatToDo() {
        let error = ConfigurationError(mistakes: mistakes { $0.configuration.maxFields = 0 })
        #expect("\(error)" == "configuration maxFields: found 0; expected at least 1; raise it, or leave it out")
    }

    @Test func addressesAreReadAtOnceWhenTheyAreNoLiterals() {
        for text in ["127.0.0.1:80", "[::1]:8080", "unix:/run/x.sock", "unix:@name"] {
            #expect(ServerAddress(text)?.description == text)
        }
        for text in ["", "80", "localhost:80", "127.0.0.1", "::1:80", "127.0.0.1:65536"] {
            #expect(ServerAddress(text) == nil)
        }
        #expect(ServerAddress.unix("/run/x.sock") == "unix:/run/x.sock")
        #expect(ServerAddress(host: "10.0.0.1", port: 80) == "10.0.0.1:80")
        let (network, name) = ("10.0.0.0/8", "balancer")
        #expect(TrustedProxy(network) == "10.0.0.0/8" && TrustedProxy(name) == nil && TrustedProxy.unix == "unix")
    }
}
