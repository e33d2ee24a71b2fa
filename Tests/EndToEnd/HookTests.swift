import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Hooks")
    struct HookTests {
        /// A release `next` whose hooks are these lines of shell; `more` are further keys of the before hook.
        private func server(
            before: String? = nil, more: String = "", after: String? = nil, failure: String? = nil
        ) throws -> Server {
            try Server { releases in
                var hooks: [String] = []
                for (name, script) in [("before", before), ("after", after), ("failure", failure)] {
                    guard let script else { continue }
                    try releases.directory.write("releases/next/\(name).sh", script + "\n")
                    hooks.append(
                        "\(name): { command: [\"sh\", \"\(name).sh\"], \(name == "before" ? more : "") }")
                }
                try releases.worker(
                    "next", "--ready",
                    manifest: "watch: \"50ms\", hooks: { \(hooks.joined(separator: ", ")) }")
            }
        }

        /// The processes that were started by hooks of this server.
        private func hooksLeft(_ server: Server) throws -> [Int32] {
            try server.workersLeft().filter { pid in
                let environment = try? Files.read("/proc/\(pid)/environ")
                return environment?.split(separator: 0).contains { $0.starts(with: Array("DEPLOYD_HOOK=".utf8)) }
                    ?? false
            }
        }

        private func mark(_ server: Server, _ name: String) -> String { server.directory.path("releases/next/\(name)") }

        private func waitForMark(_ server: Server, _ name: String) throws {
            let path = mark(server, name)
            try wait(for: name, upTo: .seconds(60)) { Files.kind(path) != nil }
        }

        @Test("before and after run as a worker would, are told of the deploy, and are shown as they come")
        func runs() throws {
            let server = try server(
                before: "env > env; pwd; id -u; echo tables altered",
                after: "echo $DEPLOYD_HOOK of $DEPLOYD_VERB: $DEPLOYD_OUTCOME")
            let deploy = try server.deployd("deploy", "next")
            #expect(deploy.status == .exited(code: 0), "\(deploy.errors)")
            for line in ["before hook", "| tables altered", "| \(mark(server, "").dropLast())", "after hook"] {
                #expect(deploy.output.contains(line), "\(deploy.output)")
            }
            #expect(deploy.output.contains("| after of deploy: committed"), "\(deploy.output)")
            #expect(try server.log(2).contains("[before] tables altered\n"))
            #expect(try server.log(2).contains("[after] after of deploy: committed\n"))
            let variables = String(decoding: try Files.read(mark(server, "env")), as: UTF8.self)
                .split(separator: "\n").map(String.init)
            for variable in [
                "DEPLOYD_HOOK=before", "DEPLOYD_VERB=deploy", "DEPLOYD_GENERATION=2", "DEPLOYD_PREVIOUS_GENERATION=1",
                "DEPLOYD_RELEASE=\(mark(server, "").dropLast())",
                "DEPLOYD_PREVIOUS_RELEASE=\(server.directory.path("releases/v1"))",
            ] { #expect(variables.contains(variable), "\(variable) is not in \(variables)") }
            #expect(!variables.contains { $0.hasPrefix("LISTEN_") || $0.hasPrefix("NOTIFY_SOCKET") })
            #expect(try server.history().last?.steps.first?.name == "before hook")
            #expect(try Files.list(server.directory.path("state/logs")).allSatisfy { $0.hasSuffix(".log") })
            try server.finish()
        }

        @Test("a hook may be another user than the workers")
        func user() throws {
            guard ThisProcess.uid == 0 else { return skipped("user", because: "another user needs root") }
            let server = try server(before: "echo $(id -un) at $HOME", more: "user: \"www-data\"", after: "id -un")
            let deploy = try server.deployd("deploy", "next")
            let account = try #require(UserAccount.find("www-data"))
            // Its own home, or one that it can write to.
            let homes = [account.home, "\(server.state)/home/\(account.uid)"]
            #expect(
                homes.contains { deploy.output.contains("| www-data at \($0)\n") }, "\(deploy.output)\(deploy.errors)")
            #expect(deploy.output.contains("| root"), "\(deploy.output)")
            try server.finish()
        }

        @Test("a before hook that fails fails the deploy with its output, and the failure hook is told why")
        func fails() throws {
            let server = try server(
                before: "echo no room left >&2; exit 3",
                failure: "echo told: $DEPLOYD_OUTCOME: $DEPLOYD_REASON")
            let pids = try server.pids()
            let deploy = try server.deployd("deploy", "next")
            #expect(deploy.status == .exited(code: 1))
            #expect(deploy.errors.contains("the before hook exited with code 3"), "\(deploy.errors)")
            #expect(deploy.output.contains("| no room left"), "\(deploy.output)")
            #expect(
                deploy.output.contains("| told: failed: the before hook exited with code 3"), "\(deploy.output)")
            #expect(deploy.output.contains("v1 still serves"), "\(deploy.output)")
            #expect(try server.pids() == pids)
            #expect(try server.history().last?.reason == "the before hook exited with code 3")
            try server.finish()
        }

        @Test("a before hook that takes too long is ended with all that it started")
        func timesOut() throws {
            let server = try server(before: "sleep 1000 & echo waiting for a lock; wait", more: "timeout: \"200ms\"")
            let deploy = try server.deployd("deploy", "next")
            #expect(deploy.status == .exited(code: 1))
            #expect(
                deploy.errors.contains("the before hook did not finish within 200 ms, and was terminated"),
                "\(deploy.errors)")
            #expect(deploy.output.contains("| waiting for a lock"), "\(deploy.output)")
            #expect(try hooksLeft(server) == [])
            try server.finish()
        }

        @Test("Ctrl-C ends the before hook and cancels the deploy")
        func cancels() throws {
            let server = try server(before: "sleep 1000 & touch begun; wait")
            let deploy = try server.begin("deploy", "next")
            try waitForMark(server, "begun")
            #expect(try hooksLeft(server).count == 2)
            try deploy.send(.int)
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 1), "\(deploy.errors)")
            #expect((deploy.output + deploy.errors).contains("cancelled"), "\(deploy.output)\(deploy.errors)")
            #expect(try hooksLeft(server) == [])
            #expect(try server.history().last?.outcome == .cancelled)
            try server.finish()
        }

        @Test("a master that is killed during a before hook is followed by one that ends it before anything else")
        func masterDies() throws {
            // The second run would find the first one's lock, were it still there.
            let server = try server(
                before: "mkdir running || exit 9; trap 'rmdir running; exit 1' TERM; touch begun; "
                    + "while [ ! -e go ]; do sleep 0.1; done; rmdir running")
            let deploy = try server.begin("deploy", "next")
            try waitForMark(server, "begun")
            try server.killMaster()
            _ = try deploy.wait(upTo: .seconds(60))
            #expect(try hooksLeft(server).isEmpty == false)
            try server.startAgain()
            try wait(for: "the deploy to be given up", upTo: .seconds(60)) {
                try server.history().last?.reason == "the master died before the cut-over"
            }
            #expect(try hooksLeft(server) == [])
            try server.directory.write("releases/next/go", "")
            try server.deploy("next")
            #expect(try server.history().last?.outcome == .committed)
            try server.finish()
        }

        @Test("a before hook that prints more than fits is read while it prints, and what it printed takes little room")
        func loud() throws {
            let server = try Server(settings: "policies: { logs: { limit: \"64K\" } }") { releases in
                try releases.directory.write(
                    "releases/next/before.sh",
                    "yes 'a line' | head -c 64M; touch begun; while [ ! -e go ]; do sleep 0.1; done\n")
                try releases.worker(
                    "next", "--ready",
                    manifest: "watch: \"50ms\", hooks: { before: { command: [\"sh\", \"before.sh\"] } }")
            }
            let deploy = try server.begin("deploy", "next")
            try waitForMark(server, "begun")
            // It prints no more, and does not end: who looks only at its end would leave all of it there.
            try wait(for: "what was printed to be read", upTo: .seconds(60)) {
                try Files.status("\(server.state)/logs/2.before").size < 9 << 20
            }
            #expect(try server.status().serving == 1)
            try server.directory.write("releases/next/go", "")
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 0), "\(deploy.errors)")
            let sizes = try Files.list("\(server.state)/logs").map {
                try Files.status("\(server.state)/logs/\($0)").size
            }
            #expect(sizes.reduce(0, +) < 1 << 20, "\(sizes)")
            try server.finish()
        }

        @Test("an after hook that fails is told and recorded, and the deploy stays committed")
        func afterFails() throws {
            let server = try server(after: "echo cannot purge; exit 4")
            let deploy = try server.deployd("deploy", "next")
            #expect(deploy.status == .exited(code: 0), "\(deploy.errors)")
            #expect(deploy.output.contains("note: generation 2: the after hook exited with code 4"), "\(deploy.output)")
            #expect(try server.history().map(\.outcome) == [.committed, .committed, .hookFailed])
            #expect(try server.status().lastDeploy?.outcome == .committed)
            #expect(try server.status().serving == 2)
            try server.finish()
        }
    }
}
