import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite("A process and its number")
struct ProcessIdentityTests {
    /// A process that leads a group of its own, and when it started.
    private func leader() throws -> (process: Child, startTime: UInt64) {
        let process = try Child(["setsid", "sleep", "1000"])
        let status = try wait(for: "its group") {
            ProcessStatus(of: process.pid).flatMap { $0.group == process.pid ? $0 : nil }
        }
        return (process, status.startTime)
    }

    @Test("A group is killed while its leader's number is its own")
    func own() throws {
        let (process, startTime) = try leader()
        let identity = ProcessIdentity(pid: process.pid, startTime: startTime)
        #expect(identity.isPresent)
        identity.killGroup()
        #expect(try process.wait() == .signalled(.kill, dumpedCore: false))
        #expect(!identity.isPresent)
    }

    @Test("Who has got the number since is not killed")
    func stranger() throws {
        let (process, startTime) = try leader()
        let gone = ProcessIdentity(pid: process.pid, startTime: startTime - 1)
        #expect(!gone.isPresent)
        gone.killGroup()
        // Had it been killed, it would not end by this.
        try process.send(.term)
        #expect(try process.wait() == .signalled(.term, dumpedCore: false))
    }
}
