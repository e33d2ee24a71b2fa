import Linux
import Testing

@testable import Supervisor

@Suite("The control server and clients that mean ill")
struct ControlServerBoundsTests {
    @Test("A silent client is told so and dropped at its deadline, which the loop knows")
    func silent() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        try bench.turnUntilQuiet()
        #expect(bench.nextDeadline == bench.now + ControlLimits.requestDeadline)
        bench.now += ControlLimits.requestDeadline - .nanoseconds(1)
        #expect(bench.expire().isEmpty)
        #expect(bench.clientCount == 1)
        bench.now += .nanoseconds(1)
        #expect(bench.expire().isEmpty)
        let heard = try client.hear()
        #expect(heard.events == [.error(ErrorEvent("no whole request within 5 s"))])
        #expect(heard.ended)
        #expect(bench.nextDeadline == nil)
    }

    @Test("A client that drips bytes gains no time by it")
    func dripping() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        let deadline = bench.now + ControlLimits.requestDeadline
        for _ in 0..<10 {
            try client.say("{")
            try bench.turnUntilQuiet()
            bench.now += .milliseconds(499)
            _ = bench.expire()
            #expect(bench.nextDeadline == deadline)
        }
        bench.now += .milliseconds(10)
        _ = bench.expire()
        #expect(bench.clientCount == 0)
    }

    @Test("A later line has a deadline of its own, and only while it is incomplete")
    func laterLine() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        try client.say(ControlServerTests.deployLine)
        let id = try #require(try bench.requests().first).client
        #expect(bench.nextDeadline == nil)
        bench.now += .seconds(3600)
        try client.say("{")
        try bench.turnUntilQuiet()
        #expect(bench.nextDeadline == bench.now + ControlLimits.requestDeadline)
        bench.now += ControlLimits.requestDeadline
        #expect(bench.expire() == [.gone(id)])
    }

    @Test("A request without an end is refused when it is too long, and the rest is not read")
    func endless() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        var said = 0
        while said <= ControlLimits.maxRequestBytes {
            said += try client.say(String(repeating: "x", count: 1 << 16))
            #expect(try bench.requests().isEmpty)
        }
        #expect(bench.clientCount == 0)
        let heard = try client.hear()
        #expect(
            heard.events == [.error(ErrorEvent("the request is longer than \(ControlLimits.maxRequestBytes) bytes"))])
        #expect(heard.ended)
    }

    @Test("A turn of the loop takes a bounded part of what a client sends")
    func boundedTurn() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        try bench.turn()
        try client.say(String(repeating: "x", count: ControlLimits.maxReadPerTurn * 3))
        try bench.turn()
        #expect(try client.hear().events.isEmpty)
        #expect(bench.clientCount == 1)
    }

    @Test(
        "A malformed request is answered with the reason, and the connection ends",
        arguments: ["\n", "GET / HTTP/1.1\r\n", "{\"version\":1}\n", "\u{0}\u{0}\n", "[[[[[[[\n"])
    func malformed(text: String) throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        try client.say(text)
        #expect(try bench.requests().isEmpty)
        let heard = try client.hear()
        #expect(heard.events.count == 1)
        guard case .error = heard.events.first else { return #expect(Bool(false), "\(heard.events)") }
        #expect(heard.ended)
    }

    @Test("Nonsense behind a deploy ends the connection, and the master hears that the client is gone")
    func nonsenseAfterDeploy() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        try client.say(ControlServerTests.deployLine)
        let id = try #require(try bench.requests().first).client
        try client.say("what now?\n")
        #expect(try bench.turnUntilQuiet() == [.gone(id)])
    }

    @Test("Requests without end on one connection are cut off")
    func manyRequests() throws {
        let bench = try ControlBench()
        let client = try RawControlClient(bench)
        let lines = String(repeating: ControlServerTests.cancelLine, count: ControlLimits.maxRequestsPerClient + 5)
        try client.say(lines)
        #expect(try bench.requests().count == ControlLimits.maxRequestsPerClient)
        #expect(try client.hear().events == [.error(ErrorEvent("more than 16 requests on one connection"))])
        #expect(bench.clientCount == 0)
    }

    @Test("One client more than the most is turned away, and those before it are served")
    func tooManyClients() throws {
        let bench = try ControlBench()
        let clients = try (0..<ControlLimits.maxClients).map { _ in
            let client = try RawControlClient(bench)
            try bench.turnUntilQuiet()
            return KeptClient(client)
        }
        let surplus = try RawControlClient(bench)
        try bench.turnUntilQuiet()
        #expect(bench.clientCount == ControlLimits.maxClients)
        let heard = try surplus.hear()
        #expect(heard.events == [.error(ErrorEvent("64 clients are connected already; try again", exitCode: 75))])
        #expect(heard.ended)
        for client in clients { try client.raw.say(ControlServerTests.statusLine) }
        #expect(try bench.requests().count == clients.count)
    }

    @Test("Clients that come and go by the thousand leave nothing behind")
    func comeAndGo() throws {
        let bench = try ControlBench()
        for round in 0..<2000 {
            let client = try RawControlClient(bench)
            if round.isMultiple(of: 2) { try client.say("{\"version\"") }
            try bench.turnUntilQuiet()
        }
        try bench.turnUntilQuiet()
        #expect(bench.clientCount == 0)
        #expect(bench.nextDeadline == nil)
    }
}

/// Keeps a client that cannot be copied in an array.
private final class KeptClient {
    let raw: RawControlClient

    init(_ raw: consuming RawControlClient) { self.raw = raw }
}
