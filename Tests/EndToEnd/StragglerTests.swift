import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    /// Connections that wait for workers which accept none, and a master, or a keeper, that cannot take them on.
    @Suite("A queue from which nobody accepts")
    struct StragglerTests {
        /// Limits how many files a process may have open.
        private func limit(_ pid: Int32, to files: Int) throws {
            try Child.expect([try Program.path("prlimit"), "--pid", "\(pid)", "--nofile=\(files):"])
        }

        /// Waits until a process has gone to sleep so often, and requires that it has done little between. One that never
        /// sleeps is waited for in vain.
        private func expectCalm(
            _ process: ObservedProcess, over sleeps: Int, looking: () throws -> Void = {},
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let (before, ticks) = (try process.sleeps, process.ticks)
            try wait(for: "\(sleeps) sleeps of process \(process.pid)", upTo: .seconds(60)) {
                try looking()
                return try process.sleeps >= before + sleeps
            }
            // A tick is 10 ms.
            let (used, slept) = (process.ticks - ticks, try process.sleeps - before)
            #expect(used <= slept, "\(used) ticks of CPU time", sourceLocation: sourceLocation)
        }

        /// A server whose one worker hangs, and what so many clients wait for.
        private func hungServer(
            clients: Int, releases: (Server.Releases) throws -> Void = { _ in }
        ) throws -> (server: Server, worker: Int32, load: Load) {
            let server = try Server(workers: 1, manifest: "drain: { requests: \"5m\" }", releases: releases)
            let worker = try #require(try server.pids().first)
            try ProcessDescriptor(pid: worker).send(.stop)
            let load = try Load(
                .close, at: try server.address(), connections: clients, bodies: [], extra: ["--timeout", "60s"])
            try wait(for: "the queue") {
                try (server.status().generations[0].lanes?[0].acceptQueue ?? 0) >= clients
            }
            return (server, worker, load)
        }

        @Test("A master without a descriptor for them stays calm, says so once, answers, and loses none of them")
        func noDescriptors() throws {
            let hung = try hungServer(clients: 300)
            let server = hung.server
            let master = ObservedProcess(pid: server.master.pid)
            // Room for the deploy, and not for all who wait: once it has committed they may be gone in no time.
            try limit(master.pid, to: try master.descriptorCount + 64)
            try server.deploy("v2")
            let words = "Too many open files: the master may have "
            try wait(for: "the word of it", upTo: .seconds(60)) { server.master.errors.contains(words) }
            try expectCalm(master, over: 50) {
                let serving = try server.status().serving
                #expect(serving == 2)
            }
            // Of the connections that are accepted, and of those that are passed on.
            #expect(server.master.errors.occurrences(of: words) <= 2, "\(server.master.errors)")
            try limit(master.pid, to: 4096)
            try wait(for: "the end of the queue", upTo: .seconds(60)) {
                try server.status().generations.allSatisfy { ($0.lanes?[0].acceptQueue ?? 0) == 0 }
            }
            try hung.load.end().expectPerfect("a master without descriptors")
            try ProcessDescriptor(pid: hung.worker).send(.cont)
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test("No more than 256 of them are carried at a time: the others wait")
        func bound() throws {
            let hung = try hungServer(clients: 400) { releases in
                try releases.worker("stuck", "--ready", "--bad", "hang", "--bad-when", "bad")
            }
            let server = hung.server
            try server.deploy("stuck")
            try server.directory.write("releases/stuck/bad", "")
            let master = ObservedProcess(pid: server.master.pid)
            let base = try master.descriptorCount
            try wait(for: "256 relays", upTo: .seconds(60)) { try master.descriptorCount >= base + 2 * 256 }
            var most = 0
            try expectCalm(master, over: 20) { most = max(most, try master.descriptorCount) }
            #expect(most < base + 2 * 260)
            let queues = try server.status().generations.map { $0.lanes?[0].acceptQueue ?? 0 }
            #expect(queues.sorted() == [400 - 256, 256])
            try ProcessDescriptor(pid: hung.worker).send(.cont)
            try server.finish(now: true)
        }

        @Test("A keeper without a descriptor for who connects stays calm, and hears the next master")
        func keeper() throws {
            let server = try Server()
            let pids = try server.pids()
            let keeper = ObservedProcess(pid: try #require(try server.keeper()))
            try server.killMaster()
            // (With none at all it could not even wait: poll(2) asks for so many as it is given.)
            try limit(keeper.pid, to: 1)
            do {
                let client = try Socket(.sequencedPackets, .unix)
                _ = try client.connect(.unix(path: "\(server.state)/keeper.sock"))
                try expectCalm(keeper, over: 20)
                _ = consume client
            }
            try limit(keeper.pid, to: 4096)
            try server.startAgain()
            #expect(try server.pids() == pids)
            #expect(try server.keeper() == keeper.pid)
            try server.finish()
        }
    }
}
