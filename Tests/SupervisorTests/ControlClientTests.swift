import Linux
import Testing

@testable import Supervisor

@Suite("The control client")
struct ControlClientTests {
    @Test("says that there is no master where there is no socket, and where nobody listens")
    func noMaster() throws {
        let path = "/tmp/deployd-nothing-\(UInt64.random(in: 0 ... .max)).sock"
        #expect(throws: ControlError.noMaster(path: path)) { _ = try ControlClient(to: path) }
        let dead = try Socket.stream(.unix)
        try dead.bind(.unix(path: path))
        defer { try? Files.unlink(path) }
        #expect(throws: ControlError.noMaster(path: path)) { _ = try ControlClient(to: path) }
        #expect(
            ControlError.noMaster(path: "/s").message == "no master listens on /s: start it with `deployd start`")
    }

    @Test("reads the events of its request, in order, to the end of the connection")
    func events() throws {
        let bench = try ControlBench()
        var client = try ControlClient(to: bench.path)
        try client.send(ControlRequest(.deploy, release: "v2"))
        let id = try #require(try bench.requests().first).client
        try expectNext(&client, .timedOut, timeout: .zero)
        bench.send(.step(StepEvent(.booting, .started)), to: id)
        bench.send(.note("a"), to: id)
        bench.send(.done(DoneEvent(.committed)), to: id)
        try expectNext(&client, .event(.step(StepEvent(.booting, .started))), timeout: nil)
        try expectNext(&client, .event(.note("a")), timeout: nil)
        try expectNext(&client, .event(.done(DoneEvent(.committed))), timeout: nil)
        do {
            _ = try client.next(timeout: nil)
            Issue.record("an event behind the last")
        } catch {
            #expect(error == ControlError.ended(path: bench.path))
        }
    }

    @Test("reads the reason of a master that turned it away before it could ask")
    func turnedAway() throws {
        let bench = try ControlBench()
        var client = try ControlClient(to: bench.path)
        bench.now += ControlLimits.requestDeadline
        try bench.turnUntilQuiet()
        bench.now += ControlLimits.requestDeadline
        _ = bench.expire()
        try client.send(ControlRequest(.status))
        try expectNext(&client, .event(.error(ErrorEvent("no whole request within 5 s"))), timeout: nil)
    }

    @Test("ends a wait when a signal can be read")
    func signal() throws {
        let bench = try ControlBench()
        var client = try ControlClient(to: bench.path)
        let bell = try EventDescriptor()
        bell.signal()
        try expectNext(&client, .signal, timeout: nil, signals: bell.number)
    }

    /// Waits outside of the macro, which cannot hold a client that cannot be copied.
    private func expectNext(
        _ client: inout ControlClient, _ expected: ControlClient.Incident, timeout: Duration?, signals: CInt? = nil
    ) throws {
        let incident = try client.next(timeout: timeout, signals: signals)
        #expect(incident == expected)
    }
}
