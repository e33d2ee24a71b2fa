import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Deploying an archive")
    struct ArchiveDeployTests {
        @Test("from a file and from standard input, under load; what is broken changes nothing")
        func archives() throws {
            try Program.require("tar")
            let server = try Server()
            let load = try Load(.keepalive, at: try server.address())
            let archive = server.directory.path("app.tar.gz")
            try Child.expect(["tar", "-czf", archive, "-C", server.directory.path("releases"), "v2"])
            let first = try server.deployd("deploy", archive, "--name", "one")
            #expect(first.status == .exited(code: 0), "\(first.errors)")
            #expect(first.errors.contains("unpacked as "))
            #expect(try server.status().lastDeploy?.release == "one")
            // (The command is the master's own: the release lies elsewhere now.)
            let words = server.command(["deploy", "-"]).map { "'\($0)'" }.joined(separator: " ")
            let piped = try Child.run(["/bin/sh", "-c", "\(words) < \(archive)"])
            #expect(piped.status == .exited(code: 0), "\(piped.errors)")
            let before = try Files.list(server.directory.path("releases")).sorted()
            let cut = try Child.run(["/bin/sh", "-c", "head -c 400 \(archive) | \(words)"])
            #expect(cut.status == .exited(code: 1) && cut.errors.contains("is not whole"), "\(cut.errors)")
            #expect(try Files.list(server.directory.path("releases")).sorted() == before)
            #expect(try server.deployd("deploy", "one", "--name", "two").errors.contains("--name is for an archive"))
            try load.end().expectPerfect("deploys of archives")
            try server.finish()
        }
    }
}
