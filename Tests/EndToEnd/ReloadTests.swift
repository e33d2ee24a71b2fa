import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("deployd reload")
    struct ReloadTests {
        @Test("goes by the new file, tells when each change counts, and no request fails")
        func applies() throws {
            let server = try Server()
            let before = try server.pids()
            let load = try Load(.keepalive, at: try server.address())
            try server.configure("workers: 3, keep: 2, environment: { TIER: \"silver\" }, policies: { maxQueued: 0 }")
            let finished = try server.deployd("reload")
            #expect(finished.status == .exited(code: 0), "\(finished.errors)")
            let file = server.directory.path("deployd.json")
            for line in [
                "workers: 2 → 3, from the next deploy on; `deployd restart --config \(file)` applies it now",
                "environment: TIER changed, from the next deploy on; `deployd restart --config \(file)` applies it now",
                "keep: all → 2, from now on", "policies.maxQueued: 16 → 0, from now on", "reload: done",
            ] {
                #expect(finished.output.contains(line), "\(finished.output)")
            }
            #expect(try server.pids() == before)
            #expect(try server.deployd("reload").output.contains("nothing has changed in"))
            #expect(try server.deployd("restart").status == .exited(code: 0))
            let pids = try server.pids()
            #expect(pids.count == 3)
            for pid in pids { #expect(try Self.environment(of: pid).contains("TIER=silver")) }
            try load.end().expectPerfect("a reload and a restart")
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("tells all mistakes at once, and changes nothing")
        func mistakes() throws {
            let server = try Server()
            let before = try server.pids()
            try server.configure("workers: 0, keeep: 3, user: \"nobody-of-this-name\", controlGroup: \"no-such-group\"")
            let refused = try server.deployd("reload")
            #expect(refused.status == .exited(code: 1))
            for words in ["workers: found 0", "keeep", "nobody-of-this-name", "no-such-group"] {
                #expect(refused.errors.contains(words), "\(refused.errors)")
            }
            try server.master.send(.hup)
            try wait(for: "the journal to tell of it", upTo: .seconds(60)) {
                server.master.errors.contains("SIGHUP from process")
                    && server.master.errors.occurrences(of: "reload: refused: ") >= 8
            }
            #expect(try server.pids() == before)
            // At 3 a.m. nobody remembers the reload of noon, nor does the one who deploys.
            let file = server.directory.path("deployd.json")
            let refusal = "\(file) as it is now was refused by a reload, and the former settings are in effect: "
            #expect(try server.status().problems.contains { $0.what.hasPrefix(refusal) })
            let deploy = try server.deployd("deploy", "v2")
            #expect(deploy.status == .exited(code: 0))
            #expect(deploy.output.contains(refusal) || deploy.errors.contains(refusal), "\(deploy.output)")
            try server.waitUntilDrained()
            // The file as it was: nothing of the broken one was kept.
            try server.configure("workers: 2")
            #expect(try server.status().problems == [])
            #expect(try server.deployd("reload").output.contains("nothing has changed in"))
            try server.finish()
        }

        @Test("is due, says status, when the file has changed or would be refused, and nobody asked for it")
        func due() throws {
            let server = try Server()
            let file = server.directory.path("deployd.json")
            #expect(try server.status().problems == [])
            try server.configure("workers: 3")
            let changed = "\(file) has changed since it was read (workers), and the former settings are in effect"
            #expect(try server.status().problems == [ProblemReport(changed, advice: "`deployd reload`")])
            try server.configure("workers: 0")
            let broken = "\(file) as it is now would be refused by a reload and by the next start"
            #expect(try server.status().problems.first?.what.hasPrefix(broken) == true)
            try server.configure("workers: 3")
            #expect(try server.deployd("reload").status == .exited(code: 0))
            #expect(try server.status().problems == [])
            try server.finish()
        }

        @Test("takes limits of generations only where the next restart can keep them")
        func limits() throws {
            let server = try Server()
            try server.configure("workers: 2, limits: { generation: { memory: \"1G\", tasks: 500, cpu: \"90%\" } }")
            let check = try server.deployd("check")
            let reload = try server.deployd("reload")
            #expect(check.status == reload.status, "beside a master they are the same: \(check.errors)\(reload.errors)")
            let restart = try server.deployd("restart")
            #expect(restart.status == .exited(code: 0), "new settings or old ones hold: \(restart.errors)")
            let group = ControlGroup.own()
            let controllers = (try? group?.words("cgroup.controllers")) ?? []
            let groups = try server.pids().compactMap { pid in
                String(decoding: try Files.read("/proc/\(pid)/cgroup"), as: UTF8.self).split(separator: "\n")
                    .first { $0.hasPrefix("0::/") }
            }
            if ["memory", "pids", "cpu"].allSatisfy(controllers.contains), reload.status == .exited(code: 0) {
                #expect(groups.allSatisfy { $0.contains("/deployd-") }, "what was taken is kept: \(groups)")
            } else {
                #expect(reload.status == .exited(code: 1), "\(reload.output)")
                #expect(reload.errors.contains("limits.generation: found "), "\(reload.errors)")
                #expect(try server.deployd("reload").status != .exited(code: 0), "it is not taken the second time")
            }
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("refuses what a running master cannot follow")
        func impossible() throws {
            let server = try Server()
            try server.directory.write(
                "deployd.json", "{ listen: [\"127.0.0.1:0\"], workers: 2, state: \"elsewhere\", keep: 1 }\n")
            try server.master.send(.hup)
            try wait(for: "the refusal", upTo: .seconds(60)) {
                server.master.errors.contains("state: found a change that a running master cannot apply")
            }
            try server.configure("workers: 2")
            #expect(try server.deployd("reload").output.contains("nothing has changed in"))
            try server.finish()
        }

        @Test("by SIGHUP does the same, and a killed master goes on with the new settings")
        func signal() throws {
            let server = try Server()
            try server.configure("workers: 1")
            try server.master.send(.hup)
            try wait(for: "the reload", upTo: .seconds(60)) {
                server.master.errors.contains("reload: completed: workers: 2 → 1")
            }
            let pids = try server.pids()
            try server.killMaster()
            try server.startAgain()
            #expect(try server.pids() == pids)
            #expect(try server.deployd("restart").status == .exited(code: 0))
            #expect(try server.pids().count == 1)
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("refuses what check refuses though a master has gone on with it, which has said so")
        func standing() throws {
            let server = try Server()
            try server.configure("workers: 2, group: \"no-such-group\"")
            try server.killMaster()
            try server.startAgain()
            let problem = "group: found \"no-such-group\", expected a group of this machine"
            try wait(for: "the journal to tell of it", upTo: .seconds(60)) {
                server.master.errors.contains("a restart of v1 would be refused: ")
            }
            #expect(server.master.errors.contains(problem), "\(server.master.errors)")
            let told = try server.status().problems.map(\.what)
            #expect(told.contains { $0.contains(problem) }, "\(told)")
            let refused = try server.deployd("reload")
            #expect(refused.status == .exited(code: 1), "\(refused.output)")
            #expect(refused.errors.contains(problem), "\(refused.errors)")
            // Other settings are taken, with a word on it.
            try server.configure("workers: 2, keep: 9, group: \"no-such-group\"")
            let taken = try server.deployd("reload")
            #expect(taken.output.contains("keep: all → 9, from now on"), "\(taken.output)\(taken.errors)")
            #expect(taken.output.contains("warning: a restart of what serves would be refused: "), "\(taken.output)")
            try server.configure("workers: 2, keep: 9")
            #expect(try server.deployd("reload").status == .exited(code: 0))
            #expect(try !server.status().problems.contains { $0.what.contains("would be refused") })
            try server.finish()
        }

        private static func environment(of pid: Int32) throws -> [String] {
            try Files.read("/proc/\(pid)/environ").split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
