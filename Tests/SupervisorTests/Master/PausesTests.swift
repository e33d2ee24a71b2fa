import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite struct PausesTests {
    static func at(_ milliseconds: Int) -> Instant { Instant(sinceBoot: .milliseconds(milliseconds)) }

    @Test func `what epoll would report again at once is not reported until the pause is over`() throws {
        var epoll = try Epoll()
        var pauses = Pauses()
        let socket = try Socket.stream(.v4)
        try socket.bind(.v4(.loopback, port: 0))
        try socket.listen(backlog: 1)
        let token = Token(.lane, UInt64(7))
        try epoll.add(socket.number, [], token: token.number)
        // Its being shut down is reported though nothing is asked for, and again and again.
        try socket.shutdown(.both)
        for _ in 1...2 {
            let count = try epoll.wait(timeout: .seconds(5))
            #expect(count == 1)
        }
        pauses.begin(token, socket.number, [], on: epoll, at: Self.at(0))
        #expect(pauses.contains(token) && pauses.nextDeadline == Self.at(100))
        pauses.end(on: epoll, at: Self.at(99))
        let before = try epoll.wait(timeout: .zero)
        #expect(before == 0)
        pauses.end(on: epoll, at: Self.at(100))
        #expect(pauses.nextDeadline == nil && !pauses.contains(token))
        let after = try epoll.wait(timeout: .seconds(5))
        #expect(after == 1)
    }

    @Test func `what is forgotten is never looked at again`() throws {
        var epoll = try Epoll()
        var pauses = Pauses()
        let socket = try Socket.datagram(.unix)
        let token = Token(.lane, UInt64(7))
        try epoll.add(socket.number, .writable, token: token.number)
        pauses.begin(token, socket.number, .writable, on: epoll, at: Self.at(0))
        pauses.forget(token)
        pauses.end(on: epoll, at: Self.at(1000))
        let late = try epoll.wait(timeout: .zero)
        #expect(late == 0)
    }

    @Test func `the same thing is said once a minute, with how often it was not`() {
        var seldom = SeldomLog()
        var said = [seldom.line("a", "no room", at: Self.at(0)), seldom.line("b", "no door", at: Self.at(1))]
        for number in 1...1000 { said.append(seldom.line("a", "no room", at: Self.at(number * 59))) }
        for moment in [60_000, 120_000] { said.append(seldom.line("a", "no room", at: Self.at(moment))) }
        #expect(
            said.compactMap { $0 } == [
                "no room", "no door", "no room (and 1000 times since this was said last)", "no room",
            ])
    }
}
