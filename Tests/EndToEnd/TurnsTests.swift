import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("One deploy at a time")
    struct TurnsTests {
        /// A server whose release `slow` takes 1.5 s to boot.
        private func server() throws -> Server {
            try Server { releases in
                try releases.worker("slow", "--boot", "1.5", "--ready", "--body", "slow\\n", manifest: "watch: \"3s\"")
            }
        }

        private func waitForStep(_ step: StepName, on server: Server) throws {
            try wait(for: "the step \(step.rawValue)") { try server.status().deployment?.step == step }
        }

        @Test("A second deploy exits with 75, and with --wait has its turn after the first")
        func second() throws {
            let server = try server()
            let first = try server.begin("deploy", "slow")
            try waitForStep(.booting, on: server)
            let second = try server.deployd("deploy", "v2")
            #expect(second.status == .exited(code: 75))
            #expect(second.errors.contains("slow"), "\(second.errors)")
            let queued = try server.deployd("deploy", "v2", "--wait")
            #expect(queued.status == .exited(code: 0), "\(queued.errors)")
            #expect(try first.wait() == .exited(code: 0))
            #expect(try server.get("/version") == "v2\n")
            #expect(try server.history().map(\.to).map { $0.hasSuffix("/v2") } == [false, false, true])
            try server.finish()
        }

        @Test("Ctrl-C before the cut-over cancels: exit code 1, and the old pids serve")
        func cancel() throws {
            let server = try server()
            let pids = try server.pids()
            let deploy = try server.begin("deploy", "slow")
            try waitForStep(.booting, on: server)
            try deploy.send(.int)
            #expect(try deploy.wait() == .exited(code: 1))
            #expect((deploy.output + deploy.errors).contains("v1 still serves"), "\(deploy.output)\(deploy.errors)")
            #expect(try server.pids() == pids)
            try server.waitUntilDrained()
            #expect(try server.history().last?.outcome == .cancelled)
            try server.finish()
        }

        @Test("Ctrl-C after the cut-over detaches: exit code 0, and the deploy goes on to its commit")
        func detach() throws {
            let server = try server()
            let deploy = try server.begin("deploy", "slow")
            try waitForStep(.watching, on: server)
            try deploy.send(.int)
            #expect(try deploy.wait() == .exited(code: 0), "\(deploy.errors)")
            try wait(for: "the commit") { try server.history().last?.outcome == .committed }
            #expect(try server.get("/") == "slow\n")
            try server.finish()
        }

        @Test("A rollback in the watch is at once, and the old pids serve again")
        func rollbackInTheWatch() throws {
            let server = try server()
            let pids = try server.pids()
            let deploy = try server.begin("deploy", "slow")
            try waitForStep(.watching, on: server)
            let rollback = try server.deployd("rollback")
            #expect(rollback.status == .exited(code: 0), "\(rollback.output)\(rollback.errors)")
            #expect(try deploy.wait() == .exited(code: 1))
            #expect(try server.get("/version") == "v1\n")
            #expect(try server.pids() == pids)
            try server.finish()
        }

        @Test("A deploy that takes longer than --timeout is cancelled")
        func timeout() throws {
            let server = try server()
            let deploy = try server.deployd("deploy", "slow", "--timeout", "300ms")
            #expect(deploy.status == .exited(code: 1))
            #expect(deploy.errors.contains("--timeout"), "\(deploy.errors)")
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
        }
    }
}
