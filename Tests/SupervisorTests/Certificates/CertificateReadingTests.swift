import Linux
import TLS
import TestSupport
import Testing

@testable import Supervisor

@Suite("Certificates on disk")
struct CertificateReadingTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func reading(
        _ files: CertificateFiles, now: Duration = WallClock.now(), challenges: String? = nil
    ) -> CertificateReading {
        var configuration = Configuration.defaults(Surroundings(workingDirectory: "/"))
        configuration.listeners[0].isSecure = true
        configuration.tls = TLSSettings(certificates: [files], challenges: challenges)
        return CertificateReading(configuration, file: "deployd.json", now: now)
    }

    private func reading(of certificate: String, _ key: String) -> CertificateReading {
        reading(CertificateFiles(certificate: certificate, key: key))
    }

    private func make(_ name: String = "tls", hosts: [String] = ["foobar.com"], days: Int = 90, rsaBits: Int? = nil)
        throws -> CertificatePair
    {
        try CertificatePair(in: directory.path, name, hosts: hosts, days: days, rsaBits: rsaBits)
    }

    @Test("A pair that fits is read, with its hosts and its end")
    func good() throws {
        let made = try make(hosts: ["foobar.com", "*.foobar.com", "192.0.2.1"])
        let reading = reading(of: made.certificate, made.key)
        #expect(reading.problems == [] && reading.untimely == [] && reading.warnings == [])
        let certificate = try #require(reading.loaded.first?.certificate)
        #expect(certificate.names == ["foobar.com", "*.foobar.com"])
        #expect(certificate.keyType == "EC" && certificate.keyBits == 256 && certificate.chainCount == 1)
        let days = (certificate.notAfter - WallClock.now().components.seconds) / 86_400
        #expect((89...90).contains(days))
        #expect(certificate.issuer == "foobar.com")
        #expect(certificate.covers("FOOBAR.com") && certificate.covers("www.foobar.com"))
        #expect(
            !certificate.covers("a.b.foobar.com") && !certificate.covers(".foobar.com") && !certificate.covers("com"))
    }

    @Test("Certificates that no listener uses are told")
    func unused() throws {
        let made = try make()
        var configuration = Configuration.defaults(Surroundings(workingDirectory: "/"))
        configuration.tls = TLSSettings(
            certificates: [CertificateFiles(certificate: made.certificate, key: made.key)], challenges: nil)
        let reading = CertificateReading(configuration, file: "deployd.json")
        #expect(reading.problems == [] && reading.warnings.count == 1)
        #expect(reading.warnings.first?.contains("tls.certificates: no listener has `tls: true`") == true)
    }

    @Test("A key that the site's programs may read is told", arguments: [0o640, 0o600, 0o440])
    func workersKey(_ mode: Int) throws {
        guard ThisProcess.uid == 0, let group = WorkerIdentity.find(user: "nobody", group: nil)?.gid else {
            return skipped("keys", because: "only root can give a file to another group")
        }
        let made = try make()
        try Child.expect(["/bin/chmod", "711", directory.path])
        try Child.expect(["/bin/chgrp", "\(group)", made.key])
        try Child.expect(["/bin/chmod", String(mode, radix: 8), made.key])
        var configuration = Configuration.defaults(Surroundings(workingDirectory: "/"))
        configuration.listeners[0].isSecure = true
        configuration.user = "nobody"
        configuration.tls = TLSSettings(
            certificates: [CertificateFiles(certificate: made.certificate, key: made.key)], challenges: nil)
        let reading = CertificateReading(configuration, file: "deployd.json")
        #expect(reading.problems == [])
        #expect(reading.warnings.count == (mode == 0o600 ? 0 : 1), "\(reading.warnings)")
        #expect(reading.warnings.allSatisfy { $0.contains("may be read by \"nobody\"") })
    }

    @Test(
        "What no client of today could speak with is refused before a worker has it", arguments: ["P-224", "secp256k1"])
    func useless(curve: String) throws {
        let made = try CertificatePair(in: directory.path, "odd", hosts: ["foobar.com"], curve: curve)
        let reading = reading(of: made.certificate, made.key)
        #expect(reading.problems.count == 1 && !reading.isUsable)
        #expect(reading.problems.first?.found.contains("cannot be served with: ") == true, "\(reading.problems)")
        for curve in ["P-384", "P-521"] {
            let good = try CertificatePair(in: directory.path, "good", hosts: ["foobar.com"], curve: curve)
            #expect(self.reading(of: good.certificate, good.key).problems == [], "\(curve)")
        }
    }

    @Test("A chain that OpenSSL does not serve is refused before a worker has it")
    func weakChain() throws {
        let openssl = try Program.path("openssl")
        let (made, issuer) = (try make("leaf"), try make("issuer", rsaBits: 1024))
        try Child.expect([
            openssl, "x509", "-x509toreq", "-in", made.certificate, "-signkey", made.key, "-copy_extensions", "copyall",
            "-out", directory.path("leaf.csr"),
        ])
        try Child.expect([
            openssl, "x509", "-req", "-in", directory.path("leaf.csr"), "-CA", issuer.certificate, "-CAkey", issuer.key,
            "-CAcreateserial", "-sha1", "-copy_extensions", "copyall", "-days", "90", "-out",
            directory.path("signed.pem"),
        ])
        let chain = try Files.read(directory.path("signed.pem")) + Files.read(issuer.certificate)
        try directory.write("chain.pem", String(decoding: chain, as: UTF8.self))
        let reading = reading(of: directory.path("chain.pem"), made.key)
        #expect(reading.problems.first?.found.contains("cannot be served with: ") == true, "\(reading.problems)")
    }

    @Test("A key of another certificate, none, one with a passphrase: each in words, with what to type")
    func keys() throws {
        let (one, other) = (try make("one"), try make("other"))
        func only(_ reading: CertificateReading) throws -> Problem {
            #expect(reading.problems.count == 1, "\(reading.problems)")
            return try #require(reading.problems.first)
        }
        let mismatch = try only(reading(of: one.certificate, other.key))
        #expect(mismatch.keyPath == "tls.certificates[0].key")
        #expect(mismatch.found == "\(other.key), which is the key of another certificate")
        #expect(mismatch.advice.contains("openssl pkey -pubout -in \(other.key)"))
        let none = try only(reading(of: one.certificate, try copy(of: one.certificate)))
        #expect(none.found.hasSuffix("in which there is no private key"))
        let locked = directory.path("locked.key")
        let openssl = try Program.path("openssl")
        try Child.expect([openssl, "pkey", "-in", one.key, "-aes256", "-passout", "pass:secret", "-out", locked])
        try Files.setMode(locked, 0o600)
        #expect(try only(reading(of: one.certificate, locked)).found == "\(locked), which wants a passphrase")
    }

    /// Something that nobody else may read, and that is no key.
    private func copy(of file: String) throws -> String {
        try directory.write("copy", String(decoding: try Files.read(file), as: UTF8.self), mode: 0o600)
    }

    @Test("A key that everybody may read is refused, with the command that mends it")
    func openKey() throws {
        let made = try make()
        try Files.setMode(made.key, 0o644)
        let problem = try #require(reading(of: made.certificate, made.key).problems.first)
        #expect(problem.found.contains("which every user of this machine may read or write (mode 644)"))
        #expect(problem.advice == "chmod 600 \(made.key)")
    }

    @Test("A certificate that has expired, or is not valid yet, can still be served with, and is told")
    func times() throws {
        let old = try make(days: -1)
        let expired = reading(of: old.certificate, old.key)
        #expect(expired.problems == [] && expired.isUsable)
        #expect(try #require(expired.untimely.first).found.contains("which expired on "))
        let made = try make("new")
        let early = reading(
            CertificateFiles(certificate: made.certificate, key: made.key), now: WallClock.now() - .seconds(86_400))
        #expect(try #require(early.untimely.first).found.contains("which is not valid before "))
    }

    @Test("What is no certificate, is not there, or has a key that is too short")
    func certificates() throws {
        let made = try make("small", rsaBits: 1024)
        #expect(
            reading(of: made.certificate, made.key).problems.map(\.found) == ["an RSA key of 1024 bits"])
        #expect(
            reading(of: made.key, made.key).problems.map(\.found) == [
                "\(made.key), in which there is no certificate"
            ])
        let text = try directory.write("broken.pem", "-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n")
        #expect(reading(of: text, made.key).problems.map(\.found) == ["\(text), which cannot be read as a whole"])
        let live = "/nowhere/live/foobar.com"
        let missing = reading(
            CertificateFiles(certificate: "\(live)/fullchain.pem", key: "\(live)/privkey.pem"), challenges: "/acme")
        #expect(
            missing.problems.map(\.found) == ["nothing at \(live)/fullchain.pem", "nothing at \(live)/privkey.pem"])
        #expect(missing.problems[0].advice.hasPrefix("`certbot certonly --webroot -w /acme -d foobar.com` gets one"))
    }

    @Test("Where no listener speaks TLS nothing is read")
    func plain() {
        var configuration = Configuration.defaults(Surroundings(workingDirectory: "/"))
        configuration.tls.certificates = [CertificateFiles(certificate: "/nowhere", key: "/nowhere")]
        let reading = CertificateReading(configuration, file: "deployd.json")
        #expect(reading.problems == [] && !reading.isUsable)
    }

    @Test("The directories of links are watched as well as those of files, and a swapped link is a change")
    func places() throws {
        for number in 1...2 {
            for name in ["fullchain", "privkey"] { try directory.write("archive/\(name)\(number).pem", "\(number)") }
        }
        func link(_ number: Int) throws {
            try Files.makeDirectory(directory.path("live"))
            for name in ["fullchain", "privkey"] {
                try Files.replaceLink(
                    directory.path("live/\(name).pem"), target: "../archive/\(name)\(number).pem")
            }
        }
        try link(1)
        let settings = TLSSettings(certificates: [
            CertificateFiles(certificate: directory.path("live/fullchain.pem"), key: directory.path("live/privkey.pem"))
        ])
        let before = CertificatePlaces(settings)
        #expect(before.directories.isSuperset(of: [directory.path("live"), directory.path("archive")]))
        #expect(before.hasSameFiles(as: CertificatePlaces(settings)))
        try link(2)
        #expect(!before.hasSameFiles(as: CertificatePlaces(settings)))
    }
}
