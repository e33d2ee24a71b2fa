import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Requests in flight at a deploy")
    struct DrainTests {
        private func slowRequest(_ milliseconds: Int, of server: Server) throws -> Child {
            let before = try requestsInFlight(server)
            let request = try Child([
                try Program.path("curl"), "--silent", "--fail",
                "http://\(try server.address())/slow?ms=\(milliseconds)",
            ])
            try wait(for: "the slow request to arrive") { try requestsInFlight(server) > before }
            return request
        }

        private func requestsInFlight(_ server: Server) throws -> Int {
            let report = try server.status()
            return report.generations.first { $0.number == report.serving }?.scoreboard?.inFlight ?? 0
        }

        @Test("They complete, several generations drain at once, and no deploy waits for them")
        func complete() throws {
            let server = try Server()
            let first = try slowRequest(20_000, of: server)
            try server.deploy("v2")
            let second = try slowRequest(20_000, of: server)
            try server.deploy("v1")
            try server.deploy("v2")
            #expect(try first.status() == nil, "three deploys are over, and the first request still is in flight")
            #expect(try server.status().generations.count >= 3)
            for request in [first, second] {
                #expect(try request.wait(upTo: .seconds(60)) == .exited(code: 0))
                #expect(request.output == "waited 20000 ms\n")
            }
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("The drain's deadline ends one that takes longer, and the next deploy does not wait for that either")
        func deadline() throws {
            let server = try Server(manifest: "drain: { requests: \"2s\" }")
            let request = try slowRequest(60000, of: server)
            try server.deploy("v2")
            try server.deploy("v1")
            #expect(try request.status() == nil)
            try server.waitUntilDrained()
            #expect(try request.wait() != .exited(code: 0))
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
        }

        @Test("SIGTERM to the master drains: the request in flight completes, then all is gone")
        func term() throws {
            let server = try Server()
            let request = try slowRequest(1500, of: server)
            try server.master.send(.term)
            #expect(try request.wait() == .exited(code: 0))
            #expect(try server.master.wait() == .exited(code: 0))
            #expect(try server.workersLeft() == [])
        }
    }
}
