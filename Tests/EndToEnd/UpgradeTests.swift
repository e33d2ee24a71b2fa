import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("deployd upgrade")
    struct UpgradeTests {
        @Test("changes the program under the same pid, and no request fails", arguments: Load.Mode.allCases)
        func underLoad(_ mode: Load.Mode) throws {
            let server = try Server()
            let pids = try server.pids()
            let programs = [try server.copyProgram("one"), try server.copyProgram("two")]
            let load = try Load(mode, at: try server.address())
            for number in 0..<4 {
                let finished = try server.deployd("upgrade", programs[number % 2])
                #expect(finished.status == .exited(code: 0), "\(finished.errors)")
                #expect(finished.output.contains("runs as the master, pid \(server.master.pid)"))
                let status = try server.status()
                #expect(status.master.pid == Int(server.master.pid))
                #expect(status.master.program == programs[number % 2])
                #expect(status.master.upgradedSeconds != nil)
                #expect(status.lastDeploy?.verb == .deploy)
            }
            #expect(try server.pids() == pids)
            let history = try server.deployd("history").output
            #expect(history.occurrences(of: "upgraded") == 4, "\(history)")
            try server.deploy("v2")
            try load.end().expectPerfect("\(mode) over four upgrades")
            try server.waitUntilDrained()
            // The last one may be about to be reaped.
            try wait(for: "every child to be reaped") {
                try ObservedProcess(pid: server.master.pid).zombies == []
            }
            try server.finish()
        }

        @Test("takes what a package manager put in the place of the running program, also by SIGUSR2")
        func replacedFile() throws {
            let server = try Server(ownProgram: true)
            let program = try #require(try server.status().master.program)
            for way in ["verb", "signal"] {
                try Repository.copy(try Products.path("deployd"), to: "\(program).new")
                try Files.rename("\(program).new", to: program)
                #expect(try server.runningFile().hasSuffix("(deleted)"))
                if way == "verb" {
                    let finished = try server.deployd("upgrade")
                    #expect(finished.status == .exited(code: 0), "\(finished.errors)")
                } else {
                    try server.master.send(.usr2)
                }
                try wait(for: "the new file to run", upTo: .seconds(60)) { try server.runningFile() == program }
                try wait(for: "the new master") { try server.currentStatus() != nil }
            }
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
        }

        @Test("refuses a program that cannot go on, and changes nothing")
        func refusals() throws {
            let server = try Server()
            let before = try server.status()
            let load = try Load(.close, at: try server.address())
            for broken in try BrokenProgram.all(in: server.directory) {
                let finished = try server.deployd("upgrade", broken.path, "--timeout", broken.timeout)
                #expect(finished.status == .exited(code: 1), "\(broken.path): \(finished.output)")
                #expect(finished.errors.contains(broken.words), "\(broken.path): \(finished.errors)")
                let after = try server.status()
                #expect(after.master.program == before.master.program)
                #expect(after.master.pid == before.master.pid)
            }
            #expect(try server.pids() == before.generations.first?.workers.compactMap { $0.pid.map(Int32.init) })
            try load.end().expectPerfect("programs that were refused")
            try wait(for: "the trials to be reaped") {
                try ObservedProcess(pid: server.master.pid).zombies == []
            }
            try server.finish()
        }

        @Test("notices workers that died meanwhile")
        func deaths() throws {
            let server = try Server(workers: 3)
            let program = try server.copyProgram("one")
            for _ in 0..<3 {
                try wait(for: "all workers", upTo: .seconds(60)) { try server.pids().count == 3 }
                let victim = try #require(try server.pids().first)
                // The death and the wish reach the master together.
                try server.master.send(.stop)
                let upgrade = try server.begin("upgrade", program)
                _ = try ProcessDescriptor(pid: victim).send(.kill)
                try server.master.send(.cont)
                #expect(try upgrade.wait(upTo: .seconds(60)) == .exited(code: 0), "\(upgrade.errors)")
                try wait(for: "another worker", upTo: .seconds(60)) {
                    let pids = try server.pids()
                    return pids.count == 3 && !pids.contains(victim)
                }
            }
            try wait(for: "the dead to be reaped") { try ObservedProcess(pid: server.master.pid).zombies == [] }
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
        }

        @Test("waits for a deploy under way, or is refused")
        func busy() throws {
            let server = try Server(watch: "3s")
            let program = try server.copyProgram("one")
            let deploy = try server.begin("deploy", "v2")
            try wait(for: "the deploy to begin", until: { try server.currentStatus()?.deployment != nil })
            #expect(try server.deployd("upgrade", program).status == .exited(code: 75))
            let upgrade = try server.begin("upgrade", "--wait", program)
            #expect(try deploy.wait(upTo: .seconds(60)) == .exited(code: 0), "\(deploy.errors)")
            #expect(try upgrade.wait(upTo: .seconds(60)) == .exited(code: 0), "\(upgrade.errors)")
            let status = try server.status()
            #expect(status.master.program == program)
            #expect(status.serving == 2)
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("starts a keeper of its own where it finds one of another version, and takes what that one holds")
        func otherKeeper() throws {
            let server = try Server()
            let old = try #require(try server.keeper())
            let log = server.directory.path("keeper.log")
            // In the place of the keeper, as a later version might be: it holds nothing, and says so.
            let stranger = try Child(try Program.python(Self.strangeKeeper, "\(server.state)/keeper.sock", log))
            try wait(for: "the stranger to listen") { Files.kind(log) != nil }
            #expect(try server.deployd("upgrade", try server.copyProgram("one")).status == .exited(code: 0))
            #expect(try stranger.wait(upTo: .seconds(60)) == .exited(code: 0), "\(stranger.errors)")
            #expect(try Files.read(log) == Array("LIST=1 QUIT=1 ".utf8))
            _ = try ProcessDescriptor(pid: old).send(.kill)
            try wait(for: "another keeper", upTo: .seconds(60)) {
                try server.keeper().map { $0 != old } ?? false
            }
            let pids = try server.pids()
            try server.killMaster()
            try server.startAgain()
            #expect(try server.pids() == pids)
            #expect(try server.get("/version") == "v1\n")
            try server.finish()
        }

        /// Answers the questions of the keeper's protocol as another version, and writes down what it was asked. The name is
        /// never free, since the master would make it anew.
        private static let strangeKeeper = """
            import os, socket, sys
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            listener.bind(sys.argv[2] + ".sock")
            listener.listen()
            os.rename(sys.argv[2] + ".sock", sys.argv[1])
            log = open(sys.argv[2], "w")
            master, _ = listener.accept()
            while message := master.recv(4096):
                words = message.decode().split()
                log.write(" ".join(words) + " ")
                if "LIST=1" in words: master.send(b"END=7\\n")
                if "QUIT=1" in words: break
            """

        @Test("leaves a master that can be killed, and that goes on")
        func thenKilled() throws {
            let server = try Server()
            #expect(try server.deployd("upgrade", try server.copyProgram("one")).status == .exited(code: 0))
            let pids = try server.pids()
            try server.killMaster()
            try server.startAgain()
            #expect(try server.pids() == pids)
            try server.finish()
        }
    }
}
