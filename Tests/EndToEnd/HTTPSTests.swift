import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("HTTPS")
    struct HTTPSTests {
        /// A server with a plain listener and one that speaks TLS, whose certificate lies behind links as certbot's do.
        private final class Site {
            let server: Server
            private let archive: TemporaryDirectory

            init(
                web: String? = nil, settings: String = "", workers: Int = 2, hosts: [String] = ["localhost"],
                days: Int = 90,
                releases: (Server.Releases) throws -> Void = { _ in }
            ) throws {
                archive = try TemporaryDirectory()
                try Files.makeDirectory(archive.path("live"))
                try Files.makeDirectory(archive.path("acme"))
                let made = try CertificatePair(in: archive.path, "c1", hosts: hosts, days: days)
                try Self.link(archive, made)
                let live = archive.path("live")
                server = try Server(
                    listen: ["127.0.0.1:0", "{ address: '127.0.0.1:0', tls: true }"], workers: workers,
                    settings: """
                        tls: { certificates: [{ certificate: '\(live)/fullchain.pem', key: '\(live)/privkey.pem' }],
                               challenges: '\(archive.path("acme"))' }, \(settings)
                        """, releases: releases)
            }

            private static func link(_ archive: TemporaryDirectory, _ made: CertificatePair) throws {
                try Files.replaceLink(archive.path("live/privkey.pem"), target: made.key)
                try Files.replaceLink(archive.path("live/fullchain.pem"), target: made.certificate)
            }

            /// Makes another certificate, and puts it into the old one's place; with `key` false the key stays.
            func renew(_ name: String, hosts: [String] = ["localhost"], days: Int, key: Bool = true) throws {
                let made = try CertificatePair(in: archive.path, name, hosts: hosts, days: days)
                if key { return try Self.link(archive, made) }
                try Files.replaceLink(archive.path("live/fullchain.pem"), target: made.certificate)
            }

            func path(_ name: String) -> String { archive.path(name) }

            var secure: String { get throws { try server.address(1) } }

            /// Asks with curl, which verifies the certificate.
            func curl(_ path: String, _ more: String..., verified by: String = "live/fullchain.pem") throws
                -> Child.Finished
            {
                let port = try secure.split(separator: ":").last ?? ""
                return try Child.run(
                    [
                        try Program.path("curl"), "--silent", "--show-error", "--include", "--cacert", archive.path(by),
                    ] + more + ["https://localhost:\(port)\(path)"])
            }

            /// Days until the end of the certificate that a new client is shown.
            func days() throws -> Int64 {
                let connection = try SecureConnection(try secure)
                let end = try #require(connection.certificateEnd)
                return (end - WallClock.now().components.seconds + 43_200) / 86_400
            }

            /// Connects with openssl(1), with the session of the file if there is one, and says whether it was resumed.
            func isResumed() throws -> Bool {
                let (openssl, file) = (try Program.path("openssl"), archive.path("session"))
                let resume = Files.kind(file) == nil ? "" : "-sess_in \(file)"
                let request = "GET /version HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n"
                let finished = try Child.run([
                    "/bin/sh", "-c",
                    "printf '\(request)' | \(openssl) s_client -connect \(try secure) -servername localhost "
                        + "-sess_out \(file) \(resume) -ign_eof",
                ])
                #expect(finished.output.contains("200 OK"), "\(finished.output)\(finished.errors)")
                return finished.output.contains("\nReused, TLSv1.3")
            }
        }

        @Test("One line of configuration: the site is served with TLS, status has the certificate, and deploys go on")
        func serves() throws {
            let site = try Site()
            let answer = try site.curl("/version")
            #expect(answer.status == .exited(code: 0) && answer.output.hasSuffix("v1\n"), "\(answer.errors)")
            #expect(try site.server.get("/version") == "v1\n")
            let status = try site.server.status()
            #expect(status.listeners.map(\.tls) == [nil, true])
            let certificate = try #require(status.certificates?.first)
            #expect(certificate.hosts == ["localhost"] && certificate.file == site.path("live/fullchain.pem"))
            #expect((89 * 86_400...90 * 86_400).contains(certificate.secondsLeft))
            #expect(status.problems == [], "\(status.problems)")
            let text = try site.server.deployd("status").output
            #expect(
                text.contains("https://127.0.0.1:") && text.contains("certificates localhost (valid for 89 d"),
                "\(text)")
            try site.server.deploy("v2")
            #expect(try site.curl("/version").output.hasSuffix("v2\n"))
            try site.server.waitUntilDrained()
            try site.server.finish()
        }

        @Test("A new certificate goes into running workers by itself, with certbot's links, and by `mv`")
        func renewal() throws {
            let site = try Site()
            let pids = try site.server.pids()
            let kept = try SecureConnection(try site.secure)
            #expect(try kept.get("/version").body == "v1\n")
            #expect(try site.days() == 90)
            try site.renew("c2", days: 60)
            try wait(for: "the second certificate") { try site.days() == 60 }
            // Written over in place: the key a moment before the certificate.
            let made = try CertificatePair(in: site.path("live"), "new", days: 30)
            try Files.rename(made.key, to: site.path("live/privkey.pem"))
            try Files.rename(made.certificate, to: site.path("live/fullchain.pem"))
            try wait(for: "the third certificate") { try site.days() == 30 }
            #expect(try kept.get("/version").body == "v1\n")
            #expect(try site.server.pids() == pids)
            #expect(try site.server.status().problems == [])
            try site.server.finish(now: true)
        }

        @Test("A directory of certificates that was gone for long is looked into again")
        func directoryGone() throws {
            let site = try Site()
            try Files.rename(site.path("live"), to: site.path("gone"))
            try wait(for: "the problem", upTo: .seconds(30)) { try !site.server.status().problems.isEmpty }
            #expect(try site.days() == 90)
            let made = try CertificatePair(in: site.path("gone"), "new", days: 45)
            try Files.replaceLink(site.path("gone/privkey.pem"), target: made.key.replacing("/gone/", with: "/live/"))
            try Files.replaceLink(
                site.path("gone/fullchain.pem"), target: made.certificate.replacing("/gone/", with: "/live/"))
            try Files.rename(site.path("gone"), to: site.path("live"))
            try wait(for: "the new certificate", upTo: .seconds(30)) { try site.days() == 45 }
            try wait(for: "no problem") { try site.server.status().problems.isEmpty }
            try site.server.finish(now: true)
        }

        @Test("A file that cannot be used changes nothing, is among the problems, and survives a kill of the master")
        func unusable() throws {
            let site = try Site()
            try site.renew("c2", days: 60, key: false)
            try wait(for: "the problem", upTo: .seconds(30)) {
                try site.server.status().problems.contains {
                    $0.what.contains("which is the key of another certificate")
                }
            }
            #expect(try site.days() == 90)
            let reload = try site.server.deployd("reload")
            #expect(reload.status != .exited(code: 0) && reload.errors.contains("is the key of another certificate"))
            let check = try site.server.deployd("check")
            #expect(
                check.status != .exited(code: 0) && check.errors.contains("openssl pkey -pubout -in"), "\(check.errors)"
            )
            try site.server.killMaster()
            try site.server.startAgain()
            #expect(try site.days() == 90)
            try site.server.deploy("v2")
            #expect(try site.days() == 90)
            #expect(try site.curl("/version", verified: "c1.pem").output.hasSuffix("v2\n"))
            // One that has expired is no better.
            try site.renew("c3", days: -1)
            #expect(try site.server.deployd("reload").status != .exited(code: 0))
            #expect(try site.days() == 90)
            try site.renew("c4", days: 20)
            let mended = try site.server.deployd("reload")
            #expect(
                mended.status == .exited(code: 0) && mended.output.contains("is new: localhost"), "\(mended.output)")
            #expect(try site.days() == 20)
            #expect(try site.server.status().problems == [])
            try site.server.waitUntilDrained()
            try site.server.finish()
        }

        @Test("A session is resumed after a deploy, a kill of the master, a restart and an upgrade")
        func resumption() throws {
            let site = try Site()
            #expect(try !site.isResumed())
            #expect(try site.isResumed())
            try site.server.deploy("v2")
            #expect(try site.isResumed())
            try site.server.killMaster()
            try site.server.startAgain()
            #expect(try site.isResumed())
            #expect(try site.server.deployd("restart").status == .exited(code: 0))
            #expect(try site.isResumed())
            let upgraded = try site.server.deployd("upgrade", try site.server.copyProgram("one"))
            #expect(upgraded.status == .exited(code: 0), "\(upgraded.errors)")
            #expect(try site.isResumed())
            try site.server.deploy("v1")
            #expect(try site.isResumed())
            try site.server.waitUntilDrained()
            try site.server.finish()
        }

        @Test(
            "A start says what is wrong with certificates, with what to type; an expired one does not keep it from serving"
        )
        func starts() throws {
            let directory = try TemporaryDirectory()
            func start(_ certificate: String, _ key: String) throws -> String {
                let server = try Server(
                    listen: ["{ address: '127.0.0.1:0', tls: true }"],
                    settings: "tls: { certificates: [{ certificate: '\(certificate)', key: '\(key)' }] }",
                    started: false)
                let end = try server.master.wait()
                #expect(end == .exited(code: 78))
                return server.master.errors
            }
            let (one, other) = (
                try CertificatePair(in: directory.path, "one"), try CertificatePair(in: directory.path, "other")
            )
            #expect(
                try start(one.certificate, other.key).contains(
                    "tls.certificates[0].key: found \(other.key), which is the key"))
            #expect(try start(directory.path("none"), one.key).contains("found nothing at \(directory.path("none"))"))
            let open = try CertificatePair(in: directory.path, "open")
            try Files.setMode(open.key, 0o644)
            #expect(try start(open.certificate, open.key).contains("chmod 600 \(open.key)"))
            let site = try Site(days: -1)
            let problems = try site.server.status().problems
            #expect(problems.contains { $0.what.hasPrefix("the certificate of localhost expired on ") }, "\(problems)")
            let check = try site.server.deployd("check")
            #expect(check.status != .exited(code: 0) && check.errors.contains("which expired on"))
            try site.renew("c2", days: 10)
            try wait(for: "the new certificate") { try site.days() == 10 }
            let soon = try site.server.status().problems
            #expect(
                soon.map(\.what).first?.hasPrefix("the certificate of localhost expires in 9 days") == true, "\(soon)")
            try site.server.finish()
        }

        @Test("A release whose program takes the socket itself is refused before users meet it, with the way out")
        func foreign() throws {
            let site = try Site { releases in
                try releases.worker("plain", "--ready", "--body", "plain\\n")
                try releases.worker("mute", "--body", "mute\\n")
                try releases.directory.write("releases/known/release.json", "{ command: ['gunicorn', 'app:app'] }")
            }
            for (release, words) in [
                ("plain", "cannot serve here: it takes connections itself and speaks no TLS"),
                ("known", "\"gunicorn\", which takes the connections of 127.0.0.1:0 itself"),
            ] {
                let deploy = try site.server.deployd("deploy", release)
                #expect(deploy.status != .exited(code: 0))
                #expect(
                    deploy.errors.contains(words) || deploy.output.contains(words), "\(deploy.output)\(deploy.errors)")
                #expect((deploy.errors + deploy.output).contains("--behind-web"))
            }
            #expect(try site.curl("/version").output.hasSuffix("v1\n"))
            try site.server.waitUntilDrained()
            try site.server.finish()
        }

        @Test("`https: \"only\"` redirects plain requests but ACME's, and has browsers remember it")
        func only() throws {
            let site = try Site { releases in
                try releases.directory.write(
                    "releases/only/release.json",
                    """
                    { web: { files: "public", https: { maxAge: "30d" }, hosts: ["localhost", "127.0.0.1", "foobar.com"] },
                      health: { path: "/index.html", status: 200, host: "localhost" }, watch: "50ms" }
                    """)
                try releases.directory.write("releases/only/public/index.html", "secure\n")
            }
            let refused = try site.server.deployd("deploy", "only")
            #expect(refused.status != .exited(code: 0))
            #expect((refused.errors + refused.output).contains("\"foobar.com\", for which there is no certificate"))
            try site.renew("c2", hosts: ["localhost", "foobar.com", "127.0.0.1", "*.foobar.com"], days: 90)
            try wait(for: "the second certificate") { try site.server.status().certificates?.first?.hosts.count == 3 }
            let manifest = try Files.read(site.server.directory.path("releases/only/release.json"))
            try site.server.directory.write(
                "releases/only/release.json",
                String(decoding: manifest, as: UTF8.self).replacing("\"127.0.0.1\", ", with: ""))
            try site.server.deploy("only")
            let plain = try Child.run([
                try Program.path("curl"), "--silent", "--include", "--header", "Host: foobar.com:80",
                "http://\(try site.server.address())/a/b?c=d",
            ]).output
            #expect(
                plain.hasPrefix("HTTP/1.1 308 ") && plain.contains("\r\nLocation: https://foobar.com/a/b?c=d\r\n"),
                "\(plain)")
            #expect(!plain.contains("Strict-Transport-Security"))
            let secure = try site.curl("/").output
            #expect(secure.hasPrefix("HTTP/1.1 200 ") && secure.hasSuffix("secure\n"), "\(secure)")
            #expect(secure.contains("\r\nStrict-Transport-Security: max-age=2592000\r\n"), "\(secure)")
            try Files.makeDirectory(site.path("acme/.well-known/acme-challenge"))
            let proof = ".well-known/acme-challenge/to-ken_1"
            try Files.create(site.path("acme/\(proof)"), mode: 0o644).writeAll(Array("to-ken_1.abc".utf8))
            #expect(try site.server.get("/\(proof)") == "to-ken_1.abc")
            // A pair that fits together and belongs to somebody else does not take the place of one that is used.
            try site.renew("c3", hosts: ["elsewhere.com"], days: 80)
            try wait(for: "the problem", upTo: .seconds(30)) { try !site.server.status().problems.isEmpty }
            let problem = try #require(try site.server.status().problems.first?.what)
            #expect(problem.contains("\"localhost\", for which there is no certificate"), "\(problem)")
            #expect(problem.contains("the certificates of before stay in use"), "\(problem)")
            #expect(try site.days() == 90)
            let reload = try site.server.deployd("reload")
            #expect((reload.errors + reload.output).contains("for which there is no certificate"), "\(reload)")
            try site.renew("c4", hosts: ["localhost", "foobar.com"], days: 70)
            try wait(for: "the fourth certificate", upTo: .seconds(30)) { try site.days() == 70 }
            #expect(try site.server.status().problems == [])
            try site.server.waitUntilDrained()
            try site.server.finish()
        }

        @Test(
            "Connections over TLS 1.3 survive ten deploys, a kill of the master and an upgrade: no close, no second handshake"
        )
        func kept() throws {
            let site = try Site()
            let clients = try (0..<40).map { _ in try SecureConnection(try site.secure) }
            func expect(_ body: String) throws {
                for client in clients {
                    let answer = try client.get("/version")
                    #expect(
                        answer.body == body && !answer.head.lowercased().contains("\r\nconnection: close"),
                        "\(answer.head)")
                }
            }
            try expect("v1\n")
            for number in 1...10 {
                try site.server.deploy(number % 2 == 1 ? "v2" : "v1")
                if number % 3 != 0 { try expect(number % 2 == 1 ? "v2\n" : "v1\n") }
                try site.server.waitUntilDrained()
            }
            try site.server.killMaster()
            try site.server.startAgain()
            try site.server.deploy("v2")
            try site.server.waitUntilDrained()
            try expect("v2\n")
            let upgraded = try site.server.deployd("upgrade", try site.server.copyProgram("one"))
            #expect(upgraded.status == .exited(code: 0), "\(upgraded.errors)")
            try site.server.deploy("v1")
            try site.server.waitUntilDrained()
            try expect("v1\n")
            try site.server.finish(now: true)
        }

        @Test("A listener becomes one of TLS by a reload, and plain again by another")
        func reload() throws {
            let site = try Site()
            let text = String(decoding: try Files.read(site.server.directory.path("deployd.json")), as: UTF8.self)
            try site.server.directory.write("deployd.json", text.replacing("tls: true", with: "tls: false"))
            let plain = try site.server.deployd("reload")
            #expect(
                plain.status == .exited(code: 0) && plain.output.contains("listen: tls of web2: true → false"),
                "\(plain.errors)")
            #expect(try site.server.get("/version", from: try site.secure) == "v1\n")
            #expect(try site.server.status().certificates == nil)
            try site.server.waitUntilDrained()
            try site.server.directory.write("deployd.json", text)
            let secure = try site.server.deployd("reload")
            #expect(secure.status == .exited(code: 0), "\(secure.errors)\(secure.output)")
            #expect(try site.curl("/version").output.hasSuffix("v1\n"))
            try site.server.waitUntilDrained()
            try site.server.finish()
        }
    }
}
