import Linux
import TestSupport
import Testing

@testable import DeployCore
@testable import Supervisor

/// A socket that listens already, as a socket unit opens it: without SO_REUSEPORT, with a user in its queue.
@Suite final class HandedInSocketTests {
    private var users: [Socket.Box] = []

    @Test(arguments: ["127.0.0.1:0", "[::1]:0", "[::]:0"])
    func `it becomes the first lane of a group and is steered, and its queue is kept`(address: String) throws {
        let socket = try Socket.stream(address.hasPrefix("[") ? .v6 : .v4)
        try socket.set(.reuseAddress, to: true)
        try socket.bind(try #require(SocketAddress(parsing: address)))
        try socket.listen(backlog: 16)
        let bound = try socket.localAddress()
        let early = try Socket.stream(bound.family)
        _ = try early.connect(bound.reachable)

        let listener = try #require(
            HandedInSocket(socket).listener(
                at: ListenerSetting(name: "web", address: bound), keeper: LaneKeeper(at: nil)) as? SteeredListener)
        let (one, two) = (SteeredListenerTests.generation(1), SteeredListenerTests.generation(2))
        try listener.open(for: one)
        // Who came before the master waits in the queue, and so does who comes until the generation is proven.
        let late = try Socket.stream(bound.family)
        _ = try late.connect(bound.reachable)
        let room = try #require(listener.watchable.first { $0.lane.acceptQueue > 0 })
        #expect(room.state == .fresh)
        try wait(for: "both") { room.lane.acceptQueue == 2 }
        try listener.steer(to: .only(one))
        for _ in 1...20 { #expect(try SteeredListenerTests.enters(listener, among: [1]) == 1) }
        try listener.open(for: two)
        for _ in 1...20 { #expect(try SteeredListenerTests.enters(listener, among: [1, 2]) == 1) }
        try listener.steer(to: .only(two))
        for _ in 1...20 { #expect(try SteeredListenerTests.enters(listener, among: [1, 2]) == 2) }
        // It is no generation's, and is not closed with theirs.
        for number in [one, two] { listener.release(number) }
        SteeredListenerTests.expire(listener, at: Master.now() + Handshakes.patience)
        #expect(listener.has(room.lane) && room.lane.isListening)
        #expect(room.lane.acceptQueue == 2)
    }

    @Test func `a master that stops leaves who comes to the next one that the socket unit starts`() throws {
        let socket = try Socket.stream(.v4)
        try socket.bind(try #require(SocketAddress(parsing: "127.0.0.1:0")))
        try socket.listen(backlog: 16)
        let bound = try socket.localAddress()
        let managers = Socket(adopting: try socket.descriptor.duplicate())
        let listener = HandedInSocket(socket).listener(
            at: ListenerSetting(name: "web", address: bound), keeper: LaneKeeper(at: nil))
        try listener.open(for: SteeredListenerTests.generation(1))
        try listener.steer(to: .only(SteeredListenerTests.generation(1)))
        listener.shutDoor()
        for count in 1...5 {
            let user = try Socket.stream(.v4)
            _ = try user.connect(bound)
            try wait(for: "the user") { try managers.listenerInfo().acceptQueue == count }
            if count == 3 { listener.lockUp() }
            // Its queue is the next master's.
            users.append(Socket.Box(user))
        }
    }

    @Test func `a unix socket is shared by the generations`() throws {
        let directory = try TemporaryDirectory()
        let address = SocketAddress.unix(path: directory.path("web.sock"))
        let socket = try Socket.stream(.unix)
        try socket.bind(address)
        try socket.listen(backlog: 16)
        let listener = try makeListener(
            ListenerSetting(name: "web", address: address), isV6Only: false, keeper: LaneKeeper(at: nil), left: nil,
            handedIn: Socket.Box(socket))
        #expect(listener.steering == .shared)
        try listener.open(for: SteeredListenerTests.generation(1))
        let user = try Socket.stream(.unix)
        #expect(try user.connect(address) == .connected)
        let lane = try #require(listener.lane(of: SteeredListenerTests.generation(1)))
        guard case .accepted = lane.accept() else { return #expect(Bool(false), "nothing was in the queue") }
    }
}
