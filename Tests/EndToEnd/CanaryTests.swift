import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("A canary")
    struct CanaryTests {
        /// Waits until so many percent of new connections enter the new generation.
        private static func waitForShare(_ percent: Int, on server: Server) throws {
            try wait(for: "a canary of \(percent) %") {
                try server.currentStatus()?.deployment?.canaryPercent == percent
            }
            // The step begins when its program is attached, and what was steered before is reported first.
            try wait(for: "both to serve") {
                Set(try server.status().generations.map(\.state)).isSuperset(of: [.serving, .canary])
            }
        }

        /// Asks so often, a connection each time, and says how often v2 answered.
        private static func answersOfNew(_ server: Server, of requests: Int) throws -> Int {
            let load = try Load(
                .close, at: try server.address(), connections: 16, extra: ["--requests", "\(requests)"])
            let report = try load.finished()
            report.expectPerfect("\(requests) connections")
            #expect(report.answered == requests)
            return report.answers(of: "v2")
        }

        @Test("gives the new release its share, and all when it is promoted; nothing fails, nobody is started anew")
        func promote() throws {
            let server = try Server()
            let pids = try server.pids()
            let kept = try Load(.keepalive, at: try server.address())
            let idle = try Load(.idle, at: try server.address())
            let deploy = try server.begin("deploy", "v2", "--canary=20")
            try Self.waitForShare(20, on: server)
            let new = try server.pids(of: 2)
            #expect(try server.status().serving == 1)
            // Six standard deviations of 3000 draws: one run in 500 million fails by chance.
            let answers = try Self.answersOfNew(server, of: 3_000)
            #expect((469...731).contains(answers), "\(answers) of 3000 connections entered v2")
            let second = try server.deployd("deploy", "v1")
            #expect(second.status == .exited(code: 75), "\(second.errors)")
            let promote = try server.deployd("promote")
            #expect(promote.status == .exited(code: 0), "\(promote.errors)")
            #expect(try Self.answersOfNew(server, of: 300) == 300)
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 0), "\(deploy.errors)")
            let held = "20 % of new connections go to generation 2, until `deployd promote --config "
            #expect(deploy.output.contains(held), "\(deploy.output)")
            #expect(try server.pids() == new)
            #expect(new.allSatisfy { !pids.contains($0) })
            try server.waitUntilDrained()
            try kept.end().expectPerfect("kept connections")
            try idle.end().expectPerfect("idle connections")
            let late = try server.deployd("promote")
            #expect(late.status == .exited(code: 1))
            #expect(late.errors.contains("no canary is under way"), "\(late.errors)")
            try server.finish()
        }

        @Test("that is aborted goes back: exit code 1, and the old pids serve")
        func abort() throws {
            let server = try Server(manifest: "canary: [{ percent: 10, for: \"1s\" }, { percent: 50, for: \"10m\" }]")
            let pids = try server.pids()
            let load = try Load(.close, at: try server.address())
            let deploy = try server.begin("deploy", "v2")
            try Self.waitForShare(50, on: server)
            let tooLate = try server.deployd("rollback", "--json")
            #expect(tooLate.status == .exited(code: 0), "\(tooLate.output)")
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 1), "\(deploy.output)")
            #expect(deploy.errors.contains("was rolled back: requested by the operator"), "\(deploy.errors)")
            try server.waitUntilDrained()
            let again = try server.begin("deploy", "v2", "--canary")
            try Self.waitForShare(50, on: server)
            let abort = try server.deployd("abort")
            #expect(abort.status == .exited(code: 0), "\(abort.errors)")
            #expect(try again.wait(upTo: .seconds(60)) == .exited(code: 1), "\(again.output)")
            #expect(again.output.contains("10 % of new connections go to generation 3, for 1 s"), "\(again.output)")
            #expect(again.output.contains("until `deployd promote --config "), "\(again.output)")
            #expect(try server.pids() == pids)
            #expect(try server.history().suffix(2).map(\.outcome) == [.rolledBack, .rolledBack])
            try server.waitUntilDrained()
            try load.end().expectPerfect("a connection a request")
            #expect(try Self.answersOfNew(server, of: 200) == 0)
            try server.finish()
        }

        @Test("that turns bad is taken back by itself, by what few users met")
        func turnsBad() throws {
            let server = try Server { releases in
                try releases.worker(
                    "bad", "--ready", "--count", "--body", "v2\\n", "--bad-when", releases.directory.path("now"),
                    manifest: "canary: [{ percent: 20, for: \"10m\" }]")
            }
            let pids = try server.pids()
            let load = try Load(.close, at: try server.address(), extra: ["--timeout", "60s"])
            let deploy = try server.begin("deploy", "bad")
            try Self.waitForShare(20, on: server)
            try server.directory.write("now", "")
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 1), "\(deploy.output)\(deploy.errors)")
            #expect(deploy.errors.contains("answers were 5xx"), "\(deploy.errors)")
            try server.waitUntilDrained()
            #expect(try server.pids() == pids)
            let report = try load.end()
            #expect(report.failures["wrongStatus"] ?? 0 > 0)
            #expect(report.failures.filter { $0.key != "wrongStatus" }.values.reduce(0, +) == 0, "\(report.failures)")
            try server.finish()
        }

        @Test("whose master is killed goes on with the same share and the same pids")
        func masterDies() throws {
            let server = try Server()
            let load = try Load(.close, at: try server.address())
            let deploy = try server.begin("deploy", "v2", "--canary=20")
            try Self.waitForShare(20, on: server)
            let pids = try server.pids(of: 1) + server.pids(of: 2)
            try server.killMaster()
            _ = try deploy.wait(upTo: .seconds(60))
            try server.startAgain()
            try Self.waitForShare(20, on: server)
            #expect(try server.pids(of: 1) + server.pids(of: 2) == pids)
            let answers = try Self.answersOfNew(server, of: 2_000)
            #expect((293...507).contains(answers), "\(answers) of 2000 connections entered v2")
            #expect(try server.deployd("promote").status == .exited(code: 0))
            try wait(for: "the commit") { try server.history().last?.outcome == .committed }
            #expect(try server.get("/version") == "v2\n")
            try server.waitUntilDrained()
            try load.end().expectPerfect("over the death of the master")
            try server.finish()
        }

        @Test("and Ctrl-C: the command leaves with 0, and the canary goes on")
        func detach() throws {
            let server = try Server()
            let deploy = try server.begin("deploy", "v2", "--canary")
            try Self.waitForShare(10, on: server)
            try deploy.send(.int)
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 0), "\(deploy.errors)")
            let words =
                "not cancelled: 10 % of new connections go to generation 2 (v2), "
                + "the others to generation 1 (v1)"
            #expect(deploy.errors.contains(words), "\(deploy.errors)")
            for verb in ["promote", "abort"] { #expect(deploy.errors.contains("`deployd \(verb) --config ")) }
            let report = try server.status()
            #expect(report.deployment?.canaryPercent == 10)
            #expect(report.generations.map(\.state) == [.serving, .canary])
            try server.finish()
        }

        @Test("is refused where a listener cannot be split, or the release forbids to go back; nothing has changed")
        func refused() throws {
            let server = try Server(listen: ["127.0.0.1:0", "unix:web.sock"]) { releases in
                try releases.worker("never", "--ready", manifest: "rollback: \"never\"")
            }
            let split = try server.deployd("deploy", "v2", "--canary")
            #expect(split.status == .exited(code: 1))
            #expect(split.errors.contains("web.sock, which cannot be split"), "\(split.errors)")
            let never = try server.deployd("deploy", "never", "--canary=5")
            #expect(never.status == .exited(code: 1))
            #expect(never.errors.contains("only if it can be rolled back"), "\(never.errors)")
            #expect(try server.status().generations.count == 1)
            try server.deploy("v2")
            #expect(try server.deployd("abort").status == .exited(code: 1))
            try server.finish()
        }
    }
}
