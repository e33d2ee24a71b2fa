import Linux
import Testing

@testable import Supervisor

@Suite("The control server and clients that do not read")
struct ControlSlowReaderTests {
    /// An event of about a kilobyte.
    static let bulky = ControlEvent.output(OutputEvent(generation: 2, text: String(repeating: "x", count: 1000)))

    @Test("A deploy's events beyond the bound are left out and counted, and the outcome still arrives")
    func leftOut() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        try client.say(ControlServerTests.deployLine)
        let id = try #require(try bench.requests().first).client
        let sent = 5000
        for _ in 0..<sent { bench.send(Self.bulky, to: id) }
        bench.send(.done(DoneEvent(.committed)), to: id)

        var events: [ControlEvent] = []
        var ended = false
        while !ended {
            let heard = try client.hear()
            events += heard.events
            ended = heard.ended
            try bench.turnUntilQuiet()
        }
        let arrived = events.count { $0 == Self.bulky }
        #expect(arrived < 1000)
        #expect(
            events.suffix(2).first
                == .note("\(sent - arrived) events were left out, because this client reads too slowly"))
        #expect(events.last == .done(DoneEvent(.committed)))
        #expect(bench.clientCount == 0)
    }

    @Test("The outcome arrives behind an event that is larger than the bound")
    func lastBehindLarge() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        try client.say(ControlServerTests.deployLine)
        let id = try #require(try bench.requests().first).client
        bench.send(.note(String(repeating: "z", count: 4 << 20)), to: id)
        let last = ControlEvent.done(DoneEvent(.committed))
        bench.send(last, to: id)
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while case .bytes(let count) = try client.socket.receive(into: &part), count > 0 {
            bytes += part.prefix(count)
            try bench.turnUntilQuiet()
        }
        let line = ControlLine.encode(last)
        #expect(bytes.count > 4 << 20 && Array(bytes.suffix(line.count)) == line)
    }

    @Test("A client that reads again gets the later events, and hears how many it missed")
    func catchesUp() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        try client.say(ControlServerTests.deployLine)
        let id = try #require(try bench.requests().first).client
        for _ in 0..<5000 { bench.send(Self.bulky, to: id) }
        var arrived = 0
        repeat {
            arrived += try client.hear().events.count
        } while try !bench.turnUntilQuiet().isEmpty || bench.nextDeadline != nil
        arrived += try client.hear().events.count
        bench.send(.note("and on"), to: id)
        let missed = "\(5000 - arrived) events were left out, because this client reads too slowly"
        #expect(try client.hear().events == [.note(missed), .note("and on")])
    }

    @Test("A client that never reads is dropped at its deadline, and the deploy hears only that it is gone")
    func neverReads() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        try client.say(ControlServerTests.deployLine)
        let id = try #require(try bench.requests().first).client
        for _ in 0..<1000 { bench.send(Self.bulky, to: id) }
        #expect(bench.nextDeadline == bench.now + ControlLimits.readDeadline)
        bench.now += ControlLimits.readDeadline
        #expect(bench.expire() == [.gone(id)])
        #expect(bench.clientCount == 0)
        #expect(client.socket.number >= 0)
    }

    @Test("A status larger than the bound goes to a client that reads")
    func largeStatus() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        try client.say(ControlServerTests.statusLine)
        let id = try #require(try bench.requests().first).client
        var report = StatusReport.sample
        report.problems = (0..<4000).map {
            ProblemReport("problem \($0) " + String(repeating: "y", count: 200), advice: "look")
        }
        bench.send(.status(report), to: id)
        var bytes = 0
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while case .bytes(let count) = try client.socket.receive(into: &part), count > 0 {
            bytes += count
            try bench.turnUntilQuiet()
        }
        #expect(bytes > ControlLimits.maxQueuedBytes)
        #expect(bench.clientCount == 0)
    }
}
