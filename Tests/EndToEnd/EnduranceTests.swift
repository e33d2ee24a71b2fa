import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Many deploys, and none")
    struct EnduranceTests {
        @Test("A hundred deploys leave no descriptor, no zombie, no lane and no memory behind")
        func manyDeploys() throws {
            let server = try Server(workers: 1, watch: "0")
            let master = ObservedProcess(pid: server.master.pid)
            func deploy(_ count: Int) throws {
                for number in 1...count { try server.deploy(number % 2 == 1 ? "v2" : "v1") }
                try server.waitUntilDrained()
            }
            try deploy(20)
            let descriptors = try master.restingDescriptorCount()
            let bytes = master.residentBytes
            try deploy(80)
            let later = try master.restingDescriptorCount()
            // One lane more or less waits for its last handshakes, with a fresh one for its place.
            #expect(later <= descriptors + 3, "\(descriptors) descriptors became \(later)")
            #expect(master.residentBytes < bytes + (2 << 20), "\(bytes) bytes became \(master.residentBytes)")
            #expect(try master.zombies == [])
            #expect(try (server.status().listeners[0].lanes ?? 0) <= 10)
            try server.finish()
        }

        @Test("A master with nothing to do makes no system call")
        func idle() throws {
            guard ThisProcess.uid == 0 else { return skipped("idle", because: "strace of another session needs root") }
            let server = try Server()
            // (A thread that made a call for it ends a few seconds behind that.)
            try wait(for: "its other threads to end", upTo: .seconds(60)) {
                try Files.list("/proc/\(server.master.pid)/task").count == 1
            }
            try ObservedProcess(pid: server.master.pid).waitUntilIdle()
            let trace = server.directory.path("trace")
            let strace = try Child.run([
                try Program.path("timeout"), "3", try Program.path("strace"), "-f", "-p", "\(server.master.pid)", "-o",
                trace,
            ])
            #expect(strace.errors.contains("attached"), "\(strace.errors)")
            // The call that it sleeps in, seen once when the tracer comes and goes.
            let calls = String(decoding: try Files.read(trace), as: UTF8.self).split(separator: "\n")
                .filter { !$0.contains("detached") && !$0.contains("restart_syscall") }
            #expect(calls == [])
            try server.finish()
        }
    }
}
