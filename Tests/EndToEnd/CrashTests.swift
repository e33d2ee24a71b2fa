import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Workers that die")
    struct CrashTests {
        @Test("kill -9 of a worker harms only the requests in its hands, and it is respawned")
        func killed() throws {
            let server = try Server(workers: 4)
            let victim = try #require(try server.pids().first)
            let idleSockets = try ObservedProcess(pid: victim).socketCount
            let load = try Load(.close, at: try server.address(), bodies: ["v1\\n"])
            let process = try ProcessDescriptor(pid: victim)
            try wait(for: "some requests") { try (server.status().generations[0].scoreboard?.requests ?? 0) > 200 }
            // It stands still, so that what it has in its hands can be counted.
            try process.send(.stop)
            let observed = ObservedProcess(pid: victim)
            try wait(for: "the worker to stand still") { observed.state == "T" }
            let inItsHands = try observed.socketCount - idleSockets
            try process.send(.kill)
            try wait(for: "the respawn") {
                let pids = try server.pids()
                return pids.count == 4 && !pids.contains(victim)
            }
            let worker = try #require(try server.status().generations[0].workers.first)
            #expect(worker.restarts == 1)
            #expect(worker.lastExit?.contains("SIGKILL") == true, "\(worker)")
            let report = try load.end()
            let allowed: Set<String> = ["reset", "closedFresh", "closedReused", "truncated"]
            #expect(Set(report.failures.filter { $0.value > 0 }.keys).isSubset(of: allowed), "\(report.failures)")
            #expect(report.failed <= inItsHands, "only what was in the worker's hands")
            #expect(report.answered > report.failed)

            let after = try Load(.keepalive, at: try server.address(), bodies: ["v1\\n"])
            try server.deploy("v1")
            try after.end().expectPerfect("after the respawn")
            try server.finish()
        }

        @Test("Workers that end again and again are called a crash loop, with what to type")
        func crashLoop() throws {
            let policies = "policies: { respawn: { firstDelay: \"10ms\", longestDelay: \"50ms\" } }"
            let directory = try TemporaryDirectory()
            let manager = try ListeningManager(in: directory)
            let server = try Server(workers: 1, settings: policies, environment: manager.environment) { releases in
                try releases.worker(
                    "fragile", "--ready", "--body", "v2\\n", "--crash-after", "4", manifest: "watch: \"0\"")
            }
            try server.deploy("fragile")
            let address = try server.address()
            let crashing = try Load(.close, at: address, connections: 1)
            try wait(for: "the crash loop") { try server.status().generations.last?.crashLoop != nil }
            #expect(try server.status().problems.contains { $0.advice.contains("deployd rollback") })
            try manager.wait(
                forStatus: "; problem: the workers of generation 2 (fragile) keep crashing")
            _ = try crashing.end()
            #expect(try server.deployd("rollback").status == .exited(code: 0))
            #expect(try server.get("/version") == "v1\n")
            try manager.wait(forStatus: "generation 3 (v1) serves")
            try server.finish()
        }

        @Test("A worker that the kernel kills for want of memory is told from one that somebody kills")
        func outOfMemory() throws {
            guard let group = SmallGroup(bytes: 48 << 20) else {
                return skipped("outOfMemory", because: "no control group with a limit of memory can be made")
            }
            let server = try Server(workers: 1) { releases in
                try releases.worker("greedy")
                try releases.directory.write(
                    "releases/greedy/release.json", "{ command: [\"./run\"], watch: \"50ms\" }\n")
                try releases.directory.write(
                    "releases/greedy/run",
                    """
                    #!/usr/bin/env python3
                    import os, runpy, sys, threading, time

                    def eat():
                        while not os.path.exists("eat"):
                            time.sleep(0.01)
                        os.unlink("eat")
                        return b"x" * (128 << 20)

                    threading.Thread(target=eat, daemon=True).start()
                    sys.argv = ["worker", "--ready"]
                    runpy.run_path("worker", run_name="__main__")
                    """, mode: 0o755)
            }
            try server.deploy("greedy")
            func lastExit() throws -> String? { try server.status().generations.last?.workers.last?.lastExit }
            let first = try #require(try server.pids().first)
            try group.add(first)
            try server.directory.write("releases/greedy/eat", "")
            try wait(for: "the end of the first worker") { try lastExit() != nil }
            #expect(try lastExit()?.contains("was killed by the kernel: out of memory") == true)
            let second = try wait(for: "the second worker") { try server.pids().first { $0 != first } }
            try ProcessDescriptor(pid: second).send(.kill)
            try wait(for: "the end of the second worker") { try lastExit()?.contains("SIGKILL") == true }
            try server.finish()
        }
    }
}
