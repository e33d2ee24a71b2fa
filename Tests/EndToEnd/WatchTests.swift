import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    /// How a release turns bad while it is watched.
    struct Turn: Sendable, CustomTestStringConvertible {
        /// What the fixture is told.
        let mode: String
        /// What `deploy` must say of it.
        let cause: [String]
        /// Whether users may be answered otherwise than by a good answer.
        var harmsUsers = false
        var testDescription: String { mode }

        static let all = [
            Turn(mode: "500", cause: ["answers were 5xx", "limit"], harmsUsers: true),
            Turn(mode: "crash", cause: ["exited with code 3 while it was watched"]),
            Turn(mode: "hang", cause: ["no connection was accepted for", "wait"]),
        ]
    }

    @Suite("A release that turns bad while it is watched")
    struct WatchTests {
        /// A server whose release `bad` turns bad, in one way, when the file `now` comes.
        private static func server(_ mode: String, manifest: String = "watch: \"60s\"") throws -> Server {
            try Server { releases in
                try releases.worker(
                    "bad", "--ready", "--count", "--body", "v2\\n", "--bad", mode, "--bad-path", "/version",
                    "--bad-when", releases.directory.path("now"), manifest: manifest)
            }
        }

        /// Waits until users have met the new release, and turns it bad.
        private static func turn(_ server: Server) throws {
            try wait(for: "the step watching") { try server.status().deployment?.step == .watching }
            try wait(for: "users to meet it") {
                (try server.status().generations.last?.scoreboard?.requests ?? 0) > 200
            }
            try server.directory.write("now", "")
        }

        @Test("It is steered back, with the evidence, and the old workers serve on", arguments: Turn.all)
        func turnsBad(_ turn: Turn) throws {
            let server = try Self.server(turn.mode)
            let pids = try server.pids()
            let load = try Load(.close, at: try server.address(), connections: 16, extra: ["--timeout", "60s"])
            let other = try Load(
                .close, at: try server.address(), connections: 16, path: "/", bodies: [], extra: ["--timeout", "60s"])
            let deploy = try server.begin("deploy", "bad")
            try Self.turn(server)
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 1), "\(deploy.output)\(deploy.errors)")
            #expect(deploy.errors.contains("was rolled back"), "\(deploy.errors)")
            for word in turn.cause { #expect(deploy.errors.contains(word), "\(deploy.errors)") }
            #expect(deploy.output.contains("v1 still serves"), "\(deploy.output)")
            #expect(try server.pids() == pids, "the old workers are the same")
            #expect(try server.history().last?.outcome == .rolledBack)
            try server.waitUntilDrained()
            let report = try load.end()
            if !turn.harmsUsers { report.expectPerfect(turn.mode) }
            #expect(report.epochs.last == "v1")
            try other.end().expectPerfect("the other route of \(turn.mode)")
            try server.finish()
        }

        /// A server whose release `next` has a test of these lines of shell.
        private static func server(test script: String, _ keys: String = "", more: String = "") throws -> Server {
            try Server { releases in
                try releases.directory.write("releases/next/test.sh", script + "\n")
                try releases.worker(
                    "next", "--ready",
                    manifest: "watch: { for: \"1s\", test: { command: [\"sh\", \"test.sh\"], \(keys) } }\(more)")
            }
        }

        /// A script of a test, what else it is told, and what `deploy` must say.
        static let failing = [
            ("echo the basket is empty; exit 4", "", "its test exited with code 4: the basket is empty"),
            (
                "echo begun; sleep 600 & wait", "timeout: \"300ms\"",
                "its test did not finish within 300 ms, and was terminated: begun"
            ),
        ]

        @Test("A test of its own that fails, or does not end, takes it back", arguments: failing)
        func testFails(_ script: String, _ keys: String, _ says: String) throws {
            let server = try Self.server(test: script, keys)
            let deploy = try server.deployd("deploy", "next")
            #expect(deploy.status == .exited(code: 1), "\(deploy.output)")
            #expect(deploy.errors.contains(says), "\(deploy.errors)")
            #expect(try server.get("/version") == "v1\n")
            try server.waitUntilDrained()
            #expect(try server.workersLeft().count == server.pids().count, "nothing of the test is left")
            try server.finish()
        }

        @Test("A test of its own that is still under way decides before the commit, and runs as a worker would")
        func testIsWaitedFor() throws {
            let server = try Self.server(
                test: "env > env; sleep 3; echo all is well", "interval: \"50s\"",
                more: ", processes: { app: { command: [\"sleep\", \"600\"], socket: \"listen\" } }")
            let deploy = try server.deployd("deploy", "next")
            #expect(deploy.status == .exited(code: 0), "\(deploy.errors)")
            #expect(try server.log(2).contains("[test] all is well\n"))
            let written = try Files.read(server.directory.path("releases/next/env"))
            let variables = String(decoding: written, as: UTF8.self)
            #expect(variables.contains("DEPLOYD_GENERATION=2\n"), "\(variables)")
            #expect(variables.contains("DEPLOYD_SOCKET_APP=unix:"), "\(variables)")
            try server.finish()
        }

        @Test("Where nobody counts its answers, that is said once, but not of a release with a test of its own")
        func uncounted() throws {
            let server = try Server(rights: "-bpf,-sys_admin") { releases in
                try releases.worker("plain")
                try releases.worker("counts", "--count")
                try releases.worker("tested", manifest: "watch: { for: \"50ms\", test: [\"true\"] }")
                try releases.worker("unwatched", manifest: "watch: \"0\"")
                try releases.worker("careless", manifest: "watch: { for: \"50ms\", errors: false }")
            }
            let note =
                "this program does not count its answers, and neither does the kernel (deployd lacks CAP_BPF and "
                + "CAP_NET_ADMIN), so the watch cannot see a 5xx sent to a user"
            for release in ["v2", "counts", "tested", "unwatched", "careless"] {
                let deploy = try server.deployd("deploy", release)
                #expect(deploy.status == .exited(code: 0), "\(deploy.output)\(deploy.errors)")
                #expect(!deploy.output.contains(note), "\(release): \(deploy.output)")
                try server.waitUntilDrained()
            }
            let deploy = try server.deployd("deploy", "plain")
            #expect(deploy.output.occurrences(of: "  note: \(note)") == 1, "\(deploy.output)\(deploy.errors)")
            try wait(for: "the journal's line") { server.master.errors.contains(note) }
            try server.waitUntilDrained()
            #expect(try !server.deployd("restart").output.contains(note))
            try server.finish()
        }

        @Test("Where it forbids to go back it is committed, with a warning, and left by force only")
        func never() throws {
            let server = try Self.server("500", manifest: "watch: \"8s\", rollback: \"never\"")
            let load = try Load(.close, at: try server.address(), connections: 16, extra: ["--timeout", "60s"])
            let deploy = try server.begin("deploy", "bad")
            try Self.turn(server)
            let refused = try server.deployd("rollback")
            #expect(refused.status == .exited(code: 1))
            #expect(refused.errors.contains("`deployd rollback --force --config"), "\(refused.errors)")
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 0), "\(deploy.output)\(deploy.errors)")
            #expect(deploy.output.contains("answers were 5xx"), "\(deploy.output)")
            let record = try #require(try server.history().last)
            #expect(record.outcome == .committed)
            #expect(record.reason.contains("answers were 5xx"), "\(record.reason)")
            _ = try load.end()
            #expect(try server.deployd("rollback").status == .exited(code: 1))
            let forced = try server.deployd("rollback", "--force")
            #expect(forced.status == .exited(code: 0), "\(forced.errors)")
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
        }
    }
}
