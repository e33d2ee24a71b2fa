import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("What a failed deploy says")
    struct VerdictTests {
        private func server(
            _ manifests: [String: String], listen: [String] = ["127.0.0.1:0"], readyTimeout: String = "2s"
        ) throws -> Server {
            try Server(listen: listen, settings: "policies: { readyTimeout: \"\(readyTimeout)\" }") { releases in
                for (name, manifest) in manifests {
                    try releases.worker(name)
                    try releases.directory.write("releases/\(name)/release.json", manifest)
                }
            }
        }

        @Test("A program that does not accept on descriptor 3 is told what to do, and nothing of READY=1")
        func port() throws {
            let server = try server(["port": "{ command: [\"sleep\", \"1000\"], health: { timeout: \"300ms\" } }"])
            let address = try server.address()
            let deploy = try server.deployd("deploy", "port", "--json")
            #expect(deploy.status == .exited(code: 1))
            let probe = try #require(deploy.output.split(separator: "\n").first { $0.contains("\"event\":\"probe\"") })
            for words in [deploy.output, String(probe)] {
                #expect(words.contains("at \(address): nobody accepted on descriptor 3 within 300 ms"), "\(words)")
                #expect(words.contains("`deployd init --server port DIR`"))
                #expect(!words.contains("READY=1"))
            }
            #expect(deploy.output.contains("no good answer within 2 s (readyTimeout)"))
            try server.finish()
        }

        @Test(
            "A program that ends since its port is taken is told what to do",
            arguments: [
                "Error: listen EADDRINUSE: :::3000", "listen tcp :3000: bind: address already in use",
                "OSError: [Errno 98] Address already in use",
            ])
        func portTaken(words: String) throws {
            let server = try server(["taken": "{ command: [\"sh\", \"-c\", \"echo '\(words)' >&2; exit 1\"] }"])
            let deploy = try server.deployd("deploy", "taken")
            #expect(deploy.status == .exited(code: 1))
            let all = deploy.output + deploy.errors
            #expect(all.contains("exited with code 1 before it served; its address was in use; "), "\(all)")
            #expect(all.contains("`deployd init --server port DIR`"), "\(all)")
            try server.finish()
        }

        @Test("A bad answer is told with its address, status and first line")
        func answers() throws {
            let server = try server([
                "bad": "{ command: [\"worker\", \"--status\", \"500 Oops\", \"--body\", \"no database\\n\"] }"
            ])
            let address = try server.address()
            let deploy = try server.deployd("deploy", "bad")
            #expect(
                deploy.errors.contains("GET / at \(address) answered 500, expected 100-499: \"no database\""),
                "\(deploy.errors)")
            #expect(!deploy.errors.contains("READY=1"))
            try server.finish()
        }

        @Test("An answer that stays bad ends it before readyTimeout, and the probes' lines are not in the tail")
        func steadyAnswer() throws {
            let words = "\"--status\", \"500 Oops\", \"--say\", \"no template\", \"--access-log\""
            let server = try server(["bad": "{ command: [\"worker\", \(words)] }"], readyTimeout: "60s")
            let deploy = try server.deployd("deploy", "bad")
            #expect(deploy.status == .exited(code: 1))
            #expect(deploy.errors.contains("failed: every probe of 10 s got a bad answer"), "\(deploy.errors)")
            #expect(try server.log(2).contains("GET / HTTP/1.1"), "there were lines to leave out")
            let tail = deploy.output.split(separator: "\n").filter { $0.contains("| ") }
            #expect(Set(tail) == ["  | no template"], "\(deploy.output)")
            try server.finish()
        }

        @Test("Of several listeners the one is named over which the answer is bad")
        func badListener() throws {
            let words = "\"--bad-listener\", \"1\", \"--body\", \"no database\\n\""
            let server = try server(
                ["half": "{ command: [\"worker\", \(words)] }"], listen: ["127.0.0.1:0", "[::1]:0"])
            let addresses = try server.status().listeners.map(\.address)
            let deploy = try server.deployd("deploy", "half")
            #expect(deploy.status == .exited(code: 1))
            #expect(
                deploy.errors.contains("GET / at \(addresses[1]) answered 500, expected 100-499: \"no database\""),
                "\(deploy.errors)")
            #expect(!deploy.errors.contains(addresses[0]), "\(deploy.errors)")
            try server.finish()
        }

        @Test("A first start that fails says why, and a crash of a kind in the watch is such a failure")
        func firstStart() throws {
            for (words, kind) in [
                ("before it served", "echo no database; exit 7"), ("while it was watched", "sleep 1; exit 7"),
            ] {
                let server = try Server(
                    settings: "release: \"releases/kinds\"", started: false,
                    releases: { releases in
                        try releases.worker("kinds")
                        try releases.directory.write(
                            "releases/kinds/release.json",
                            "{ command: [\"worker\", \"--ready\"], watch: \"30s\", "
                                + "processes: { job: [\"sh\", \"-c\", \"\(kind)\"] } }")
                    })
                #expect(try server.master.wait() == .exited(code: 1))
                let log = server.master.errors
                #expect(log.contains("worker job.1 (pid"), "\(log)")
                #expect(log.contains(words), "\(log)")
                #expect(!kind.hasPrefix("echo") || log.contains("wrote: job | no database"), "\(log)")
                #expect(!log.contains("it is killed"), "who had ended is not said to be killed: \(log)")
                #expect(try server.history().map(\.outcome) == [.failed])
            }
        }

        @Test("A first start that waits says in the journal what its probes meet, each thing once")
        func waitingStart() throws {
            let server = try Server(
                settings: "release: \"releases/bad\", policies: { readyTimeout: \"2s\" }", started: false,
                releases: { releases in
                    try releases.worker("bad", "--status", "503 Soon", "--body", "migrating\\n")
                })
            #expect(try server.master.wait() == .exited(code: 1))
            let told = server.master.errors.split(separator: "\n").filter { $0.contains("not yet: GET / at") }
            #expect(told.count == 1, "\(server.master.errors)")
            #expect(!server.master.errors.contains("it is killed"), "\(server.master.errors)")
            #expect(told.first?.contains("answered 503") == true && told.first?.contains("migrating") == true)
        }

        @Test("The master stops when the terminal is closed on which it was started")
        func terminal() throws {
            guard let script = Program.find("script") else { return skipped("terminal", because: "script is missing") }
            let server = try Server()
            try server.finish()
            let start = server.command(["start"]).map { "'\($0)'" }.joined(separator: " ")
            let window = try Child([
                script, "-qec", "exec \(start) 2>'\(server.directory.path("journal"))'", "/dev/null",
            ])
            try wait(for: "the master to serve", upTo: .seconds(60)) { try server.currentStatus()?.serving != nil }
            let pids = try server.pids()
            try window.send(.kill)
            try wait(for: "master and workers to go", upTo: .seconds(60)) {
                try server.currentStatus() == nil && server.workersLeft().isEmpty
            }
            #expect(!pids.isEmpty)
            let journal = String(decoding: try Files.read(server.directory.path("journal")), as: UTF8.self)
            #expect(journal.contains("the terminal on which this was started is closed: stopping"), "\(journal)")
        }
    }
}
