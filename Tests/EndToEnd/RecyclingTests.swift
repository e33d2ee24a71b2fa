import Linux
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

        @Test("A worker is as large as all processes of its session: a child of its own makes it be replaced")
        func largeChild() throws {
            let limit = 48 << 20
            let server = try Server(workers: 1) { releases in
                try releases.worker("parent", manifest: "watch: \"50ms\"")
                try releases.directory.write(
                    "releases/parent/release.json",
                    "{ command: [\"./run\"], watch: \"50ms\", recycle: { memory: \"48M\", interval: \"100ms\" } }\n")
                try releases.directory.write(
                    "releases/parent/run",
                    """
                    #!/bin/sh
                    python3 -c 'x = b"x" * (64 << 20); import time; time.sleep(600)' &
                    exec ./worker --ready
                    """, mode: 0o755)
            }
            try server.deploy("parent")
            let first = try #require(try server.pids().first)
            var main = 0
            try wait(for: "the memory of a child in the status") {
                let workers = try server.status().generations.flatMap(\.workers)
                for worker in workers where (worker.residentBytes ?? 0) > limit {
                    guard let pid = worker.pid else { continue }
                    main = max(main, ObservedProcess(pid: Int32(pid)).residentBytes)
                    return true
                }
                return false
            }
            #expect(main < limit, "the main process alone is too large")
            try wait(for: "another worker", upTo: .seconds(60)) { try !server.pids().contains(first) }
            let replaced = try server.status().generations.flatMap(\.workers).compactMap(\.lastExit)
            #expect(replaced.contains { $0.contains("the limit is 48 MiB, and was replaced") }, "\(replaced)")
            try server.finish()
        }
    }
}
