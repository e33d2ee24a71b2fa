import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("The verbs of a running server")
    struct DeployTests {
        @Test("A deploy switches, a rollback goes back, and status, history and logs say so")
        func deployAndBack() throws {
            let server = try Server()
            #expect(try server.get("/version") == "v1\n")
            let deploy = try server.deployd("deploy", "v2")
            #expect(deploy.status == .exited(code: 0), "\(deploy.errors)")
            #expect(deploy.output.contains("v2 serves now (generation 2)"))
            #expect(try server.get("/version") == "v2\n")

            try server.deployd("rollback")
            #expect(try server.get("/version") == "v1\n")
            let report = try server.status()
            #expect(report.serving == 3)
            #expect(report.lastDeploy?.outcome == .committed)
            let history = try server.history()
            #expect(history.map(\.verb) == ["start", "deploy", "rollback"])
            #expect(history.map(\.outcome) == [.committed, .committed, .committed])
            #expect(try Files.readLink(server.directory.path("current")).hasSuffix("v1"))
            let text = try server.deployd("status")
            #expect(text.status == .exited(code: 0) && text.output.contains("v1 serves, generation 3"))
            #expect(try server.deployd("logs", "1").status == .exited(code: 0))
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("Logs that are followed go on with what serves")
        func followsLogs() throws {
            let server = try Server()
            let logs = try server.begin("logs", "--follow")
            try wait(for: "its watch on the first generation's log") {
                let folder = "/proc/\(logs.pid)/fdinfo"
                return try Files.list(folder).contains { number in
                    String(decoding: (try? Files.read("\(folder)/\(number)")) ?? [], as: UTF8.self).contains("inotify ")
                }
            }
            try server.deploy("v2")
            try logs.wait(forOutput: "==> generation 2 (v2) serves now <==\n")
            #expect(try server.deployd("rollback").status == .exited(code: 0))
            try logs.wait(forOutput: "==> generation 3 (v1) serves now <==\n")
            try logs.send(.int)
            _ = try logs.wait()
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("A file in the place of `current` stays: a deploy warns and goes on, and a start refuses")
        func obstacle() throws {
            let server = try Server()
            let link = server.directory.path("current")
            try Files.unlink(link)
            try server.directory.write("current", "mine")
            let deploy = try server.deployd("deploy", "v2")
            #expect(deploy.status == .exited(code: 0), "\(deploy.errors)")
            #expect((deploy.output + deploy.errors).contains("\(link): found a file, expected a link or nothing"))
            #expect(String(decoding: try Files.read(link), as: UTF8.self) == "mine")
            #expect(try server.history().map(\.outcome) == [.committed, .committed])
            try server.finish()
            let start = try server.deployd("start")
            #expect(start.status == .exited(code: 78), "\(start.errors)")
            #expect(start.errors.contains("found a file, expected a link or nothing; move it away"), "\(start.errors)")
            #expect(String(decoding: try Files.read(link), as: UTF8.self) == "mine")
        }

        @Test("A release from outside of the site's own is deployed with a note")
        func strange() throws {
            let server = try Server()
            #expect(try !server.deployd("deploy", "v2").errors.contains("note:"))
            let place = server.directory.path("elsewhere")
            try Child.expect([try Program.path("cp"), "-r", server.directory.path("releases/v1"), place])
            let deploy = try server.deployd("deploy", place)
            #expect(deploy.status == .exited(code: 0), "\(deploy.errors)")
            #expect(deploy.errors.contains("note: \(place) lies outside of \(server.directory.path("releases")), "))
            try server.finish()
        }

        @Test("A restart has new workers of the same release, and scale changes their number without a deploy")
        func restartAndScale() throws {
            let server = try Server()
            let before = try server.pids()
            #expect(try server.deployd("restart").status == .exited(code: 0))
            #expect(Set(before).isDisjoint(with: try server.pids()))
            #expect(try server.status().generations.last?.release == "v1")
            let kept = try server.pids()
            #expect(try server.deployd("scale", "3").status == .exited(code: 0))
            #expect(try server.pids().count == 3)
            #expect(Set(kept).isSubset(of: try server.pids()))
            #expect(try server.deployd("scale", "1").status == .exited(code: 0))
            try wait(for: "one worker to be left", until: { try server.pids().count == 1 })
            try server.deploy("v2")
            #expect(try server.pids().count == 1, "a deploy keeps the scale")
            try server.finish()
        }

        @Test("The state is nobody else's: the control socket has mode 0600, and a second master is refused")
        func ownership() throws {
            let server = try Server()
            #expect(try Files.status(server.directory.path("state/control.sock")).mode & 0o777 == 0o600)
            let second = try server.deployd("start")
            #expect(second.status == .exited(code: 1))
            #expect(second.errors.contains("another master (pid \(server.master.pid)) runs"))
            #expect(try server.get("/version") == "v1\n")
            try server.finish(now: true)
        }

        @Test("Without a master every verb that needs one exits with 69 and says what to type")
        func noMaster() throws {
            let server = try Server()
            try server.finish()
            for verb in [["deploy", "v2"], ["status"], ["rollback"], ["restart"], ["scale", "2"], ["stop"]] {
                let finished = try Child.run(server.command(verb))
                #expect(finished.status == .exited(code: 69), "\(verb)")
                #expect(finished.errors.contains("deployd start"), "\(verb): \(finished.errors)")
            }
            #expect(try server.deployd("history").status == .exited(code: 0))
            #expect(try server.deployd("check", "v2").status == .exited(code: 0))
            #expect(try server.deployd("version").status == .exited(code: 0))
        }

        @Test("A command line that is wrong exits with 64, a release that is wrong with 1, and nothing has changed")
        func mistakes() throws {
            let server = try Server()
            let pids = try server.pids()
            #expect(try server.deployd("depoly", "v2").status == .exited(code: 64))
            #expect(try server.deployd("deploy").status == .exited(code: 64))
            #expect(try server.deployd("scale", "none").status == .exited(code: 64))
            let missing = try server.deployd("deploy", "v3")
            #expect(missing.status == .exited(code: 1) && missing.errors.contains("v3"), "\(missing.errors)")
            #expect(try server.pids() == pids)
            #expect(try server.status().serving == 1)
            try server.finish()
        }

        @Test("With as many generations draining as may, a deploy is refused with 75 and says what to do, or waits")
        func crowd() throws {
            let server = try Server(
                workers: 1, settings: "policies: { maxDraining: 1 }", manifest: "drain: { requests: \"5m\" }")
            let hung = try #require(try server.pids().first)
            try ProcessDescriptor(pid: hung).send(.stop)
            try server.deploy("v2")
            let refused = try server.deployd("deploy", "v1")
            #expect(refused.status == .exited(code: 75), "\(refused.errors)")
            for words in ["1 generation still drains", "wait with --wait, or raise `policies.maxDraining`"] {
                #expect(refused.errors.contains(words), "\(refused.errors)")
            }
            #expect(refused.output.contains("v2 still serves"), "\(refused.output)")
            let waiting = try server.begin("deploy", "v1", "--wait")
            try waiting.wait(forOutput: "1 generation still drains")
            #expect(try server.get("/version") == "v2\n")
            try ProcessDescriptor(pid: hung).send(.cont)
            #expect(try waiting.wait(upTo: .seconds(60)) == .exited(code: 0), "\(waiting.errors)")
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
        }

        @Test("Workers that are started together are written down together, before the first of them runs")
        func writtenTogether() throws {
            let server = try Server(workers: 20)
            let states = String(decoding: try Files.read("\(server.state)/state.json"), as: UTF8.self).split(
                separator: "\n")
            let spawning = states.filter { $0.contains("\"spawning\"") }
            #expect(spawning.count == 1, "\(spawning.count) of \(states.count) states have workers without a process")
            #expect(spawning.allSatisfy { !$0.contains("\"starting\"") })
            try server.finish()
        }

        @Test("What served last is served after a stop and a start")
        func startsWhatServedLast() throws {
            let server = try Server()
            try server.deploy("v2")
            try server.finish()
            try server.startAgain()
            #expect(try server.get("/version") == "v2\n")
            try server.finish()
        }
    }
}
