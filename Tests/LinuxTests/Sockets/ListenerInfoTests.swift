import TestSupport
import Testing

@testable import Linux

@Suite("What the kernel tells of a listener")
struct ListenerInfoTests {
    @Test("Queue and backlog: connections that nobody accepted yet")
    func queue() throws {
        let group = try LaneGroup(1)
        let listener = group.lanes[0]
        try listener.socket.listen(backlog: 7)
        #expect(try listener.socket.listenerInfo() == ListenerInfo(isListening: true, acceptQueue: 0, backlog: 7))
        let clients = try (0..<3).map { _ in try Client(to: group.reachable) }
        try clients.forEach { try $0.waitUntilConnected() }
        try wait(for: "three to wait") { try listener.socket.listenerInfo().acceptQueue == 3 }
        #expect(listener.drain() == 3)
        #expect(try listener.socket.listenerInfo().acceptQueue == 0)
    }

    @Test("shutdown ends listening for everyone, accept says so, and listen brings it back")
    func shutDown() throws {
        let group = try LaneGroup(1)
        let listener = group.lanes[0].socket.number
        let copy = Lane(Socket(adopting: try group.lanes[0].socket.descriptor.duplicate()))
        #expect(copy.socket.number != listener)
        try copy.socket.shutdown(.read)
        #expect(try !group.lanes[0].socket.listenerInfo().isListening)
        #expect(try !group.lanes[0].socket.isListening())
        guard case .failed(.invalid) = group.lanes[0].socket.accept() else {
            Issue.record("accept on a shut-down listener did not fail with EINVAL")
            return
        }
        let client = try Client(to: group.reachable)
        #expect(throws: SystemError(call: "connect", errno: .connectionRefused)) { try client.waitUntilConnected() }
        try group.lanes[0].socket.listen(backlog: 9)
        #expect(try copy.socket.listenerInfo() == ListenerInfo(isListening: true, acceptQueue: 0, backlog: 9))
        #expect(try group.connect(5) == [5])
    }

    @Test("A cookie names a socket for good: copies share it, other sockets do not")
    func cookie() throws {
        let one = try Socket.stream(.v4)
        let other = try Socket.stream(.v4)
        let copy = Socket(adopting: try one.descriptor.duplicate())
        #expect(try one.cookie() == copy.cookie())
        #expect(try one.cookie() != other.cookie())
        #expect(try one.cookie() != 0)
    }
}
