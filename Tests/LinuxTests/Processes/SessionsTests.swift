import Linux
import TestSupport
import Testing

@Suite("What belongs to a session")
struct SessionsTests {
    @Test("The memory of a session is that of all its processes, and what they share counts once")
    func memory() throws {
        let child = try Child([try Program.path("setsid"), "sh", "-c", "sleep 100 & sleep 100 & wait"])
        defer { Sessions.signal(.kill, to: Sessions.members(of: child.pid)) }
        try wait(for: "the session to be complete", upTo: .seconds(20)) {
            Sessions.members(of: child.pid).count { (try? Files.readLink("/proc/\($0)/exe")) != nil } == 3
                && Sessions.members(of: child.pid).filter { $0 != child.pid }.allSatisfy { pid in
                    (try? Files.read("/proc/\(pid)/cmdline"))?.starts(with: "sleep".utf8) ?? false
                }
        }
        let members = Sessions.members(of: child.pid)
        let each = members.compactMap { ThisProcess.residentBytes(of: $0) }
        let whole = try #require(Sessions.residentBytes(of: [child.pid, 1 << 22])[child.pid])
        let largest = try #require(each.max())
        #expect(whole > largest)
        #expect(whole <= each.reduce(0, +))
        #expect(Sessions.residentBytes(of: []) == [:])
    }
}
