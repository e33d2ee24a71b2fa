import FoundationEssentials
import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("A job with a schedule")
    struct ScheduleTests {
        /// Writes down that it has begun, and goes on until there is a file that says that it may end.
        private static let script = """
            #!/bin/sh
            echo "$DEPLOYD_GENERATION $DEPLOYD_PROCESS" >> "$FILE"
            echo "a line of the job"
            while [ ! -e "$FILE.go" ]; do sleep 0.05; done
            """

        @Test("A time that passed is made up for once, and the run is known over a deploy, kills and an upgrade")
        func outlives() throws {
            let server = try Server(workers: 1, watch: "50ms") { releases in
                for name in ["one", "two"] {
                    let file = releases.directory.path("runs")
                    // (Once a year: none comes of itself while this runs, but for a moment of each.)
                    let job = "{ command: [\"./job\"], schedule: \"@yearly\", environment: { FILE: \"\(file)\" } }"
                    try releases.worker(
                        name, "--ready", "--body", "ok\\n", manifest: "watch: \"50ms\", processes: { tidy: \(job) }")
                    try releases.directory.write("releases/\(name)/job", Self.script, mode: 0o755)
                }
            }
            let runs = { (try? Files.read(server.directory.path("runs"))).map { String(decoding: $0, as: UTF8.self) } }
            try server.deploy("one")
            try wait(for: "the job to be known") { try server.status().jobs?.first?.next != nil }
            #expect(try server.status().jobs?.first?.last == [])
            try server.killMaster()
            try Self.setBack(server)
            try server.startAgain()
            try wait(for: "the run that was missed") { runs() == "2 tidy\n" }
            let pid = try #require(try server.status().jobs?.first?.run?.pid)

            try server.deploy("two")
            try server.killMaster(andKeeper: true)
            try Self.setBack(server)
            try server.startAgain()
            try wait(for: "the time to be skipped") {
                try server.status().jobs?.first?.last.first?.outcome == "skipped"
            }
            #expect(try server.deployd("upgrade").status == .exited(code: 0))
            #expect(try server.status().jobs?.first?.run?.pid == pid)
            #expect(runs() == "2 tidy\n")

            try server.directory.write("runs.go", "")
            try wait(for: "the end of the run") { try server.status().jobs?.first?.run == nil }
            #expect(try server.status().jobs?.first?.lastRun?.outcome == "unseen")
            #expect(try server.deployd("logs", "2", "--process", "tidy").output.contains("a line of the job"))
            try server.finish()
        }

        @Test("A run that failed is a problem until one succeeds, and a stop ends what runs")
        func failure() throws {
            let server = try Server(workers: 1, watch: "50ms") { releases in
                let job = "{ command: [\"sh\", \"-c\", \"exit 3\"], schedule: \"@yearly\" }"
                let slow = "{ command: [\"sleep\", \"1000\"], schedule: \"@yearly\", drain: { requests: \"1ms\" } }"
                try releases.worker(
                    "one", "--ready", "--body", "ok\\n",
                    manifest: "watch: \"50ms\", processes: { job: \(job), slow: \(slow) }")
            }
            try server.deploy("one")
            try wait(for: "the jobs to be known") { try server.status().jobs?.count == 2 }
            #expect(try server.deployd("stop").status == .exited(code: 0))
            _ = try server.master.wait()
            try Self.setBack(server)
            try server.startAgain()
            try wait(for: "the run to fail") { try server.status().jobs?.first?.lastRun?.outcome == "failed" }
            let problem = try server.status().problems.first { $0.what.contains("the last run of job") }
            #expect(problem?.what.contains("exited with code 3") == true, "\(String(describing: problem))")
            let slow = try #require(try server.status().jobs?.last?.run?.pid)
            try server.finish()
            #expect(ProcessStatus(of: Int32(slow)) == nil)
        }

        /// Has the jobs be seen to up to two years ago only, as if no master had been there since.
        private static func setBack(_ server: Server) throws {
            let path = "\(server.state)/state.json"
            let lines = String(decoding: try Files.read(path), as: UTF8.self).split(separator: "\n")
            let last = try #require(lines.last)
            let pattern = "\"settled\":"
            var rest = last[...]
            var changed = ""
            while let found = rest.firstRange(of: pattern) {
                changed += rest[..<found.upperBound]
                rest = rest[found.upperBound...]
                let digits = rest.prefix { $0.isNumber }
                changed += "\((Int(digits) ?? 0) - 2 * 366 * 86400)"
                rest = rest[digits.endIndex...]
            }
            try Files.replace(path, with: Array("\(changed)\(rest)\n".utf8))
        }
    }
}
