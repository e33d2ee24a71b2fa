import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("The releases on the disk")
    struct ReleaseDiskTests {
        private static func names(_ server: Server) throws -> [String] {
            try Files.list(server.directory.path("releases"))
        }

        @Test("No release is removed unasked; with `keep` the oldest goes, and deploy and history say so")
        func prunes() throws {
            let server = try Server { releases in
                try releases.worker("v3", "--ready")
                try releases.worker("v4", "--ready")
            }
            for name in ["v2", "v3"] { try server.deploy(name) }
            #expect(try Self.names(server) == ["v1", "v2", "v3", "v4"])
            try server.configure("keep: 1")
            #expect(try server.deployd("reload").status == .exited(code: 0))
            // What runs leads into v2, which is no more than what runs itself.
            try Files.replaceLink(server.directory.path("releases/v4/data"), target: "../v2/public")
            let deploy = try server.deployd("deploy", "v4")
            let note = "note: to be removed, if nothing uses them: v1, v2 (`keep` in deployd.json is 1)"
            #expect(deploy.output.contains(note), "\(deploy.output)")
            try wait(for: "the record") { try server.history().last?.outcome == .pruned }
            let record = try #require(try server.history().last)
            #expect(record.removed == [server.directory.path("releases/v1")])
            #expect(record.reason == "removed v1 (`keep` is 1); v2 stays: v4 uses it (data)")
            #expect(try Self.names(server) == ["v2", "v3", "v4"])
            #expect(try server.deployd("history").output.contains("removed v1"))
            let back = try server.deployd("rollback", "v1")
            #expect(back.errors.contains("it was pruned"), "\(back.errors)")
            #expect(back.errors.contains("has v2, v3, v4"), "\(back.errors)")
            // Nothing but v2 is old now, and v4 uses it still.
            try server.waitUntilDrained()
            let again = try server.deployd("restart")
            #expect(again.output.contains("note: to be removed, if nothing uses it: v2 ("), "\(again.output)")
            try wait(for: "the record") { try server.history().last?.outcome == .notRemoved }
            let kept = try #require(try server.history().last)
            #expect(kept.removed == nil)
            #expect(kept.reason == "v2 stays: v4 uses it (data)")
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("Nothing is removed in a work tree, and the deploy says why")
        func workTree() throws {
            let server = try Server(settings: "keep: 1") { releases in
                try releases.worker("v3", "--ready")
                try Files.makeDirectory(releases.directory.path(".git"))
            }
            try server.deploy("v2")
            let deploy = try server.deployd("deploy", "v3")
            #expect(
                deploy.output.contains("v1 is old (`keep` is 1) and is kept: it is in the work tree"),
                "\(deploy.output)")
            #expect(try Self.names(server) == ["v1", "v2", "v3"])
            try server.waitUntilDrained()
            try server.finish()
        }

        /// A release as the removing process is told of it: deployed just now.
        private static func deployed(_ path: String) throws -> [String] {
            let identity = try #require(DirectoryIdentity(at: path))
            let now = "\(WallClock.now().microseconds)"
            return ["\(identity)", now, now, path]
        }

        @Test("A directory that somebody has put in the place of an old release stays, and deploy says so")
        func keepsAnother() throws {
            let server = try Server(settings: "keep: 2") { releases in
                for name in ["v3", "v4"] { try releases.worker(name, "--ready") }
            }
            try server.deploy("v2")
            try server.waitUntilDrained()
            let old = server.directory.path("releases/v1")
            try Files.rename(old, to: "\(old).old")
            try server.directory.write("releases/v1/IMPORTANT", "notes")
            for name in ["v3", "v4"] {
                let deploy = try server.deployd("deploy", name)
                #expect(deploy.status == .exited(code: 0), "\(deploy.errors)")
                let words = "v1 is old (`keep` is 2) and is kept: it is not the directory that was deployed"
                #expect(deploy.output.contains(words), "\(deploy.output)")
                try server.waitUntilDrained()
            }
            // What is what it was goes.
            try wait(for: "the record") { try server.history().last?.outcome == .pruned }
            #expect(try server.history().last?.removed == [server.directory.path("releases/v2")])
            #expect(try Self.names(server) == ["v1", "v1.old", "v3", "v4"])
            #expect(try Files.list(old) == ["IMPORTANT"])
            // Who serves is known to the next master too.
            let commits = try server.history().filter { $0.outcome == .committed }
            #expect(commits.allSatisfy { $0.directory != nil })
            try server.finish()
        }

        @Test("A directory that has taken the name when the removal is under way stays")
        func keepsLateComer() throws {
            let scratch = try TemporaryDirectory()
            for name in ["v1", "v2"] { try scratch.write("releases/\(name)/file", "") }
            let releases = scratch.path("releases")
            let old = try ["v1", "v2"].flatMap { try Self.deployed("\(releases)/\($0)") }
            try Files.rename("\(releases)/v1", to: "\(releases)/v1.old")
            try scratch.write("releases/v1/IMPORTANT", "notes")
            let finished = try Child.run(
                [try Products.path("deployd"), "__prune", releases, scratch.path, "--"] + old)
            #expect(finished.status == .exited(code: 1))
            let reason = "it is not the directory that was deployed"
            #expect(
                finished.output == "kept\t\(releases)/v1\t\(reason)\nremoved\t\(releases)/v2\n", "\(finished.errors)")
            #expect(try Files.list(releases) == ["v1", "v1.old"])
            #expect(try Files.list("\(releases)/v1") == ["IMPORTANT"])
        }

        @Test("A start without the release that was committed last serves the one before it, and says so")
        func missing() throws {
            let server = try Server()
            try server.deploy("v2")
            try server.waitUntilDrained()
            try server.finish()
            try Files.removeTree(server.directory.path("releases/v2"))
            let check = try server.deployd("check")
            #expect(check.status == .exited(code: 0))
            #expect(check.errors.contains("v2, the release that was committed last, no longer exists"))
            try server.startAgain()
            #expect(try server.get("/version") == "v1\n")
            let problem = try #require(try server.status().problems.first)
            #expect(problem.what.contains("v2, the release that was committed last, no longer exists"))
            #expect(problem.advice.contains("deployd deploy RELEASE"))
            try server.deploy("v1")
            #expect(try server.status().problems == [])
            try server.finish(now: true)
            #expect(server.master.errors.contains("v2, the release that was committed last"))
        }

        @Test("A mount in an old release keeps it, a bind mount of the same file system too")
        func mounts() throws {
            guard ThisProcess.uid == 0 else {
                return skipped("EndToEnd.ReleaseDiskTests.mounts", because: "only root may mount")
            }
            let scratch = try TemporaryDirectory()
            for name in ["v1", "v2"] { try scratch.write("releases/\(name)/uploads/.keep", "") }
            try scratch.write("uploads/precious", "")
            let script = """
                mount --bind "$1/uploads" "$1/releases/v1/uploads" && shift && exec "$@"
                """
            let releases = scratch.path("releases")
            let old = try ["v1", "v2"].flatMap { try Self.deployed("\(releases)/\($0)") }
            let prune = [try Products.path("deployd"), "__prune", releases, scratch.path, "--"] + old
            let finished = try Child.run(
                [
                    try Program.path("unshare"), "--mount", "--propagation", "private", "sh", "-c", script, "sh",
                    scratch.path,
                ]
                    + prune)
            #expect(
                finished.output.contains("kept\t\(releases)/v1\tsomething is mounted at \(releases)/v1/uploads"))
            #expect(finished.output.contains("removed\t\(releases)/v2"))
            #expect(try Files.list(releases) == ["v1"])
            #expect(try Files.list(releases + "/v1") == ["uploads"])
            #expect(try Files.list(scratch.path("uploads")) == ["precious"])
        }
    }
}
