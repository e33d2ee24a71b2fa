import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("deployd console")
    struct ConsoleTests {
        private func begin(_ server: Server, _ arguments: String...) throws -> (Child, address: String) {
            let words = ["console", "--listen", "127.0.0.1:0"] + arguments
            let console = try Child(server.command(words))
            let address = try wait(for: "the console's address") {
                console.errors.firstMatch(of: /listens on (127\.0\.0\.1:[0-9]+)/).map { String($0.1) }
            }
            return (console, address)
        }

        private func ask(_ url: String, _ words: String...) throws -> (code: String, body: String) {
            let finished = try Child.run([try Program.path("curl"), "-s", "-w", "\n%{http_code}"] + words + [url])
            let parts = finished.output.split(separator: "\n", omittingEmptySubsequences: false)
            return (parts.last.map(String.init) ?? "", parts.dropLast().joined(separator: "\n"))
        }

        @Test("shows what serves, and deploys for who has the token and for nobody else")
        func deploys() throws {
            let server = try Server()
            let (console, address) = try begin(server)
            let token = try wait(for: "the token") {
                console.errors.firstMatch(of: /by the page: ([0-9a-f]{64})/).map { String($0.1) }
            }
            let page = try ask("http://\(address)/", "-i")
            #expect(page.code == "200" && page.body.contains("Content-Security-Policy: default-src 'none'; "))
            #expect(!page.body.contains("http://") && !page.body.contains("https://"), "nothing comes from elsewhere")
            for file in ["console.css", "console.js"] { #expect(try ask("http://\(address)/\(file)").code == "200") }
            #expect(try ask("http://\(address)/api/state").body.contains(#""release":"v1""#))
            #expect(try ask("http://\(address)/api/state", "-H", "Host: www.foobar.com").code == "421")
            let order = ["-H", "Content-Type: application/json", "-d", #"{"release":"v2"}"#]
            func deploy(_ words: String...) throws -> (code: String, body: String) {
                let finished = try Child.run(
                    [try Program.path("curl"), "-s", "-w", "\n%{http_code}"] + order + words
                        + ["http://\(address)/api/do/deploy"])
                let parts = finished.output.split(separator: "\n", omittingEmptySubsequences: false)
                return (parts.last.map(String.init) ?? "", parts.dropLast().joined(separator: "\n"))
            }
            let good = "Authorization: Bearer \(token)"
            #expect(try deploy().code == "401")
            #expect(try deploy("-H", "\(good)0").code == "401")
            #expect(try deploy("-H", good, "-H", "Origin: http://www.foobar.com").code == "403")
            #expect(try server.get("/version") == "v1\n")
            let done = try deploy("-H", good, "-H", "Origin: http://\(address)")
            #expect(done.code == "200" && done.body.contains(#""isGood":true"#), "\(done)")
            #expect(try server.get("/version") == "v2\n")
            let state = try ask("http://\(address)/api/state").body
            #expect(state.contains(#""name":"deploy of v2""#) && state.contains("v2 serves now"), "\(state)")
            try server.waitUntilDrained()
            try server.finish()
            // The master is asked at most every 0.4 s.
            try wait(for: "the page to tell that no master listens") {
                try ask("http://\(address)/api/state").body.contains("no master listens")
            }
            try console.send(.term)
            #expect(try console.wait() == .exited(code: 0))
        }

        @Test("takes the place of one that has ended, at a path too, and of nothing else")
        func again() throws {
            let server = try Server()
            let path = server.directory.path("console.sock")
            for _ in 1...2 {
                let console = try Child(server.command(["console", "--listen", "unix:\(path)"]))
                try wait(for: "the console") {
                    try Child.run([
                        try Program.path("curl"), "-sf", "--unix-socket", path, "http://localhost/api/state",
                    ]).status == .exited(code: 0)
                }
                let second = try server.deployd("console", "--listen", "unix:\(path)")
                #expect(second.status == .exited(code: 1) && second.errors.contains("console: bind unix:"))
                try console.send(.kill)
                _ = try console.wait()
            }
            try server.finish()
        }

        @Test("only shows with --read-only, takes a token that only its owner can read, and no address of the world")
        func bounds() throws {
            let server = try Server()
            let (console, address) = try begin(server, "--read-only")
            let refused = try ask(
                "http://\(address)/api/do/rollback", "-H", "Content-Type: application/json", "-d", "{}")
            #expect(refused.code == "403" && refused.body.contains("--read-only"))
            try console.send(.term)
            _ = try console.wait()
            try server.directory.write("token", "0123456789abcdef\n")
            try Files.setMode(server.directory.path("token"), 0o644)
            let open = try server.deployd("console", "--token-file", server.directory.path("token"))
            #expect(open.status != .exited(code: 0) && open.errors.contains("can be read by others"))
            let world = try server.deployd("console", "--listen", "0.0.0.0:0")
            #expect(world.status == .exited(code: 64) && world.errors.contains("ssh -L"), "\(world.errors)")
            try server.finish()
        }
    }
}
