import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("A job that must not overlap")
    struct JobTests {
        /// Takes a lock that only one may have, and says when it does not get it.
        private static let script = """
            #!/bin/sh
            mkdir "$LOCK" 2>/dev/null || { echo overlap >> "$LOCK.log"; exec sleep 100; }
            echo "$DEPLOYD_GENERATION" >> "$LOCK.log"
            trap 'rmdir "$LOCK"; exit 0' TERM
            while :; do sleep 0.05; done
            """

        @Test("One of each release runs at a time, over deploys, a roll-back in the watch, and a kill of the master")
        func alone() throws {
            let server = try Server(workers: 1, watch: "50ms") { releases in
                for (name, watch) in [("one", "50ms"), ("two", "50ms"), ("three", "60s")] {
                    let lock = releases.directory.path("lock")
                    let queue = "{ command: [\"./job\"], overlap: \"none\", environment: { LOCK: \"\(lock)\" } }"
                    try releases.worker(
                        name, "--ready", "--body", "ok\\n",
                        manifest: "watch: \"\(watch)\", processes: { queue: \(queue) }")
                    try releases.directory.write("releases/\(name)/job", Self.script, mode: 0o755)
                }
            }
            func expectJobs(_ lines: [String]) throws {
                let file = server.directory.path("lock.log")
                let wanted = lines.map { "\($0)\n" }.joined()
                try wait(for: "the jobs \(lines)") {
                    (try? Files.read(file)).map { String(decoding: $0, as: UTF8.self) == wanted } ?? false
                }
            }
            try server.deploy("one")
            try expectJobs(["2"])
            try server.deploy("two")
            try expectJobs(["2", "3"])
            try server.killMaster()
            try server.startAgain()
            let deploy = try server.begin("deploy", "three")
            try wait(for: "the watch") { try server.status().deployment?.step == .watching }
            #expect(
                try server.status().generations.first { $0.number == 4 }?.workers.contains { $0.process != nil }
                    == false)
            #expect(try server.deployd("rollback").status == .exited(code: 0))
            _ = try deploy.wait()
            try server.deploy("one")
            try expectJobs(["2", "3", "5"])
            try server.finish()
        }
    }
}
