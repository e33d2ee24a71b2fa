import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Kinds of processes in a generation")
    struct ProcessTests {
        /// Two web workers that answer with what the app says, two of the app, and a job.
        private static func manifest(_ body: String, app: String = "workers: 2, socket: \"listen\"") -> String {
            """
            { command: ["tier", "web"], watch: "50ms",
              processes: { app: { command: ["tier", "app", "\(body)\\n"], \(app) }, jobs: ["tier", "job"] } }
            """
        }

        private static func write(_ releases: Server.Releases, _ name: String, _ manifest: String) throws {
            try releases.directory.write("releases/\(name)/release.json", manifest)
            try Repository.copy(
                Repository.fixture("tier"), to: releases.directory.path("releases/\(name)/tier"))
        }

        private static func pids(_ server: Server, _ process: String) throws -> [Int32] {
            let report = try server.status()
            let serving = try #require(report.generations.first { $0.number == report.serving })
            return serving.workers.filter { $0.process == process }.compactMap { $0.pid.map(Int32.init) }
        }

        @Test("No request fails over ten deploys, and the app goes behind the web workers that need it")
        func deploys() throws {
            let server = try Server(releases: { releases in
                try Self.write(releases, "one", Self.manifest("one"))
                try Self.write(releases, "two", Self.manifest("two"))
            })
            try server.deploy("one")
            try server.waitUntilDrained()
            let load = try Load(.close, at: try server.address(), connections: 8, bodies: ["one\\n", "two\\n"])
            for number in 1...10 { try server.deploy(number % 2 == 1 ? "two" : "one") }
            let report = try load.end()
            report.expectPerfect("ten deploys of several kinds of processes")
            #expect(report.epochs.count == 11)
            try server.waitUntilDrained()
            for generation in 2...11 { try expectOrder(try said(in: generation, server)) }
            #expect(
                try Files.list(server.state).filter { $0.hasSuffix(".sock") && $0.hasPrefix("g") } == ["g12-app.sock"])
            let scaled = try server.deployd("scale", "1")
            #expect(
                scaled.output.hasPrefix(
                    "of the web workers: the number of app, jobs is set in the release's `processes`\nscale to 1: done"),
                "\(scaled.output)")
            try server.finish()
            try waitUntilRemoved(server)
            try expectOrder(try said(in: 12, server))
        }

        /// What the processes of a generation said, all kinds together, in the order in which they did.
        private func said(in generation: Int, _ server: Server) throws -> [String] {
            let lines = try ["web", "app", "jobs"].flatMap { kind in
                try server.log(generation, process: kind == "web" ? nil : kind).split(separator: "\n")
            }
            return lines.sorted { Int($0.prefix { $0 != " " }) ?? 0 < Int($1.prefix { $0 != " " }) ?? 0 }
                .map { String($0.drop { $0 != " " }.dropFirst()) }
        }

        /// The job goes with the web workers, the app behind all of them.
        private func expectOrder(_ lines: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
            let log = lines.joined(separator: "\n")
            func place(_ line: String) throws -> Int {
                try #require(lines.firstIndex(of: line), "\(line): \(log)", sourceLocation: sourceLocation)
            }
            let gone = try ["web.1 goes", "web.2 goes", "jobs.1 goes"].map(place).max() ?? 0
            for app in ["app.1", "app.2"] {
                #expect(try place("\(app) is told to drain") > gone, "\(log)", sourceLocation: sourceLocation)
                #expect(try place("\(app) goes") > gone, "\(log)", sourceLocation: sourceLocation)
            }
        }

        @Test("A killed process of the app is replaced at the same socket, also by the next master")
        func respawns() throws {
            let server = try Server(releases: { try Self.write($0, "one", Self.manifest("one")) })
            try server.deploy("one")
            let socket = try #require(try Files.list(server.state).first { $0.hasSuffix("-app.sock") })
            let inode = try Files.status("\(server.state)/\(socket)").inode
            try kill(try Self.pids(server, "app").prefix(1), of: server)
            #expect(try server.get("/") == "one\n")
            try server.killMaster()
            try server.startAgain()
            try kill(try Self.pids(server, "app")[...], of: server)
            // Whoever comes meanwhile waits in the socket's queue.
            #expect(try server.get("/") == "one\n")
            #expect(try Files.status("\(server.state)/\(socket)").inode == inode)
            // One that says READY=1 while nobody listens ends.
            try wait(for: "processes that are up") {
                try server.status().generations.flatMap(\.workers).allSatisfy { $0.state == "ready" }
            }
            let pids = try Self.pids(server, "app")
            try server.killMaster(andKeeper: true)
            try server.startAgain()
            let now = try Self.pids(server, "app")
            #expect(now == pids, "the app's processes have its socket, and go on: \(server.master.errors)")
            #expect(try server.get("/") == "one\n")
            #expect(try Files.status("\(server.state)/\(socket)").inode == inode)
            let upgrade = try server.deployd("upgrade")
            #expect(upgrade.status == .exited(code: 0), "\(upgrade.errors)")
            try kill(try Self.pids(server, "app")[...], of: server)
            #expect(try server.get("/") == "one\n")
            #expect(try Files.status("\(server.state)/\(socket)").inode == inode)
            try server.finish()
        }

        private func kill(_ pids: ArraySlice<Int32>, of server: Server) throws {
            #expect(!pids.isEmpty)
            for pid in pids { _ = try ProcessDescriptor(pid: pid).send(.kill) }
            try wait(for: "other processes of the app", upTo: .seconds(60)) {
                let now = try Self.pids(server, "app")
                return now.count == 2 && pids.allSatisfy { !now.contains($0) }
            }
        }

        @Test(
            "A program may make its socket itself, at a path or a port of its generation's",
            arguments: ["path", "port"])
        func ownSockets(socket: String) throws {
            let server = try Server(releases: {
                try Self.write($0, "one", Self.manifest("one", app: "socket: \"\(socket)\", readiness: \"notify\""))
                try Self.write($0, "two", Self.manifest("two", app: "socket: \"\(socket)\", readiness: \"notify\""))
            })
            try server.deploy("one")
            let load = try Load(.close, at: try server.address(), connections: 4, bodies: ["one\\n", "two\\n"])
            try server.deploy("two")
            try server.waitUntilDrained()
            try load.end().expectPerfect("a deploy beside another's socket")
            let pid = try #require(try Self.pids(server, "app").first)
            _ = try ProcessDescriptor(pid: pid).send(.kill)
            try wait(for: "the app to answer again", upTo: .seconds(60)) {
                let finished = try Child.run([
                    try Program.path("curl"), "--silent", "--fail", "http://\(try server.address())/",
                ])
                return finished.output == "two\n"
            }
            try server.finish()
            try waitUntilRemoved(server)
        }

        /// A helper process takes away what the processes had in the state directory, and may need longer than the master.
        private func waitUntilRemoved(_ server: Server) throws {
            try wait(for: "the directories of generations to be gone") {
                try Files.list(server.state).filter { $0.hasPrefix("g") } == []
            }
        }

        @Test("A kind that crashes in the boot fails the deploy, and what serves goes on")
        func fails() throws {
            let server = try Server(releases: {
                try Self.write(
                    $0, "bad",
                    Self.manifest("bad", app: "socket: \"listen\"").replacing("\"job\"", with: "\"none\"")
                        .replacing("50ms", with: "5s"))
            })
            let failed = try server.deployd("deploy", "bad")
            #expect(failed.status == .exited(code: 1))
            #expect((failed.output + failed.errors).contains("worker jobs.1"), "\(failed.output)\(failed.errors)")
            #expect(try server.status().serving == 1)
            try server.finish()
        }
    }
}
