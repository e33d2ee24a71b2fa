import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Before and beside a deploy")
    struct DryRunTests {
        @Test("A dry run says what would be done, also of an archive, fails as the deploy would, and leaves nothing")
        func dryRun() throws {
            try Program.require("tar")
            let server = try Server(manifest: "hooks: { before: [\"true\"] }")
            let releases = server.directory.path("releases")
            let archive = server.directory.path("app.tar.gz")
            try Child.expect(["tar", "-czf", archive, "-C", releases, "v2"])
            let history = try Files.read("\(server.state)/history.jsonl")
            let before = try Files.list(releases).sorted()
            for release in ["v2", archive] {
                let told = try server.deployd("deploy", "--dry-run", release)
                #expect(told.status == .exited(code: 0), "\(told.errors)")
                let name = Paths.name(release)
                #expect(
                    told.output.hasPrefix("\(name) could be deployed; v1 serves (generation 1)\n"), "\(told.output)")
                for line in [
                    "  web        2 processes: site-v2\n", "  hooks      before: true\n", "nothing was changed\n",
                ] {
                    #expect(told.output.contains(line), "\(told.output)")
                }
            }
            for (name, code) in [("v2", 1), ("../v9", 64)] as [(String, Int)] {
                let told = try server.deployd("deploy", "--dry-run", archive, "--name", name)
                #expect(told.status == .exited(code: code) && !told.errors.isEmpty, "\(told.output)\(told.errors)")
            }
            // Paths that lead out are looked at from the place that the release would have.
            try server.directory.write("shared/s.txt", "s")
            try server.directory.write("out/p/index.html", "x")
            try server.directory.write("out/release.json", "{ web: { files: \"p\", follow: [\"../../shared\"] } }")
            try Files.replaceLink(server.directory.path("out/p/s.txt"), target: "../../../shared/s.txt")
            try Child.expect(["tar", "-czf", archive, "-C", server.directory.path("out"), "."])
            let outward = try server.deployd("deploy", "--dry-run", archive)
            #expect(outward.status == .exited(code: 0), "\(outward.errors)")
            #expect(outward.output.contains("deployd's web server"), "\(outward.output)")
            try server.directory.write("bad/release.json", "{ command: [\"nosuch\"] }")
            try Child.expect(["tar", "-czf", archive, "-C", server.directory.path("bad"), "."])
            let refused = try server.deployd("deploy", "--dry-run", archive)
            #expect(refused.status == .exited(code: 1))
            #expect(
                refused.errors.hasPrefix("deployd: app.tar.gz/release.json: command[0]: found no program \"nosuch\""),
                "\(refused.errors)")
            #expect(try server.deployd("deploy", "--dry-run", "v9").status == .exited(code: 1))
            #expect(try server.deployd("deploy", "--dry-run", "--json", "v2").status == .exited(code: 64))
            #expect(try Files.list(releases).sorted() == before)
            #expect(try Files.read("\(server.state)/history.jsonl") == history)
            #expect(try server.status().serving == 1)
            try server.finish()
        }

        @Test("What is said of a deploy is in the history, the status and the list of releases, also after a kill")
        func message() throws {
            let server = try Server(watch: "60s")
            let deploy = try server.begin("deploy", "v2", "-m", "Fix\nthe cart")
            try wait(for: "the watch") { try server.status().deployment?.step == .watching }
            #expect(try server.status().deployment?.message == "Fix the cart")
            try server.killMaster()
            _ = try deploy.wait()
            try server.startAgain()
            #expect(try server.status().deployment?.message == "Fix the cart")
            #expect(try server.deployd("rollback").status == .exited(code: 0))
            try wait(for: "the end of the deploy") { try server.status().deployment == nil }
            #expect(try server.status().lastDeploy?.message == "Fix the cart")
            #expect(try server.deployd("history").output.contains("\"Fix the cart\""))
            try server.finish()
        }
    }
}
