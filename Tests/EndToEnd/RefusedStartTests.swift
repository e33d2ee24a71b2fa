import Linux
import TestSupport
import Testing

extension EndToEnd {
    /// Sites with which no master begins. `check` and `start` look at the same, at the first start and at every later one.
    @Suite("A start that is refused")
    struct RefusedStartTests {
        /// What is wrong with a site, and words of how that is told.
        struct Mistake: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let found: String
            /// `BUSY` in it is an address that another program has.
            var listen = "127.0.0.1:0"
            var settings = ""
            var manifest = "command: [\"site\"]"
            var prepare: @Sendable (TemporaryDirectory) throws -> Void = { _ in }

            static let all = [
                Mistake(
                    testDescription: "a person's file at a unix path", found: "something other than a socket at",
                    listen: "unix:web.sock", prepare: { try $0.write("web.sock", "mine\n") }),
                Mistake(
                    testDescription: "no folder for a unix socket", found: "no directory", listen: "unix:run/web.sock"),
                Mistake(testDescription: "a busy address", found: "in use by another program", listen: "BUSY"),
                Mistake(
                    testDescription: "a foreign address", found: "which is not an address of this machine",
                    listen: "192.0.2.1:80"),
                Mistake(
                    testDescription: "no such group", found: "found \"nosuchgroup\", expected a group",
                    settings: "controlGroup: \"nosuchgroup\""),
                Mistake(
                    testDescription: "no such user", found: "found \"nosuchuser\", expected a user",
                    settings: "user: \"nosuchuser\""),
                Mistake(
                    testDescription: "no such program", found: "no program \"nosuchprogram\"",
                    manifest: "command: [\"nosuchprogram\"]"),
                Mistake(
                    testDescription: "a file in the place of current",
                    found: "found a file, expected a link or nothing",
                    prepare: { try $0.write("current", "mine\n") }),
                Mistake(
                    testDescription: "a state that others may write to", found: "chmod go-w",
                    prepare: { scratch in
                        try Files.makeDirectory(scratch.path("state"))
                        try Files.setMode(scratch.path("state"), 0o777)
                    }),
            ]
        }

        private func site(
            _ scratch: TemporaryDirectory, listen: String = "127.0.0.1:0", settings: String = "",
            manifest: String = "command: [\"site\"]"
        ) throws {
            try scratch.write("deployd.json", "{ listen: [\"\(listen)\"], state: \"state\", \(settings) }\n")
            try scratch.write("releases/v1/release.json", "{ \(manifest) }\n")
            try scratch.write("releases/v1/site", "#!/bin/sh\nexit 1\n", mode: 0o755)
        }

        private func deployd(
            _ verb: String, _ scratch: TemporaryDirectory, program: String? = nil, behind prefix: [String] = []
        ) throws -> Child.Finished {
            let program = try program ?? Products.path("deployd")
            return try Child.run(prefix + [program, verb, "--config", scratch.path("deployd.json")])
        }

        /// Requires that `check` and `start` both say `found`, in the same words, and that the start is nobody's to repeat.
        private func expectRefused(
            _ scratch: TemporaryDirectory, _ found: String, program: String? = nil, behind prefix: [String] = [],
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let check = try deployd("check", scratch, program: program, behind: prefix)
            #expect(check.status == .exited(code: 1), "\(check.errors)", sourceLocation: sourceLocation)
            #expect(check.errors.contains(found), "\(check.errors)", sourceLocation: sourceLocation)
            let start = try deployd("start", scratch, program: program, behind: prefix)
            #expect(start.status == .exited(code: 78), "\(start.errors)", sourceLocation: sourceLocation)
            #expect(start.errors == check.errors, sourceLocation: sourceLocation)
        }

        @Test(
            "is told what check tells, and changes nothing; also where a master was before", arguments: Mistake.all,
            [false, true])
        func table(_ mistake: Mistake, wasStarted: Bool) throws {
            let scratch = try TemporaryDirectory()
            let holder = try Socket.stream(.v4)
            try holder.bind(.v4(.loopback, port: 0))
            try holder.listen(backlog: 1)
            if wasStarted {
                try site(scratch)
                let first = try deployd("start", scratch)
                #expect(first.status == .exited(code: 1), "\(first.errors)")
                try #require(Files.kind(scratch.path("state/lock")) == .file)
            }
            let listen = mistake.listen.replacing("BUSY", with: "\(try holder.localAddress())")
            try site(scratch, listen: listen, settings: mistake.settings, manifest: mistake.manifest)
            try mistake.prepare(scratch)
            let before = try Files.list(scratch.path)
            try expectRefused(scratch, mistake.found)
            #expect(try Files.list(scratch.path) == before)
            for name in ["web.sock", "current"] where before.contains(name) {
                #expect(String(decoding: try Files.read(scratch.path(name)), as: UTF8.self) == "mine\n")
            }
        }

        @Test("since its state directory is on a disk that can only be read", arguments: [false, true])
        func readOnlyDisk(wasStarted: Bool) throws {
            let scratch = try TemporaryDirectory()
            try site(scratch)
            try Files.makeDirectory(scratch.path("state"), mode: 0o700)
            if wasStarted { _ = try deployd("start", scratch) }
            // The mount ends with each command's own namespace.
            let script = """
                mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"
                """
            guard ThisProcess.uid == 0, Program.find("unshare") != nil else {
                return skipped("readOnlyDisk", because: "a mount needs root, and unshare")
            }
            try expectRefused(
                scratch, "state: found \(scratch.path("state")): Read-only file system, expected a directory",
                behind: [try Program.path("unshare"), "--mount", "sh", "-c", script, "sh", scratch.path("state")])
        }

