import Linux
import Testing

@testable import Supervisor

@Suite("Settings of HTTPS")
struct TLSSettingsTests {
    private func read(_ text: String) -> Reading<Configuration> {
        Configuration.read(
            Array(text.utf8), file: "/srv/deployd.json", surroundings: Surroundings(workingDirectory: "/srv"))
    }

    private func problems(_ text: String) -> [String] { read(text).problems.map(\.description) }

    private static let good = "tls: { certificates: [{ certificate: 'a.pem', key: '/k/a.key' }], challenges: 'acme' }"

    @Test("Listeners, certificates and the webroot are read, with absolute paths")
    func reads() throws {
        let configuration = try read("{ listen: ['0.0.0.0:80', { address: '0.0.0.0:443', tls: true }], \(Self.good) }")
            .get()
        #expect(configuration.listeners.map(\.isSecure) == [false, true])
        #expect(configuration.secureListeners.map(\.name) == ["web2"])
        #expect(configuration.tls.certificates == [CertificateFiles(certificate: "/srv/a.pem", key: "/k/a.key")])
        #expect(configuration.tls.challenges == "/srv/acme")
        #expect(configuration.tls.proofs == "/srv/acme/.well-known/acme-challenge")
    }

    @Test("Without the keys nothing speaks TLS, and a webroot alone is no mistake")
    func absent() throws {
        #expect(try read("{}").get().tls == TLSSettings())
        #expect(try read("{ tls: { challenges: '/acme' } }").get().secureListeners == [])
    }

    @Test("What is missing or wrong is told with its key")
    func mistakes() {
        #expect(
            problems("{ listen: [{ address: '127.0.0.1:443', tls: true }] }") == [
                "deployd.json: tls.certificates: found none, expected at least one: the listener at 127.0.0.1:443 speaks TLS; "
                    + "[{ certificate: \"fullchain.pem\", key: \"privkey.pem\" }]"
            ])
        #expect(
            problems("{ listen: [{ address: 'unix:web.sock', tls: true }], \(Self.good) }") == [
                "deployd.json: listen[0].tls: found true for unix:/srv/web.sock, expected a listener on TCP; "
                    + "who connects to a unix socket is on this machine: leave `tls` out"
            ])
        #expect(
            problems("{ tls: { certificates: [{ certificate: 'a.pem' }, 'b.pem'] } }") == [
                "deployd.json: tls.certificates[0].key: found nothing, expected the file of the private key, as PEM",
                "deployd.json: tls.certificates[1]: found \"b.pem\", expected an object: "
                    + "{ certificate: \"fullchain.pem\", key: \"privkey.pem\" }",
            ])
        #expect(
            problems("{ tls: { challenge: '/acme' } }") == [
                "deployd.json: tls.challenge: found an unknown key, expected \"challenges\""
            ])
        #expect(problems("{ listen: [{ address: '127.0.0.1:443', tls: 'yes' }] }").count == 1)
    }

    @Test("A change of certificates counts at once, one of a listener after a restart")
    func changes() throws {
        func changes(_ old: String, _ new: String) throws -> [String] {
            try read(old).get().changes(to: try read(new).get()).map(\.description)
        }
        let (plain, secure) = ("{ listen: ['127.0.0.1:1'], \(Self.good) }", "tls: true }], \(Self.good) }")
        #expect(
            try changes(plain, "{ listen: [{ address: '127.0.0.1:1', \(secure)") == [
                "listen: tls of web: false → true"
            ])
        #expect(
            try changes(plain, "{ listen: ['127.0.0.1:1'], tls: { challenges: 'acme' } }") == [
                "tls.certificates: changed, from now on"
            ])
        #expect(
            try changes("{}", "{ tls: { challenges: 'acme' } }") == [
                "tls.challenges: none → /srv/acme, from the next deploy on; `deployd restart` applies it now"
            ])
    }

    @Test("`web.https` is a word or an object, and has an age for browsers")
    func rule() throws {
        func web(_ value: String) -> Reading<Manifest> {
            Manifest.read(
                Array("{ web: { files: 'public', https: \(value) } }".utf8), directory: "/", shownFile: "release.json")
        }
        #expect(try web("'only'").get().web?.https == WebSettings.HTTPSRule(isOnly: true, maxAge: 86_400))
        #expect(
            try web("{ maxAge: '365d' }").get().web?.https == WebSettings.HTTPSRule(isOnly: true, maxAge: 31_536_000))
        #expect(
            try web("{ only: false, maxAge: '0' }").get().web?.https == WebSettings.HTTPSRule(isOnly: false, maxAge: 0))
        #expect(
            web("'always'").problems.map(\.description) == [
                "release.json: web.https: found \"always\", expected \"only\", or an object: { only: true, maxAge: \"365d\" }"
            ])
    }
}
