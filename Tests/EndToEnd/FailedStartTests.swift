import Linux
import TestSupport
import Testing

extension EndToEnd {
    /// A first release that does not come up, as systemd tries it again and again.
    @Suite("A start that fails")
    struct FailedStartTests {
        /// A site whose workers end with this code, or serve.
        private func site(_ scratch: TemporaryDirectory, code: Int?, settings: String = "") throws {
            try scratch.write(
                "deployd.json", "{ listen: [\"127.0.0.1:0\"], workers: 2, state: \"state\", \(settings) }\n")
            let arguments = code.map { ", \"--exit-after\", \"0\", \"--exit-code\", \"\($0)\"" } ?? ""
            try scratch.write(
                "releases/v1/release.json", "{ command: [\"worker\", \"--ready\"\(arguments)], watch: \"50ms\" }\n")
            guard Files.kind(scratch.path("releases/v1/worker")) == nil else { return }
            try Repository.copy(Repository.fixture("worker"), to: scratch.path("releases/v1/worker"))
        }

        private func command(_ scratch: TemporaryDirectory) throws -> [String] {
            [try Products.path("deployd"), "start", "--config", scratch.path("deployd.json")]
        }

        /// As a service manager's, that does not listen.
        private func service(_ scratch: TemporaryDirectory) -> [String] {
            ThisProcess.environment() + ["NOTIFY_SOCKET=\(scratch.path("nobody"))"]
        }

        private func count(_ scratch: TemporaryDirectory) -> String? {
            (try? Files.read(scratch.path("state/failed-starts"))).map { String(decoding: $0, as: UTF8.self) }
        }

        @Test("has one line in the history as long as the reason is the same, and may be tried again")
        func history() throws {
            let scratch = try TemporaryDirectory()
            for code in [3, 3, 3, 3, 4, 4] {
                try site(scratch, code: code)
                let start = try Child.run(try command(scratch))
                #expect(start.status == .exited(code: 1), "\(start.errors)")
                #expect(start.errors.contains("exited with code \(code)"), "\(start.errors)")
            }
            let text = String(decoding: try Files.read(scratch.path("state/history.jsonl")), as: UTF8.self)
            let lines = text.split(separator: "\n")
            #expect(lines.count == 2, "\(text)")
            #expect(lines.first?.contains("exited with code 3 ") == true, "\(text)")
            #expect(lines.last?.contains("exited with code 4 ") == true, "\(text)")
            #expect(count(scratch) == nil, "nobody tries it again, so nobody waits")
        }

        @Test("waits as a service before it ends, longer each time, unless somebody ends it; a good one forgets")
        func pauses() throws {
            let scratch = try TemporaryDirectory()
            let environment = service(scratch)
            try site(scratch, code: 3)
            let said = [(1, "start: failed; it is retried"), (2, "start: failed 2 times in a row; it is retried")]
            for (failures, often) in said {
                let start = try Child.run(try command(scratch), environment: environment)
                #expect(start.status == .exited(code: 1))
                #expect(start.errors.contains(often), "\(start.errors)")
                #expect(count(scratch) == "\(failures)")
            }
            // So far on it would wait for a minute, which a person does not.
            try scratch.write("state/failed-starts", "20")
            for (failures, signal) in [(21, Signal.term), (22, Signal.usr1)] {
                let start = try Child(try command(scratch), environment: environment)
                try wait(for: "the pause") { start.errors.contains("failed \(failures) times in a row") }
                try start.send(signal)
                #expect(try start.wait() == .exited(code: 1), "\(start.errors)")
            }
            // What a person has to mend is not tried again, and not waited for.
            try site(scratch, code: 3, settings: "controlGroup: \"nosuchgroup\"")
            let mistaken = try Child.run(try command(scratch), environment: environment)
            #expect(mistaken.status == .exited(code: 78), "\(mistaken.errors)")
            #expect(!mistaken.errors.contains("in a row"), "\(mistaken.errors)")
            #expect(count(scratch) == "22")
            try site(scratch, code: nil)
            let good = try Child(try command(scratch), environment: environment)
            try wait(for: "the first generation to be committed") {
                if let ended = try good.status() { throw StartFailed(description: "\(ended): \(good.errors)") }
                return count(scratch) == nil
            }
            try good.send(.term)
            #expect(try good.wait() == .exited(code: 0), "\(good.errors)")
        }
    }
}
