import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("A site that was copied with its state")
    struct CopiedSiteTests {
        private func deployd(_ verb: String, in site: TemporaryDirectory) throws -> Child.Finished {
            try Child.run([try Products.path("deployd"), verb, "--config", site.path("deployd.json")])
        }

        /// What the verbs say of the copy, and that they change nothing in it.
        private func expectRefusal(_ copy: TemporaryDirectory, _ words: String) throws {
            let names = try Files.list(copy.path("state"))
            let state = try Files.read(copy.path("state/state.json"))
            for (verb, code) in [("check", 1), ("start", 78), ("status", 69), ("stop", 69)] {
                let finished = try deployd(verb, in: copy)
                #expect(finished.status == .exited(code: code), "\(verb): \(finished.output)\(finished.errors)")
                #expect(finished.errors.contains(words), "\(verb): \(finished.errors)")
                #expect(!finished.errors.contains("kill"), "\(verb): \(finished.errors)")
            }
            #expect(try Files.list(copy.path("state")) == names)
            #expect(try Files.read(copy.path("state/state.json")) == state)
        }

        @Test("It is refused while the original lives, whose workers it leaves alone, and begins anew later")
        func copied() throws {
            let server = try Server()
            try server.deploy("v2")
            try server.waitUntilDrained()
            let pids = try server.pids()
            let copy = try TemporaryDirectory()
            try Child.expect([try Program.path("cp"), "-a", "\(server.directory.path)/.", copy.path])
            let original = "a copy of \(server.state), whose "
            try expectRefusal(copy, "\(original)master (pid \(server.master.pid)) runs")
            #expect(try server.pids() == pids)
            #expect(try server.get("/version") == "v2\n")
            try server.killMaster()
            try expectRefusal(copy, "\(original)workers (pid")
            try server.startAgain()
            #expect(try server.pids() == pids)
            try server.finish()

            let check = try deployd("check", in: copy)
            #expect(check.status == .exited(code: 0), "\(check.errors)")
            try expectOwnReleases(in: copy)
        }

        @Test("One that was moved as a whole goes on with what it has, and rolls back to it")
        func moved() throws {
            let server = try Server()
            try server.deploy("v2")
            try server.finish()
            let place = try TemporaryDirectory()
            try Files.removeTree(place.path)
            try Files.rename(server.directory.path, to: place.path)
            try expectOwnReleases(in: place)
            #expect(
                !String(decoding: try Files.read(place.path("state/history.jsonl")), as: UTF8.self).contains(
                    server.directory.path))
        }

        /// Starts the site, goes back to v1, and starts it again without its state: it never serves another's files.
        private func expectOwnReleases(in site: TemporaryDirectory) throws {
            for (release, verb) in [("v2", "rollback"), ("v1", nil)] {
                let master = try Child([try Products.path("deployd"), "start", "--config", site.path("deployd.json")])
                try wait(for: "the site to serve", upTo: .seconds(60)) {
                    if let ended = try master.status() {
                        throw StartFailed(description: "the master \(ended): \(master.errors)")
                    }
                    return try deployd("status", in: site).output.contains("\(release) serves")
                }
                if let verb {
                    let done = try deployd(verb, in: site)
                    #expect(done.status == .exited(code: 0), "\(done.output)\(done.errors)")
                }
                let report =
                    String(
                        decoding: try Files.read(site.path("state/state.json")), as: UTF8.self
                    ).split(separator: "\n").last ?? ""
                #expect(report.replacing("\\/", with: "/").contains("\"\(site.path("releases/v1"))\""), "\(report)")
                let stop = try deployd("stop", in: site)
                #expect(stop.status == .exited(code: 0), "\(stop.errors)")
                #expect(try master.wait() == .exited(code: 0), "\(master.errors)")
                try Files.unlink(site.path("state/state.json"))
            }
        }
    }
}
