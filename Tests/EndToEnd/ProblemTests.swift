import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    /// What an operator has to see at a glance.
    @Suite("The problems that status tells")
    struct ProblemTests {
        private func problems(_ server: Server) throws -> [String] { try server.status().problems.map(\.what) }

        @Test("A master that is stopped is named by every verb, with what to type")
        func stoppedMaster() throws {
            let server = try Server()
            try server.master.send(.stop)
            let pid = server.master.pid
            for verb in [["status"], ["scale", "2"]] {
                let finished = try Child.run(server.command(verb))
                #expect(finished.status == .exited(code: 1))
                #expect(finished.errors.contains("(pid \(pid)) is stopped"), "\(finished.errors)")
                #expect(finished.errors.contains("`kill -CONT \(pid)`"), "\(finished.errors)")
            }
            try server.master.send(.cont)
            try wait(for: "the workers that were asked for") { try server.pids().count == 2 }
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
