import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    /// What befalls the machine: full disks, no descriptors, no memory, files that go. Users must not notice, the message
    /// must name the cause, and when it is over the next deploy succeeds.
    @Suite("A machine in trouble")
    struct ForceTests {
        /// Requires that a deploy of v2 fails for `cause`, that v1 serves on, and that it succeeds after `cured`.
        private func expectRefused(
            _ server: Server, because cause: [String], cured: () throws -> Void
        ) throws {
            let loads = try [Load.Mode.close, .keepalive].map { try Load($0, at: try server.address(), connections: 8) }
            let pids = try server.pids()
            let deploy = try server.deployd("deploy", "v2")
            let said = deploy.output + deploy.errors
            #expect(deploy.status == .exited(code: 1), "\(said)")
            for word in cause { #expect(said.contains(word), "\(said)") }
            #expect(said.contains("v1 still serves"), "\(said)")
            #expect(try server.get("/version") == "v1\n")
            try cured()
            #expect(try server.pids() == pids)
            try server.deploy("v2")
            for load in loads { try load.end().expectPerfect("before and after \(cause)") }
            #expect(try server.get("/version") == "v2\n")
        }

        /// Puts a file system of a mebibyte in the place of the state directory while `body` runs.
        private func withSmallState(
            environment: [String] = [], _ body: (Server, _ state: String) throws -> Void
        ) throws {
            let directory = try TemporaryDirectory()
            try Child.expect([
                try Program.path("mount"), "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", directory.path,
            ])
            defer { _ = try? Child.run([Program.path("umount"), "--lazy", directory.path]) }
            let server = try Server(state: directory.path, environment: environment)
            try body(server, directory.path)
            try server.finish()
        }

        @Test("The state's disk is full")
        func diskFull() throws {
            guard ThisProcess.uid == 0 else { return skipped("diskFull", because: "a mount needs root") }
            try withSmallState { server, state in
                try fill("\(state)/filler")
                try expectRefused(server, because: ["No space left on device", "state.json"]) {
                    try Files.unlink("\(state)/filler")
                }
            }
        }

        @Test("Workers that die while the state's disk is full are followed by others that serve")
        func respawnOnFullDisk() throws {
            guard ThisProcess.uid == 0 else { return skipped("respawnOnFullDisk", because: "a mount needs root") }
            let directory = try TemporaryDirectory()
            let manager = try ListeningManager(in: directory)
            try withSmallState(environment: manager.environment) { server, state in
                let victims = try server.pids()
                try fill("\(state)/filler")
                for victim in victims { try ProcessDescriptor(pid: victim).send(.kill) }
                try wait(for: "other workers") {
                    let pids = try server.pids()
                    return pids.count == victims.count && Set(pids).isDisjoint(with: victims)
                }
                #expect(try server.get("/version") == "v1\n")
                #expect(try server.status().problems.contains { $0.what.contains("No space left on device") })
                let reason = "write \(state)/state.json: No space left on device"
                try manager.wait(forStatus: "; problem: the state cannot be written: \(reason)")
                try Files.unlink("\(state)/filler")
                try wait(for: "the state to be written again") { try server.status().problems == [] }
            }
        }

        private func fill(_ path: String) throws {
            let file = try Files.create(path)
            while (try? file.writeAll([UInt8](repeating: 1, count: 4096))) != nil {}
        }

        @Test("The state directory can only be read")
        func readOnly() throws {
            guard ThisProcess.uid == 0 else { return skipped("readOnly", because: "a mount needs root") }
            try withSmallState { server, state in
                let mount = try Program.path("mount")
                // The state file is open for writing, which forbids a remount; so another mount covers the first.
                try Child.expect([mount, "--bind", state, state])
                defer { _ = try? Child.run([Program.path("umount"), "--lazy", state]) }
                try Child.expect([mount, "-o", "remount,bind,ro", state])
                try expectRefused(server, because: ["Read-only file system"]) {
                    try Child.expect([mount, "-o", "remount,bind,rw", state])
                }
            }
        }

        @Test("The master may open no more descriptors")
        func noDescriptors() throws {
            let server = try Server()
            let open = try ObservedProcess(pid: server.master.pid).descriptorCount
            // Some are left for the client that asks, and none for lanes and workers.
            let most = open + 2
            try limit(server, "nofile", "\(most)")
            let cause = ["Too many open files", "the master may have \(most) open files"]
            try expectRefused(server, because: cause) { try limit(server, "nofile", "1024") }
            try server.finish()
        }

        @Test("A master that was started with a soft limit of 1024 files opens more than that, deploy after deploy")
        func manyDescriptors() throws {
            guard try ResourceLimit.files.current().hard >= 4096 else {
                return skipped("manyDescriptors", because: "the hard limit is too low")
            }
            let server = try Server(workers: 1, softFiles: 1024) { releases in
                // Four descriptors a process, and two generations at a time.
                try releases.worker(
                    "many", "--ready",
                    manifest: "watch: \"2s\", processes: { jobs: { command: [\"sleep\", \"600\"], workers: 140 } }")
            }
            try server.deploy("many")
            let master = ObservedProcess(pid: server.master.pid)
            let deploy = try server.begin("deploy", "many")
            var most = 0
            try wait(for: "the second deploy", upTo: .seconds(60)) {
                most = max(most, try master.descriptorCount)
                return try deploy.status() != nil
            }
            #expect(try deploy.status() == .exited(code: 0), "\(deploy.errors)")
            #expect(most > 1024, "that many were needed")
            #expect(try server.status().generations.last?.workers.count == 141)
            try server.finish(now: true)
        }

        @Test("The master gets no more memory: it may die of it, and the next one goes on")
        func noMemory() throws {
            let server = try Server()
            let load = try Load(.close, at: try server.address(), connections: 8)
            let pids = try server.pids()
            try limit(server, "as", "1000000")
            _ = try server.deployd("deploy", "v2", "--timeout", "10s")
            if try server.master.status() == nil { _ = try server.master.send(.kill) }
            _ = try server.master.wait()
            try server.startAgain()
            try wait(for: "the deploy to be over") { try server.status().deployment == nil }
            #expect(try server.pids() == pids)
            try server.deploy("v2")
            try load.end().expectPerfect("over a master without memory")
            try server.finish()
        }

        private func limit(_ server: Server, _ resource: String, _ value: String) throws {
            try Child.expect([
                try Program.path("prlimit"), "--pid", "\(server.master.pid)", "--\(resource)=\(value):",
            ])
        }

        @Test("Nobody reads the master's standard error: it answers, deploys, and stops")
        func unreadErrors() throws {
            let server = try Server()
            try server.finish()
            let ends = try Pipe().ends()
            let reader = FileDescriptor(owning: ends.reading)
            let writer = FileDescriptor(owning: ends.writing)
            try fill(writer)
            try server.startAgain(descriptors: [(writer.number, 2)])
            try server.deploy("v2")
            #expect(try server.status().serving != nil)
            // Who reads again is told that there was something to say.
            _ = try drained(reader)
            try server.deploy("v1")
            let said = try drained(reader)
            #expect(said.contains("lines before this one were not read, and are lost\n"), "\(said)")
            try fill(writer)
            try server.master.send(.term)
            try server.finishGone()
        }

        /// Fills an empty pipe, and leaves it as a shell's is: who writes to it waits.
        private func fill(_ pipe: borrowing FileDescriptor) throws {
            let block = [UInt8](repeating: UInt8(ascii: "."), count: 4096)
            try pipe.setNonBlocking(true)
            while case .bytes = try pipe.write(block) {}
            try pipe.setNonBlocking(false)
        }

        private func drained(_ pipe: borrowing FileDescriptor) throws -> String {
            var text: [UInt8] = []
            var part = [UInt8](repeating: 0, count: 4096)
            while case .bytes(let count) = try pipe.read(into: &part), count > 0 { text += part.prefix(count) }
            return String(decoding: text, as: UTF8.self)
        }

        @Test("The accept queue is full at the cut-over: who waits outside gets in")
        func fullQueue() throws {
            let server = try Server(
                listen: ["{ address: \"127.0.0.1:0\", backlog: 4 }"], workers: 1)
            let worker = try ProcessDescriptor(pid: try #require(try server.pids().first))
            try worker.send(.stop)
            let load = try Load(.close, at: try server.address(), connections: 32)
            try wait(for: "the queue to be full") {
                try (server.status().generations[0].lanes?[0].acceptQueue ?? 0) >= 4
            }
            try server.deploy("v2")
            try worker.send(.cont)
            try server.waitUntilDrained()
            try load.end().expectPerfect("over a cut-over with a full queue")
            try server.finish()
        }

        @Test("The serving release's directory is deleted: its workers serve, and the message says what to type")
        func releaseDeleted() throws {
            let server = try Server()
            try Files.removeTree(server.directory.path("releases/v1"))
            let victim = try #require(try server.pids().first)
            try ProcessDescriptor(pid: victim).send(.kill)
            try wait(for: "the message") {
                try server.status().problems.contains { $0.what.contains("releases/v1") }
            }
            let load = try Load(.keepalive, at: try server.address(), connections: 8)
            try server.deploy("v2")
            try load.end().expectPerfect("over a deleted release")
            #expect(try server.deployd("rollback").status != .exited(code: 0))
            #expect(try server.get("/version") == "v2\n")
            try server.finish()
        }

        @Test("The clock jumps by a day, forth and back, in the middle of a deploy")
        func clockStep() throws {
            let directory = try TemporaryDirectory()
            let library = directory.path("clock-offset.so")
            try Child.expect([
                try Program.path("gcc"), "-shared", "-fPIC", "-o", library, Repository.fixture("clock-offset.c"),
            ])
            try directory.write("offset", "0")
            let server = try Server(
                watch: "1s", environment: ["LD_PRELOAD=\(library)", "CLOCK_OFFSET=\(directory.path("offset"))"])
            let load = try Load(.close, at: try server.address(), connections: 8)
            for (release, offset) in [("v2", "86400"), ("v1", "-86400")] {
                let deploy = try server.begin("deploy", release)
                try wait(for: "the watch") { try server.currentStatus()?.deployment?.step == .watching }
                try directory.write("offset", offset)
                #expect(try deploy.wait() == .exited(code: 0), "\(deploy.errors)")
            }
            try load.end().expectPerfect("over steps of the clock")
            let records = try server.history()
            #expect(records.count == 3)
            for record in records {
                #expect(record.steps.allSatisfy { (0..<60_000).contains($0.milliseconds) }, "\(record)")
            }
            // The jumps were seen: the day in the history's time is another.
            #expect(records[1].time.prefix(10) != records[0].time.prefix(10))
            #expect(records[2].time.prefix(10) < records[0].time.prefix(10))
            try server.finish()
        }
    }
}
