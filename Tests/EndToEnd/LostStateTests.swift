import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    /// What a state file does not tell, the kernel does.
    @Suite("A state that is lost, or never heard of a worker")
    struct LostStateTests {
        private func fill(_ path: String) throws {
            let file = try Files.create(path)
            for count in [4096, 1] { while (try? file.writeAll([UInt8](repeating: 1, count: count))) != nil {} }
        }

        /// Puts a file system of a mebibyte in the place of the state directory while `body` runs.
        private func withFullState(
            _ listen: String, _ body: (Server, _ makeRoom: () throws -> Void) throws -> Void
        ) throws {
            let directory = try TemporaryDirectory()
            try Child.expect([
                try Program.path("mount"), "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", directory.path,
            ])
            defer { _ = try? Child.run([Program.path("umount"), "--lazy", directory.path]) }
            let server = try Server(listen: [listen], workers: 1, state: directory.path)
            let filler = directory.path("filler")
            try fill(filler)
            try body(server) { try Files.unlink(filler) }
        }

        @Test("On a full disk scale is refused, and nothing is begun")
        func scaleRefused() throws {
            guard ThisProcess.uid == 0 else { return skipped("scaleRefused", because: "a mount needs root") }
            try withFullState("127.0.0.1:0") { server, makeRoom in
                let pids = try server.pids()
                let refused = try server.deployd("scale", "2")
                #expect(refused.status == .exited(code: 1))
                for words in ["the state cannot be written", "No space left on device", "make room"] {
                    #expect(refused.errors.contains(words), "\(refused.errors)")
                }
                #expect(try server.pids() == pids)
                try makeRoom()
                let done = try server.deployd("scale", "2")
                #expect(done.status == .exited(code: 0), "\(done.errors)")
                #expect(try server.pids().count == 2)
                try server.finish()
            }
        }
    }
}
