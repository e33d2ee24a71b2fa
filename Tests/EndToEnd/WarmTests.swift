import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("A generation that stays warm after the commit of its successor")
    struct WarmTests {
        private static func state(of generation: Int, _ server: Server) throws -> GenerationState? {
            try server.status().generations.first { $0.number == generation }?.state
        }

        @Test("A roll-back leads back to it, its workers and kept connections, though masters are killed or upgraded")
        func goesBack() throws {
            let server = try Server(watch: "0", manifest: "warm: \"10m\"")
            let client = try KeptConnection(server.address())
            #expect(try client.get("/version").body == "v1\n")
            let workers = try server.status().generations.flatMap { $0.workers.map(\.pid) }
            try server.deploy("v2")
            try wait(for: "v2 to answer") { try client.get("/version").body == "v2\n" }
            let warm = try #require(try server.status().generations.first { $0.number == 1 })
            #expect(warm.state == .warm && warm.reason?.contains("kept for `deployd rollback`") == true)
            #expect(try server.deployd("upgrade").status == .exited(code: 0))
            #expect(try Self.state(of: 1, server) == .warm)
            try server.killMaster()
            try server.startAgain()
            #expect(try Self.state(of: 1, server) == .warm)
            let back = try server.deployd("rollback")
            #expect(back.status == .exited(code: 0), "\(back.errors)")
            #expect(!(back.output + back.errors).contains("booting"), "nothing is started")
            try wait(for: "v1 to answer") { try client.get("/version").body == "v1\n" }
            let serving = try #require(try server.status().generations.first { $0.number == 1 })
            #expect(serving.state == .serving && serving.workers.map(\.pid) == workers)
            try server.waitUntilDrained()
            let current = try Files.realPath(server.directory.path("current"))
            #expect(current == (try Files.realPath(server.directory.path("releases/v1"))))
            try server.finish(now: true)
        }

        @Test("The next deploy ends it, and without a ready worker in it the release is started anew")
        func ends() throws {
            let server = try Server(watch: "0", manifest: "warm: \"10m\"")
            try server.deploy("v2")
            try server.deploy("v2")
            try wait(for: "the first to go") { try Self.state(of: 1, server) == nil }
            #expect(try Self.state(of: 2, server) == .warm)
            let back = try server.deployd("rollback")
            #expect(back.status == .exited(code: 0), "\(back.errors)")
            #expect(try server.status().serving == 4, "v1 is started anew: what is warm is v2")
            try server.finish()
        }
    }
}
