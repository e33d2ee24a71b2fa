import FoundationEssentials
import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Who the workers are")
    struct IdentityTests {
        /// What the fixture writes down of itself.
        struct Facts: Decodable {
            let uid: [UInt32]
            let gid: [UInt32]
            let groups: [UInt32]
            let umask: Int
            let limits: [String: [Int]]
            let directory: String
            let pid: Int
            let session: Int
            let environment: [String: String]
            let descriptors: [String: String]
            let nonBlockingStreams: [Int]
            let signals: [String: String]
        }

        private func facts(_ server: Server, generation: Int) throws -> Facts {
            let line = try #require(try server.log(generation).split(separator: "\n").first { $0.hasPrefix("{") })
            return try JSONDecoder().decode(Facts.self, from: Data(line.utf8))
        }

        @Test("A worker is the user that was asked for, with his groups, limits, environment, and nothing else open")
        func asked() throws {
            guard ThisProcess.uid == 0 else { return skipped("asked", because: "another user needs root") }
            let settings = """
                user: "www-data", umask: "027", limits: { files: 512, core: "0" }, environment: { TIER: "production" }
                """
            let server = try Server(workers: 1, settings: settings, ownProgram: true) { releases in
                try releases.worker("reporter", "--report", "--ready", "--body", "ok\\n")
            }
            try server.deploy("reporter")
            let account = try #require(UserAccount.find("www-data"))
            let facts = try facts(server, generation: 2)
            #expect(facts.uid == [account.uid, account.uid, account.uid])
            #expect(facts.gid == [account.gid, account.gid, account.gid])
            #expect(facts.groups == [account.gid])
            #expect(facts.umask == 0o027)
            #expect(facts.limits == ["RLIMIT_NOFILE": [512, 512], "RLIMIT_CORE": [0, 0]])
            #expect(facts.directory == server.directory.path("releases/reporter"))
            #expect(facts.session == facts.pid, "it leads a session of its own")
            #expect(facts.environment["TIER"] == "production")
            #expect(facts.environment["USER"] == "www-data")
            #expect(facts.environment["LISTEN_FDS"] == "1")
            #expect(facts.environment["LISTEN_FDNAMES"] == "web")
            #expect(facts.environment["LISTEN_PID"] == "\(facts.pid)")
            #expect(facts.environment["DEPLOYD_GENERATION"] == "2")
            // Input, output, errors, the lane, the control socket, the scoreboard, the hand-over socket.
            let numbers = facts.descriptors.keys.compactMap(Int.init).sorted()
            #expect(numbers == Array(0...6), "\(facts.descriptors)")
            #expect(facts.nonBlockingStreams == [])
            #expect(facts.signals["SigBlk"] == "0000000000000000")
            // A site by the same user serves as well.
            try server.deploy("v2")
            #expect(try server.get("/version") == "v2\n")
            try server.finish()
        }

        @Test("Who has no home that he can write to gets one, and may open his standard error anew")
        func homeless() throws {
            guard ThisProcess.uid == 0 else { return skipped("homeless", because: "another user needs root") }
            let settings = "user: \"nobody\", environment: { PATH: \"/usr/bin:/bin\" }"
            // Where the master's own files go, and this user's cannot.
            let elsewhere = try TemporaryDirectory()
            let variables = ["TMPDIR=\(elsewhere.path)"]
            let server = try Server(workers: 1, settings: settings, ownProgram: true, environment: variables) {
                releases in
                for (name, own) in [("homeless", ""), ("housed", ", environment: { HOME: \"/own\" }")] {
                    try releases.worker(name, manifest: "watch: \"50ms\"")
                    try releases.directory.write(
                        "releases/\(name)/release.json", "{ command: [\"./run\"], watch: \"50ms\" \(own) }")
                    try releases.directory.write(
                        "releases/\(name)/run",
                        """
                        #!/bin/sh
                        echo reopened >>/proc/self/fd/2
                        echo "home $HOME"
                        touch "$HOME/cache" && echo kept
                        echo "temporary $TMPDIR"
                        touch "$TMPDIR/upload" && echo spooled
                        exec ./worker --ready --body "ok\\n"
                        """, mode: 0o755)
                }
            }
            try server.deploy("homeless")
            let account = try #require(UserAccount.find("nobody"))
            let home = "\(server.state)/home/\(account.uid)"
            let log = try server.log(2).split(separator: "\n")
            #expect(log.prefix(3) == ["reopened", "home \(home)", "kept"], "\(log)")
            #expect(log.dropFirst(3).prefix(2) == ["temporary \(home)/tmp", "spooled"], "\(log)")
            #expect(try Files.list(elsewhere.path) == [])
            #expect(try Files.status(home).mode & 0o777 == 0o700)
            try server.deploy("housed")
            #expect(try server.log(3).contains("home /own\n"))
            try server.finish()
        }

        @Test("Another user is told whose the master's files are, and not that there are none")
        func stranger() throws {
            guard ThisProcess.uid == 0 else { return skipped("stranger", because: "another user needs root") }
            let server = try Server(ownProgram: true)
            let other = [try Program.path("setpriv"), "--reuid", "65534", "--regid", "65534", "--clear-groups"]
            for verb in [["logs"], ["logs", "1"], ["history"]] {
                let finished = try Child.run(other + server.command(verb))
                #expect(finished.status == .exited(code: 1))
                let said = finished.errors
                let file = server.directory.path("deployd.json")
                let advice = "`sudo deployd \(verb.joined(separator: " ")) --config \(file)`"
                let end = "Permission denied: run it as root or the master's user: \(advice)\n"
                #expect(said.hasSuffix(end), "\(said)")
                #expect(finished.output == "")
            }
            for verb in [["status"], ["deploy", "v2"], ["stop"], ["check", "v2"]] {
                let finished = try Child.run(other + server.command(verb))
                #expect(finished.status == .exited(code: 1))
                let words = "`sudo deployd \(verb.joined(separator: " ")) --config "
                #expect(
                    finished.errors.hasPrefix("deployd: permission to use \(server.state)/control.sock is missing: be ")
                        && finished.errors.contains(words), "\(finished.errors)")
            }
            // With every option: a dry run that root repeats is one, too.
            let dry = try Child.run(other + server.command(["deploy", "--dry-run", "-m", "a word", "v2"]))
            #expect(dry.errors.contains("`sudo deployd deploy --dry-run -m 'a word' v2 --config "), "\(dry.errors)")
            let start = try Child.run(other + server.command(["start"]))
            #expect(start.status == .exited(code: 78))
            #expect(start.errors.contains("state: found \(server.state): Permission denied"), "\(start.errors)")
            #expect(start.errors.contains("it belongs to user \"root\": `sudo deployd start"), "\(start.errors)")
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
        }

        @Test("The whole works as a user without privilege")
        func unprivileged() throws {
            guard ThisProcess.uid == 0 else { return skipped("unprivileged", because: "it is what runs this test") }
            let server = try Server(user: 65534) { releases in
                try releases.worker("reporter", "--report", "--ready", "--body", "ok\\n")
            }
            let load = try Load(.close, at: try server.address(), connections: 16)
            for release in ["v2", "v1"] { try server.deploy(release) }
            let report = try load.end()
            report.expectPerfect("as uid 65534")
            #expect(report.epochs == ["v1", "v2", "v1"])
            try server.deploy("reporter")
            #expect(try facts(server, generation: 4).uid == [65534, 65534, 65534])
            try server.finish()
        }
    }
}
