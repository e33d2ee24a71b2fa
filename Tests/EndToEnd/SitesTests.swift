import Linux
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Several sites in one release, and rules by path")
    struct SitesTests {
        private static func write(_ releases: Server.Releases, _ name: String) throws {
            try releases.directory.write(
                "releases/\(name)/release.json",
                """
                { web: { errorPages: { "404": "404.html", "421": "other.html" }, otherHosts: "refuse",
                         rules: [{ path: "/*", headers: { "X-Content-Type-Options": "nosniff" } }],
                         sites: {
                           "www.foobar.com": { files: "www", hosts: ["127.0.0.1"],
                                               rules: [{ path: "/old/*", redirect: "/new/*" }, { path: "/data/*", deny: true }] },
                           "wiki.foobar.com": { files: "wiki", forward: { "/app": "app" } },
                         } },
                  processes: { app: { command: ["tier", "app", "\(name)\\n"], workers: 1, socket: "listen" } },
                  watch: "50ms", health: { path: "/" } }
                """)
            try releases.directory.write("releases/\(name)/other.html", "no such host")
            for site in ["www", "wiki"] {
                try releases.directory.write("releases/\(name)/\(site)/index.html", "\(site) of \(name)")
                try releases.directory.write("releases/\(name)/\(site)/404.html", "nothing in \(site)")
            }
            try Repository.copy(Repository.fixture("tier"), to: releases.directory.path("releases/\(name)/tier"))
        }

        @Test("Two sites on one port keep to their own over ten deploys, and what is common to them holds for both")
        func sites() throws {
            let server = try Server(workers: 1) { releases in
                for name in ["one", "two"] { try Self.write(releases, name) }
            }
            try server.deploy("one")
            for number in 1...10 {
                let name = number % 2 == 1 ? "two" : "one"
                try server.deploy(name)
                let address = try server.address()
                // On one connection, one after the other.
                var command = [try Program.path("curl"), "--silent"]
                for (index, host) in ["www.foobar.com", "wiki.foobar.com", "www.foobar.com"].enumerated() {
                    if index > 0 { command += ["--next", "--silent"] }
                    command += ["--write-out", "|", "--header", "Host: \(host)", "http://\(address)/"]
                }
                #expect(try Child.run(command).output == "www of \(name)|wiki of \(name)|www of \(name)|")
            }
            for (host, path, words) in [
                ("www.foobar.com", "/old/x?y", ["308", "Location: /new/x?y"]), ("www.foobar.com", "/data/x", ["403"]),
                ("wiki.foobar.com", "/data/x", ["404", "nothing in wiki"]),
                ("other.com", "/", ["421", "no such host"]),
                ("wiki.foobar.com", "/app", ["200", "one"]),
            ] {
                let asked = try Child.run([
                    try Program.path("curl"), "--silent", "--include", "--header", "Host: \(host)",
                    "http://\(try server.address())\(path)",
                ])
                for word in words { #expect(asked.output.contains(word), "\(host)\(path): \(asked.output)") }
                #expect(asked.output.contains("X-Content-Type-Options: nosniff"), "\(asked.output)")
            }
            try server.waitUntilDrained()
            let status = try server.deployd("status").output
            #expect(status.contains("SITE ") && status.contains("\nother hosts "), "\(status)")
            let metrics = try server.deployd("metrics").output
            for (site, count) in [("other hosts", 1), ("www.foobar.com", 4)] {
                let name = "deployd_site_requests_total{generation=\"12\",release=\"one\",site=\"\(site)\"} "
                #expect(metrics.contains("\(name)\(count)\n"), "\(metrics)")
            }
            try server.finish()
        }

        @Test("The check explains which rule, file or server answers a URL")
        func explain() throws {
            let server = try Server { try Self.write($0, "one") }
            for (target, words) in [
                (
                    "http://www.foobar.com/old/x",
                    ["rule:   redirect: rule 1, /old/*", "answer: 308 to /new/x, by a rule", "headers: rule 3, /*"]
                ),
                (
                    "http://www.foobar.com/d%61ta/../data/x",
                    ["path:   /data/x", "deny: rule 2", "answer: 403, by a rule"]
                ),
                ("/", ["answer: the file ", "releases/one/wiki/index.html"]), ("/none", ["404: nothing answers"]),
                ("http://wiki.foobar.com/app/x", ["answer: the server behind at app"]),
                ("http://other.com/", ["421: the host is not one of this site"]),
            ] {
                let check = try server.deployd("check", "--explain", target, "one")
                #expect(check.status == .exited(code: 0), "\(check.errors)")
                for word in words { #expect(check.output.contains(word), "\(target): \(check.output)") }
            }
            let other = try server.deployd("check", "--explain", "/", "v1")
            #expect(other.status != .exited(code: 0) && other.errors.contains("has no `web`"), "\(other.errors)")
            try server.finish()
        }
    }
}
