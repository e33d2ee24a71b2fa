import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Recycling")
    struct RecyclingTests {
        @Test(
            "A worker that is too old or too large is replaced, and no request is lost",
            arguments: ["age: \"1s\"", "memory: \"1M\", interval: \"100ms\""])
        func replaces(limit: String) throws {
            let server = try Server(manifest: "recycle: { \(limit) }")
            let load = try Load(.close, at: try server.address(), connections: 8)
            let pids = Set(try server.pids())
            try wait(for: "both workers to be replaced", upTo: .seconds(120)) {
                pids.isDisjoint(with: try server.pids())
            }
            let report = try load.end()
            report.expectPerfect(limit)
            let worker = try #require(try server.status().generations.last?.workers.last)
            #expect(worker.lastExit?.contains("was replaced") == true, "\(worker)")
            try server.finish()
        }
    }
}
