import Testing

@testable import Linux

@Suite("Epoll")
struct EpollTests {
    @Test("Tokens come back with what happened, for each that is ready")
    func tokens() throws {
        var epoll = try Epoll()
        let first = try EventDescriptor()
        let second = try EventDescriptor()
        try epoll.add(first.number, .readable, token: .max)
        try epoll.add(second.number, [.readable, .writable], token: 7)
        #expect(try epoll.wait(timeout: .zero) == 1)
        #expect(epoll.ready(0) == Epoll.Ready(token: 7, events: .writable))
        first.signal()
        second.signal()
        #expect(try epoll.wait(timeout: nil) == 2)
        #expect(Set([epoll.ready(0).token, epoll.ready(1).token]) == [.max, 7])
        first.drain()
        try epoll.modify(second.number, .readable, token: 8)
        #expect(try epoll.wait(timeout: .seconds(5)) == 1)
        #expect(epoll.ready(0) == Epoll.Ready(token: 8, events: .readable))
        try epoll.remove(second.number)
        #expect(try epoll.wait(timeout: .zero) == 0)
    }

    @Test("A wait with nothing ready ends, not before its timeout, even of less than a millisecond")
    func timeout() throws {
        var epoll = try Epoll()
        for timeout in [Duration.microseconds(300), .milliseconds(20)] {
            let start = MonotonicClock.now()
            #expect(try epoll.wait(timeout: timeout) == 0)
            #expect(MonotonicClock.now() - start >= timeout)
        }
        #expect(try epoll.wait(timeout: .seconds(-5)) == 0)
    }

    @Test("No more than the capacity come at once, and the rest comes next")
    func capacity() throws {
        var epoll = try Epoll(capacity: 1)
        let first = try EventDescriptor()
        let second = try EventDescriptor()
        first.signal()
        second.signal()
        try epoll.add(first.number, [.readable, .oneShot], token: 1)
        try epoll.add(second.number, [.readable, .edgeTriggered], token: 2)
        var seen: Set<UInt64> = []
        for _ in 0..<2 {
            #expect(try epoll.wait(timeout: .seconds(5)) == 1)
            seen.insert(epoll.ready(0).token)
        }
        #expect(seen == [1, 2])
        #expect(try epoll.wait(timeout: .zero) == 0)
    }

    @Test("A closed peer is told, asked for or not")
    func hangUp() throws {
        var epoll = try Epoll()
        let ends = try SocketPair(.stream).ends()
        let own = FileDescriptor(owning: ends.first)
        try epoll.add(own.number, [.peerClosed], token: 1)
        do { _ = FileDescriptor(owning: ends.second) }
        #expect(try epoll.wait(timeout: .seconds(5)) == 1)
        #expect(epoll.ready(0).events == [.peerClosed, .hangUp])
    }

    @Test("What cannot be watched is an error")
    func errors() throws {
        let epoll = try Epoll()
        let event = try EventDescriptor()
        #expect(throws: SystemError(call: "epoll_ctl", errno: .notFound)) { try epoll.remove(event.number) }
        try epoll.add(event.number, .readable, token: 1)
        #expect(throws: SystemError(call: "epoll_ctl", errno: .exists)) {
            try epoll.add(event.number, .readable, token: 1)
        }
    }

    @Test("An event descriptor counts any number of signals as one wake")
    func event() throws {
        let event = try EventDescriptor()
        #expect(try !Poll.readable(event.number, timeout: .zero))
        for _ in 0..<1000 { event.signal() }
        #expect(try Poll.readable(event.number, timeout: .zero))
        event.drain()
        #expect(try !Poll.readable(event.number, timeout: .zero))
        event.drain()
    }

    @Test("Durations become whole numbers without a trap")
    func durations() {
        #expect(Duration.microseconds(1001).milliseconds == 2)
        #expect(Duration.zero.milliseconds == 0)
        #expect(Duration.seconds(Int64.max).milliseconds == .max)
        #expect(Duration.seconds(Int64.min + 1).microseconds == .min)
        #expect(Duration.nanoseconds(1999).microseconds == 1)
    }
}
