import Linux
import TLS
import Testing

@testable import Supervisor

@Suite("Releases at listeners that speak TLS")
struct SecureCheckTests {
    private func check(_ manifest: String, isSecure: Bool = true) throws -> SecureCheck {
        let reading = Manifest.read(Array(manifest.utf8), directory: "/", shownFile: "release.json")
        return SecureCheck(
            manifest: try reading.get(),
            listeners: [ListenerSetting(name: "web", address: .v4(.loopback, port: 443), isSecure: isSecure)],
            file: "release.json")
    }

    @Test(
        "A server that takes the sockets itself is refused, with the way out",
        arguments: [
            "{ command: ['gunicorn', 'app:app'] }", "{ command: ['/opt/venv/bin/uvicorn', '--fd', '3'] }",
            "{ command: ['nginx'], inherit: 'nginx' }",
            "{ command: ['php-fpm8.2'], inherit: 'fpm', readiness: 'notify' }",
            "{ command: ['./own'], inherit: 'einhorn' }",
        ])
    func servers(manifest: String) throws {
        let problem = try #require(try check(manifest).problems.first)
        #expect(problem.keyPath == "command" && problem.found.contains("takes the connections of 127.0.0.1:443 itself"))
        #expect(problem.advice.contains("--behind-web"))
        #expect(try check(manifest, isSecure: false).problems == [])
    }

    @Test("An application that may be on WebWorker is asked when it is ready, and deployd's web server is none")
    func others() throws {
        #expect(try check("{ command: ['site'] }").problems == [])
        #expect(try check("{ web: { files: 'public' } }").problems == [])
    }

    @Test("Nobody is sent to https where nobody speaks it")
    func redirect() throws {
        let manifest = "{ web: { files: 'public', https: 'only' } }"
        #expect(try check(manifest).problems == [])
        #expect(try check(manifest, isSecure: false).problems.map(\.keyPath) == ["web.https"])
        let behindProxy = "{ web: { files: 'public', https: 'only', trustedProxies: ['10.0.0.1'] } }"
        #expect(try check(behindProxy, isSecure: false).problems == [])
    }

    @Test("Hosts without a certificate are a warning, and a problem where everybody is sent to https")
    func hosts() throws {
        let hosts =
            "hosts: ['foobar.com', 'www.foobar.com', '*.foobar.com'], redirects: { 'old.com': 'https://foobar.com' }"
        let certificates = [Certificate(names: ["foobar.com"]), Certificate(names: ["*.foobar.com"])]
        let warned = try check("{ web: { files: 'public', \(hosts) } }").hostFindings(certificates)
        #expect(warned.problems == [] && warned.warnings.count == 1)
        #expect(
            warned.warnings[0].hasPrefix(
                "release.json: web.redirects[\"old.com\"]: found \"old.com\", for which there is"))
        let refused = try check("{ web: { files: 'public', https: 'only', \(hosts) } }").hostFindings(certificates)
        #expect(refused.problems.count == 1 && refused.warnings == [])
    }
}