        @Test("since its user may not write to the state directory")
        func forbiddenState() throws {
            let scratch = try TemporaryDirectory()
            try site(scratch)
            let state = scratch.path("state")
            try Files.makeDirectory(state, mode: 0o500)
            let found = "state: found \(state): Permission denied, expected a directory in which this user may write"
            guard ThisProcess.uid == 0 else { return try expectRefused(scratch, found) }
            // Root may write everywhere: so another user, who may not reach our own program.
            let program = scratch.path("program")
            try Repository.copy(try Products.path("deployd"), to: program)
            try Child.expect([try Program.path("chown"), "-R", "65534:65534", scratch.path])
            try expectRefused(
                scratch, found, program: program,
                behind: [try Program.path("setpriv"), "--reuid", "65534", "--regid", "65534", "--clear-groups"])
        }

        @Test("since limits of a generation cannot be kept", arguments: [false, true])
        func limits(wasStarted: Bool) throws {
            let scratch = try TemporaryDirectory()
            try site(scratch)
            if wasStarted { _ = try deployd("start", scratch) }
            try site(
                scratch,
                manifest: "command: [\"site\"], limits: { generation: { memory: \"64M\", tasks: 50, cpu: \"50%\" } }")
            // Where generations can have groups of their own, the tree of groups is hidden; for an ordinary user it is read-only.
            let script = "mount -t tmpfs none /sys/fs/cgroup && exec \"$@\""
            let hidden = [try Program.path("unshare"), "--mount", "sh", "-c", script, "sh"]
            let isPossible = try deployd("check", scratch).status == .exited(code: 0)
            try expectRefused(
                scratch, "releases/v1/release.json: limits.generation: found ", behind: isPossible ? hidden : [])
        }

        @Test("since another deployd has the address, which is named by its file, and is not to be killed by its pids")
        func otherDeployd() throws {
            let server = try Server(workers: 1)
            let scratch = try TemporaryDirectory()
            try site(scratch, listen: try server.address())
            let file = server.directory.path("deployd.json")
            try expectRefused(
                scratch,
                "another deployd (of \(file), sockets in \(server.state)) has it: if you mean that site: "
                    + "`deployd status --config \(file)`; `deployd stop --config \(file)` ends"
            )
            #expect(try !deployd("check", scratch).errors.contains("pid "))
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
        }

        @Test("since the state directory is another user's: he is to start it, and no file of it is to be given away")
        func othersState() throws {
            guard ThisProcess.uid == 0 else { return skipped("othersState", because: "another user needs root") }
            let scratch = try TemporaryDirectory()
            try site(scratch)
            _ = try deployd("start", scratch)
            try #require(Files.kind(scratch.path("state/lock")) == .file)
            // Root may write everywhere: so another user, who may not reach our own program.
            let program = scratch.path("program")
            try Repository.copy(try Products.path("deployd"), to: program)
            let other = [try Program.path("setpriv"), "--reuid", "65534", "--regid", "65534", "--clear-groups"]
            let file = scratch.path("deployd.json")
            let start = try Child.run(other + [program, "start", "--config", file])
            #expect(start.status == .exited(code: 78))
            let words = "it belongs to user \"root\": `sudo deployd start --config"
            #expect(start.errors.contains(words), "\(start.errors)")
            #expect(!start.errors.contains("chown"), "\(start.errors)")
            for verb in ["status", "stop"] {
                let finished = try Child.run(other + [program, verb, "--config", file])
                #expect(finished.status == .exited(code: 69), "\(finished.errors)")
                #expect(finished.errors.contains("start it with `sudo deployd start --config"), "\(finished.errors)")
            }
        }

        @Test("since another program has the port of the defaults: no file is named that is not there")
        func busyDefault() throws {
            let scratch = try TemporaryDirectory()
            try site(scratch)
            try Files.unlink(scratch.path("deployd.json"))
            let unshare = [try Program.path("unshare"), "--net"]
            guard ThisProcess.uid == 0, Files.kind("/etc/deployd/deployd.json") == nil,
                try Child.run(unshare + ["true"]).status == .exited(code: 0)
            else { return skipped("busyDefault", because: "a network of its own needs root") }
            let source = """
                import socket, subprocess, sys
                holder = socket.socket()
                holder.bind(("", 8080))
                holder.listen()
                sys.exit(subprocess.run(sys.argv[2:], cwd=sys.argv[1]).returncode)
                """
            for (verb, code) in [("check", 1), ("start", 78)] {
                let words = try Program.python(source, scratch.path, try Products.path("deployd"), verb)
                let finished = try Child.run(unshare + words)
                #expect(finished.status == .exited(code: code), "\(verb)")
                let first = finished.errors.split(separator: "\n").first ?? ""
                #expect(
                    first.hasPrefix(
                        "deployd: the defaults (there is no deployd.json): listen[0]: found \"127.0.0.1:8080\" in use"),
                    "\(verb): \(finished.errors)")
            }
            #expect(try Files.list(scratch.path) == ["releases"])
        }
    }
}
