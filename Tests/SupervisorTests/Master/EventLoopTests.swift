import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

@Suite struct EventLoopTests {
    static func at(_ milliseconds: Int) -> Instant { Instant(sinceBoot: .milliseconds(milliseconds)) }

    @Test func `what epoll would report again at once is not reported until the pause is over`() throws {
        let loop = try EventLoop()
        let socket = try Socket.stream(.v4)
        try socket.bind(.v4(.loopback, port: 0))
        try socket.listen(backlog: 1)
        let token = Token(.lane, UInt64(7))
        try loop.add(socket.number, [], token)
        // Its being shut down is reported though nothing is asked for, and again and again.
        try socket.shutdown(.both)
        for _ in 1...2 {
            #expect(try loop.wait(until: EventLoop.now() + .seconds(5)) == 1)
        }
        loop.pause(socket.number, [], token, at: Self.at(0))
        #expect(loop.isPaused(token) && loop.nextDeadline == Self.at(100))
        loop.expire(at: Self.at(99))
        #expect(try loop.wait(until: EventLoop.now()) == 0)
        loop.expire(at: Self.at(100))
        #expect(loop.nextDeadline == nil && !loop.isPaused(token))
        #expect(try loop.wait(until: EventLoop.now() + .seconds(5)) == 1)
    }

    @Test func `what is forgotten is never looked at again`() throws {
        let loop = try EventLoop()
        let socket = try Socket.datagram(.unix)
        let token = Token(.lane, UInt64(7))
        try loop.add(socket.number, .writable, token)
        loop.pause(socket.number, .writable, token, at: Self.at(0))
        loop.forgetPause(token)
        loop.expire(at: Self.at(1000))
        #expect(try loop.wait(until: EventLoop.now()) == 0)
    }
}
