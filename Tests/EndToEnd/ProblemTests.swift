import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    /// What an operator has to see at a glance.
    @Suite("The problems that status tells")
    struct ProblemTests {
        private func problems(_ server: Server) throws -> [String] { try server.status().problems.map(\.what) }

        @Test("Workers that take no connection, until they do")
        func hang() throws {
            let server = try Server()
            #expect(try problems(server) == [])
            let workers = try server.pids()
            let address = try server.address()
            Sessions.signal(.stop, to: workers)
            let request = try Child([try Program.path("curl"), "--silent", "--fail", "http://\(address)/version"])
            let words = "the workers of generation 1 (v1) hang, or are too few: 1 connection waits"
            try wait(for: "the problem") { try problems(server).contains { $0.hasPrefix(words) } }
            #expect(try server.deployd("status").output.contains("problem: \(words)"))
            Sessions.signal(.cont, to: workers)
            #expect(try request.wait() == .exited(code: 0))
            try wait(for: "no problem") { try problems(server) == [] }
            try server.finish()
        }

        @Test("A release that was taken away, before a worker misses it, and then that none is left")
        func missing() throws {
            let server = try Server(workers: 1)
            let release = server.directory.path("releases/v1")
            try Files.rename(release, to: "\(release).gone")
            let words =
                "\(release) is gone, from which generation 1 (v1) runs: a worker that exits cannot be restarted"
            try wait(for: "the problem") { try problems(server) == [words] }
            _ = try ProcessDescriptor(pid: try #require(try server.pids().first)).send(.kill)
            try wait(for: "that none is ready") {
                let words = "no worker of generation 1 (v1) is ready, so new connections wait: the last one could not"
                return try problems(server).contains { $0.hasPrefix(words) }
            }
            try Files.rename("\(release).gone", to: release)
            try wait(for: "no problem", upTo: .seconds(60)) { try problems(server) == [] }
            try server.finish()
        }

        @Test("A master that is stopped is named by every verb, with what to type")
        func stoppedMaster() throws {
            let server = try Server()
            try server.master.send(.stop)
            let pid = server.master.pid
            // Whether it had begun what was asked of it, nobody knows.
            for (verb, code) in [(["status"], 1), (["scale", "3"], 70), (["stop"], 70)] as [([String], Int)] {
                let finished = try Child.run(server.command(verb))
                #expect(finished.status == .exited(code: code))
                #expect(finished.errors.contains("(pid \(pid)) is stopped"), "\(finished.errors)")
                #expect(finished.errors.contains("`kill -CONT \(pid)`"), "\(finished.errors)")
            }
            try server.master.send(.cont)
            for verb in ["scale", "stop"] {
                try wait(for: "the `\(verb)` that nobody waits for any more") {
                    server.master.errors.contains("asked for `\(verb)`, and had left before it was read")
                }
            }
            #expect(try server.pids().count == 2)
            #expect(try server.deployd("scale", "3").status == .exited(code: 0))
            #expect(try server.pids().count == 3)
            try server.finish()
        }

        @Test("A limit for the size of files is nobody's end: the state file is begun anew below it")
        func fileSize() throws {
            let limit = 40_000
            let server = try Server(fileSize: limit)
            for release in ["v2", "v1", "v2", "v1"] {
                try server.deploy(release)
                try server.waitUntilDrained()
            }
            #expect(try Files.read("\(server.state)/state.json").count <= limit)
            #expect(try problems(server) == [])
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
        }

        @Test("A scale beyond what the master may open fails at once, says why, and leaves what was before")
        func scaleBeyondLimits() throws {
            let server = try Server(hardFiles: 64)
            let scale = try server.deployd("scale", "40")
            #expect(scale.status == .exited(code: 1))
            #expect(scale.errors.contains("could not be started"), "\(scale.errors)")
            #expect(scale.errors.contains("the master may have 64 open files"), "\(scale.errors)")
            try wait(for: "the number of before") { try server.pids().count == 2 }
            try wait(for: "no problem") { try problems(server) == [] }
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
        }

        @Test("Why an upgrade by SIGUSR2 was refused is in the journal, every line of it")
        func refusedUpgrade() throws {
            let server = try Server(ownProgram: true)
            let program = try #require(try server.status().master.program)
            try Files.rename(program, to: "\(program).old")
            try Files.replace(program, with: Array("#!/bin/sh\necho first reason\necho second reason\nexit 3\n".utf8))
            try Child.expect([try Program.path("chmod"), "755", program])
            try server.master.send(.usr2)
            let said = "upgrade to \(program): refused: "
            try wait(for: "the reason") { server.master.errors.contains("\(said)second reason") }
            #expect(server.master.errors.contains("\(said)first reason"))
            try Files.rename("\(program).old", to: program)
            try server.finish()
        }
    }
}
