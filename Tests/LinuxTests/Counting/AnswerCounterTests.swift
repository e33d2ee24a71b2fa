import Linux
import TestSupport
import Testing

@Suite struct AnswerCounterTests {
    /// Where a lane can be, and what a client asks there.
    static let places: [(lane: SocketAddress, target: SocketAddress)] = [
        (.v4(.loopback, port: 0), .v4(.loopback, port: 0)),
        (.v6(.loopback, port: 0, scope: 0), .v6(.loopback, port: 0, scope: 0)),
        (.v6(.any, port: 0, scope: 0), .v6(.loopback, port: 0, scope: 0)),
        (.v6(.any, port: 0, scope: 0), .v4(.loopback, port: 0)),
    ]

    @Test(arguments: places)
    func `answers are counted by class, over IPv4 and IPv6`(lane: SocketAddress, target: SocketAddress) throws {
        let lane = try CountedLane(at: lane)
        let target = target.withPort(lane.address.port ?? 0)
        for status in ["200 OK", "204 No", "302 F", "404 Not", "500 I", "503 S", "599 X", "501 N", "505 V"] {
            let connection = try lane.connect(to: target)
            try connection.ask()
            try connection.answer("HTTP/1.1 \(status)\r\n\r\n")
        }
        // 501 and 505 are about what the client sent.
        #expect(try lane.classes == [0, 2, 1, 3, 3])
        let counts = try lane.counts
        #expect(counts.requests == 9 && counts.answers == 9 && counts.inFlight == 0 && counts.connections == 9)
        #expect(counts.latency.reduce(0, +) == 9)
    }

    @Test func `each answer on a kept connection is counted, and the connection once`() throws {
        let lane = try CountedLane()
        let connection = try lane.connect()
        for method in ["GET", "POST", "DELETE", "OPTIONS", "PROPFIND"] {
            try connection.ask("\(method) / HTTP/1.1\r\n\r\n")
            #expect(try lane.counts.inFlight == 1)
            try connection.answer("HTTP/1.0 200 OK\r\n\r\n")
        }
        let counts = try lane.counts
        #expect(counts.requests == 5 && counts.answers == 5 && counts.inFlight == 0 && counts.connections == 1)
    }

    @Test func `bodies that look like heads are not counted`() throws {
        let lane = try CountedLane()
        let connection = try lane.connect()
        try connection.ask("POST / HTTP/1.1\r\nContent-Length: 18\r\n\r\n")
        try connection.ask("GET / HTTP/1.1\r\n\r\n")
        #expect(try lane.counts.requests == 1)
        try connection.answer("HTTP/1.1 200 OK\r\nContent-Length: 38\r\n\r\n")
        try connection.answer("HTTP/1.1 500 Internal Server Error\r\n\r\n")
        #expect(try lane.classes == [0, 1, 0, 0, 0])
        try connection.ask("xyz")
        try connection.answer("HTTP/1.1 500 Internal Server Error\r\n\r\n")
        #expect(try lane.classes == [0, 1, 0, 0, 0])
    }

    @Test func `an answer that announces another is not counted, and one that changes the protocol is the last`() throws
    {
        let lane = try CountedLane()
        let connection = try lane.connect()
        try connection.ask("PUT / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n")
        try connection.answer("HTTP/1.1 100 Continue\r\n\r\n")
        try connection.answer("HTTP/1.1 103 Early Hints\r\n\r\n")
        #expect(try lane.counts.answers == 0)
        try connection.answer("HTTP/1.1 201 Created\r\n\r\n")
        try connection.ask()
        try connection.answer("HTTP/1.1 101 Switching Protocols\r\n\r\n")
        #expect(try lane.classes == [1, 1, 0, 0, 0])
        try connection.ask()
        try connection.answer("HTTP/1.1 500 Internal Server Error\r\n\r\n")
        let counts = try lane.counts
        #expect(counts.answers == 2 && counts.requests == 2 && counts.inFlight == 0)
    }

    @Test func `pipelined requests are one where they come, or are answered, in one segment`() throws {
        let lane = try CountedLane()
        let connection = try lane.connect()
        let (request, answer) = ("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n")
        try connection.ask(request + request + request)
        try connection.answer(answer)
        try connection.answer(answer + answer)
        #expect(try lane.counts.answers == 1)
        try connection.ask(request)
        try connection.ask(request)
        try connection.answer(answer + answer)
        let counts = try lane.counts
        #expect(counts.answers == 2 && counts.requests == 2 && counts.inFlight == 0)
    }

    @Test func `an answer whose request was not seen stands for it`() throws {
        let lane = try CountedLane()
        let connection = try lane.connect()
        // The header of the PROXY protocol, version 2, with a request behind it.
        try connection.ask("\r\n\r\n\0\r\nQUIT\n\u{20}\0\0\0GET / HTTP/1.1\r\n\r\n")
        try connection.answer()
        try connection.answer("HTTP/1.1 500 not asked for\r\n\r\n")
        let counts = try lane.counts
        #expect(try lane.classes == [0, 1, 0, 0, 0])
        #expect(counts.requests == 1 && counts.latency.reduce(0, +) == 0)
    }

