import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    /// A new release whose predecessor has no worker any more.
    @Suite("Whether there is a way back")
    struct WayBackTests {
        @Test("Who waits where nobody accepts is served at the cut-over, and nobody is sent back there")
        func nobodyReady() throws {
            let server = try Server(workers: 1) { releases in
                try releases.worker("next", "--ready", "--body", "v2\\n", manifest: "watch: \"10s\"")
            }
            // Its worker cannot be started again.
            try Files.removeTree(server.directory.path("releases/v1"))
            let victim = try #require(try server.pids().first)
            try ProcessDescriptor(pid: victim).send(.kill)
            try wait(for: "the worker to be gone") { try server.pids().isEmpty }
            let load = try Load(
                .close, at: try server.address(), connections: 1, bodies: [], extra: ["--timeout", "60s"])
            try wait(for: "the queue") {
                try (server.status().generations[0].lanes?[0].acceptQueue ?? 0) > 0
            }
            let deploy = try server.begin("deploy", "next")
            try wait(for: "the hand-over") { try (server.status().listeners[0].stragglers ?? 0) > 0 }
            let status = try server.status()
            #expect(status.deployment?.step == .watching)
            #expect(status.generations[0].reason == "no worker is ready, while generation 2 is watched")
            let rollback = try server.deployd("rollback")
            #expect(rollback.status != .exited(code: 0), "\(rollback.output)")
            #expect(rollback.errors.contains("no worker of generation 1 (v1) is ready"), "\(rollback.errors)")
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 0), "\(deploy.output)\(deploy.errors)")
            try load.end().expectPerfect("over a cut-over from a generation without a worker")
            try server.finish()
        }
    }
}
