import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    /// A release that cannot be deployed: its folder below Tests/Fixtures/broken, and what the command has to say of it.
    struct Broken: Sendable, CustomTestStringConvertible {
        let folder: String
        /// What the message must have in it.
        let cause: [String]
        /// A line of the worker that must be shown.
        var lastLine: String?
        var testDescription: String { folder }

        static let all = [
            Broken(folder: "no-manifest", cause: ["release.json"]),
            Broken(folder: "malformed", cause: ["release.json:5:1", "expected"]),
            Broken(folder: "command-missing", cause: ["wroker", "/usr/bin"]),
            Broken(folder: "not-executable", cause: ["site", "executable"]),
            Broken(folder: "exits-at-once", cause: ["exited with code 3"], lastLine: "no database at db1:3306"),
            Broken(folder: "exits-late", cause: ["exited with code 7"], lastLine: "migrating"),
            Broken(folder: "never-ready", cause: ["ready"], lastLine: "waiting for a lock"),
            Broken(folder: "answers-500", cause: ["500", "/healthz"], lastLine: "template not found"),
            Broken(folder: "never-answers", cause: ["/healthz"], lastLine: "listening"),
            Broken(
                folder: "crashes-in-watch", cause: ["exited with code 9"], lastLine: "out of luck: crashing now"),
        ]
    }

    @Suite("Broken releases under load")
    struct BrokenReleaseTests {
        @Test("Ten kinds of broken release fail by name and harm nobody", arguments: Broken.all)
        func broken(_ broken: Broken) throws {
            let server = try Server(settings: "policies: { readyTimeout: \"3s\" }") { releases in
                try releases.fixture("broken/\(broken.folder)", as: "bad")
            }
            let pids = try server.pids()
            let address = try server.address()
            let fresh = try Load(.close, at: address, connections: 16)
            let kept = try Load(.keepalive, at: address, connections: 16)

            let deploy = try server.deployd("deploy", "bad")
            #expect(deploy.status == .exited(code: 1), "\(deploy.output)\(deploy.errors)")
            for word in broken.cause { #expect(deploy.errors.contains(word), "\(deploy.errors)") }
            #expect(deploy.output.contains("v1 still serves"), "\(deploy.output)")
            if let line = broken.lastLine { #expect(deploy.output.contains("| \(line)"), "\(deploy.output)") }
            #expect(try server.pids() == pids, "the old workers are the same")
            #expect(try server.status().serving == 1)

            for (name, load) in [("close", fresh), ("keepalive", kept)] {
                let report = try load.end()
                report.expectPerfect("\(name) with \(broken.folder)")
                if broken.folder != "crashes-in-watch" { #expect(Set(report.epochs) == ["v1"]) }
            }
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("A manifest that is a pipe is refused, and the master neither waits for it nor is held up")
        func pipe() throws {
            let server = try Server { releases in
                try Files.makeDirectory(releases.directory.path("releases/bad"))
                try Child.expect([try Program.path("mkfifo"), releases.directory.path("releases/bad/release.json")])
            }
            for verb in ["deploy", "check"] {
                let refused = try server.deployd(verb, "bad")
                #expect(refused.status == .exited(code: 1), "\(verb): \(refused.errors)")
                #expect(refused.errors.contains("found a pipe, a socket or a device"), "\(verb): \(refused.errors)")
            }
            #expect(try server.status().serving == 1)
            try server.master.send(.term)
            try server.finishGone()
        }
    }
}