    @Test func `other protocols are left alone`() throws {
        let lane = try CountedLane()
        for first in ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\u{16}\u{3}\u{1}\0", "SSH-2.0-x\r\n"] {
            let connection = try lane.connect()
            try connection.ask(first)
            try connection.answer("\u{16}\u{3}\u{3} anything at all")
            #expect(try lane.counts.inFlight == 0, "\(first)")
        }
        #expect(try lane.counts.answers == 0)
        #expect(try lane.counts.requests == 0)
    }

    @Test func `a request whose connection ends is not in flight any more`() throws {
        let lane = try CountedLane()
        let gone = try lane.connect()
        try gone.ask()
        let closed = try lane.connect()
        try closed.ask()
        #expect(try lane.counts.inFlight == 2)
        gone.leave()
        closed.close()
        try wait(for: "both to be seen") { try lane.counts.inFlight == 0 }
        let counts = try lane.counts
        #expect(counts.unanswered == 2 && counts.answers == 0)
    }

    @Test func `listeners are told apart, and what no listener of ours took is not counted`() throws {
        let lane = try CountedLane()
        let other = Lane(try Socket.stream(.v4))
        try other.socket.bind(.v4(.loopback, port: 0))
        try other.socket.listen(backlog: 10)
        // A connection that we make ourselves, as a server does to its database or to another server.
        let own = try Client(to: try other.socket.localAddress())
        try own.waitUntilConnected()
        let served = try wait(for: "it") { () -> Lane? in
            if case .accepted(let socket) = other.socket.accept() { Lane(socket) } else { nil }
        }
        let backward = CountedConnection(client: own, server: served)
        try backward.ask()
        try backward.answer()
        #expect(try lane.counts.requests == 0 && lane.counts.answers == 0)
        try lane.counter.count(other.socket.number, in: 6)
        let counted = try lane.connect()
        try counted.ask()
        #expect(try lane.counts.requests == 1)
        #expect(try lane.counter.counts(in: 6).requests == 0)
        try lane.counter.clear(CountedLane.slot)
        #expect(try lane.counts.requests == 0)
    }

    @Test(arguments: places)
    func `probes are counted apart`(lane: SocketAddress, target: SocketAddress) throws {
        let lane = try CountedLane(at: lane)
        let target = target.withPort(lane.address.port ?? 0)
        let probe = try Client(from: target.withPort(0))
        try lane.counter.admit(try probe.address)
        let probing = try lane.connect(probe, to: target)
        try probing.ask()
        // What it is was seen when it asked.
        try lane.counter.dismiss(try probe.address)
        try probing.answer("HTTP/1.1 500 Internal Server Error\r\n\r\n")
        let unseen = try Client(from: target.withPort(0))
        try lane.counter.admit(try unseen.address)
        let late = try lane.connect(unseen, to: target)
        try late.answer("HTTP/1.1 500 Internal Server Error\r\n\r\n")
        let user = try lane.connect(to: target)
        try user.ask()
        try user.answer()
        let counts = try lane.counts
        #expect(counts.probes == 2 && counts.requests == 1 && counts.answers == 1 && counts.inFlight == 0)
    }

    @Test func `how long an answer took is in the bucket that the clock says`() throws {
        let lane = try CountedLane()
        for least in [0, 300, 5_000] as [Int64] {
            let before = try lane.counts.latency
            let connection = try lane.connect()
            let asked = MonotonicClock.microseconds()
            try connection.ask()
            let heard = MonotonicClock.microseconds()
            try wait(for: "a while") { MonotonicClock.microseconds() - heard >= least }
            let shortest = MonotonicClock.microseconds() - heard
            try connection.answer()
            let longest = MonotonicClock.microseconds() - asked
            let after = try lane.counts.latency
            let bucket = try #require(after.indices.first { after[$0] != before[$0] })
            #expect(Double(bucket) >= Self.bucket(shortest) && Double(bucket) <= Self.bucket(longest), "\(least)")
        }
    }

    /// The bucket of a duration: 2^(n/2) microseconds and more.
    private static func bucket(_ microseconds: Int64) -> Double {
        var (bucket, border) = (0.0, 2.0.squareRoot())
        while Double(microseconds) >= border { (bucket, border) = (bucket + 1, border * 2.0.squareRoot()) }
        return bucket
    }

    @Test func `another image of the process goes on with the descriptors`() throws {
        let lane = try CountedLane()
        let connection = try lane.connect()
        try connection.ask()
        let kept = try lane.counter.descriptors.map { try Kept($0) }
        let next = try #require(AnswerCounter { kept[$0].take() })
        try connection.answer()
        #expect(try next.counts(in: CountedLane.slot).answers == 1)
        #expect(AnswerCounter { _ in nil } == nil)
    }
}

/// A copy of a descriptor, until somebody takes it.
private final class Kept {
    private var descriptor: FileDescriptor?

    init(_ number: Int32) throws {
        let lent = FileDescriptor(owning: number)
        let copy = try lent.duplicate()
        _ = lent.release()
        descriptor = consume copy
    }

    func take() -> FileDescriptor? { descriptor.take() }
}
