import Linux
import TestSupport
import Testing

/// Which index names which socket, as the kernel does it (net/core/sock_reuseport.c): what the lane pool's model builds
/// on.
@Suite("The order of a reuseport group")
struct GroupOrderTests {
    /// For each index the lane (by its place in `group.lanes`) that it names.
    private func order(_ group: LaneGroup, through lane: Int = 0, count: Int) throws -> [Int] {
        try (0..<count).map { index in
            try group.lanes[lane].socket.attach(SteeringProgram(base: .constant(index: index)))
            let counts = try group.connect(20)
            return try #require(counts.firstIndex(of: 20), "index \(index): \(counts)")
        }
    }

    @Test("Sockets stand in the order in which they began to listen, not in which they were bound")
    func listening() throws {
        let group = try LaneGroup(1)
        let early = try LaneGroup.unbound(.v4)
        try early.bind(group.address)
        try group.open()
        try early.listen(backlog: 100)
        group.lanes.append(Lane(early))
        #expect(try order(group, count: 3) == [0, 1, 2])
    }

    @Test("A socket that is bound but does not listen has no index")
    func onlyBound() throws {
        let group = try LaneGroup(1)
        let bound = try LaneGroup.unbound(.v4)
        try bound.bind(group.address)
        try group.open()
        #expect(try order(group, count: 2) == [0, 1])
    }

    @Test("The last socket takes the place of one that is closed")
    func closed() throws {
        let group = try LaneGroup(4)
        try group.close(1)
        // Now [0, 2, 3] of the four: 3 has moved to index 1.
        #expect(try order(group, count: 3) == [0, 2, 1])
    }

    @Test("The last socket takes the place of one that is shut down, which stands at the end when it listens again")
    func shutDown() throws {
        let group = try LaneGroup(4)
        try group.lanes[0].socket.shutdown(.both)
        #expect(try order(group, through: 1, count: 3) == [3, 1, 2])
        try group.lanes[0].socket.listen(backlog: 100)
        #expect(try order(group, through: 1, count: 4) == [3, 1, 2, 0])
    }

    @Test("A socket that was bound to port 0 does not come back: it listens on another port")
    func portZero() throws {
        let socket = try LaneGroup.unbound(.v4)
        try socket.bind(.v4(.loopback, port: 0))
        try socket.listen(backlog: 1)
        let before = try socket.localAddress()
        // Somebody else must hold the port, or the kernel may draw the same one again.
        let other = try LaneGroup.unbound(.v4)
        try other.bind(before)
        try socket.shutdown(.both)
        try socket.listen(backlog: 1)
        #expect(try socket.localAddress() != before)
    }

    @Test("shutdown for reading alone has the same effect, for writing alone none", arguments: [true, false])
    func halves(reading: Bool) throws {
        let group = try LaneGroup(3)
        try group.lanes[0].socket.shutdown(reading ? .read : .write)
        #expect(try group.lanes[0].socket.listenerInfo().isListening == !reading)
        #expect(try order(group, through: 1, count: reading ? 2 : 3) == (reading ? [2, 1] : [0, 1, 2]))
    }

    @Test("Listening again with another backlog moves nothing")
    func backlog() throws {
        let group = try LaneGroup(3)
        try group.lanes[0].socket.listen(backlog: 50)
        #expect(try order(group, count: 3) == [0, 1, 2])
    }

    @Test("A closed copy of a socket moves nothing while another copy is open")
    func copies() throws {
        let group = try LaneGroup(3)
        let copy = try group.lanes[1].socket.descriptor.duplicate()
        group.lanes[1] = Lane(Socket(adopting: copy))
        #expect(try order(group, count: 3) == [0, 1, 2])
    }

    @Test("The program stays when the socket through which it came is closed")
    func programStays() throws {
        let group = try LaneGroup(3)
        try group.lanes[2].socket.attach(SteeringProgram(base: .constant(index: 1)))
        try group.close(2)
        #expect(try group.connect(100) == [0, 100])
    }

    @Test("A shut-down socket resets what waits in its queue, and keeps its cookie")
    func queueIsLost() throws {
        let group = try LaneGroup(2)
        try group.lanes[0].socket.attach(SteeringProgram(base: .constant(index: 0)))
        let cookie = try group.lanes[0].socket.cookie()
        let client = try Client(to: group.reachable)
        try client.waitUntilConnected()
        try wait(for: "the connection to wait") { try group.lanes[0].socket.listenerInfo().acceptQueue == 1 }
        try group.lanes[0].socket.shutdown(.both)
        #expect(throws: SystemError(call: "recv", errno: .connectionReset)) {
            var byte: [UInt8] = [0]
            _ = try Poll.readable(client.socket.number, timeout: .seconds(10))
            _ = try client.socket.receive(into: &byte)
        }
        try group.lanes[0].socket.listen(backlog: 100)
        #expect(try group.lanes[0].socket.cookie() == cookie)
    }

    static let families: [SocketAddress] = [
        .v4(.loopback, port: 0), .v4(.any, port: 0), .v6(.loopback, port: 0, scope: 0), .v6(.any, port: 0, scope: 0),
    ]

    @Test(
        "The kernel tells who listens at an address in the order of joining; who comes back is last",
        arguments: families, ListenerRoll.Source.allCases)
    func roll(address: SocketAddress, source: ListenerRoll.Source) throws {
        let group = try LaneGroup(4, at: address)
        let inodes = try group.lanes.map { try $0.socket.descriptor.status().inode }
        let roll = {
            try #require(ListenerRoll.inodes(at: group.address, from: [source]))
                .map { try #require(inodes.firstIndex(of: $0)) }
        }
        #expect(try roll() == [0, 1, 2, 3])
        try group.lanes[1].socket.shutdown(.both)
        #expect(try roll() == [0, 2, 3])
        try group.lanes[1].socket.listen(backlog: 100)
        #expect(try roll() == [0, 2, 3, 1])
        try group.lanes[3].socket.listen(backlog: 50)
        #expect(try roll() == [0, 2, 3, 1])
        #expect(ListenerRoll.inodes(at: group.address.withPort(1), from: [source]) == [])
    }

    @Test("The kernel tells whether a handshake is under way at a port", arguments: families)
    func handshakes(address: SocketAddress) throws {
        let group = try LaneGroup(1, at: address)
        let port = try #require(group.address.port)
        let other = port == 1 ? UInt16(2) : port - 1
        func areUnderWay(among ports: Set<UInt16> = []) -> Bool {
            Handshakes(atPorts: ports.union([port])).areUnderWay(atPort: port)
        }
        #expect(!areUnderWay() && !areUnderWay(among: [other]))
        // The server waits for the client's first bytes, and the handshake lasts as long.
        try group.lanes[0].socket.set(.deferAccept, to: true)
        let client = try Client(to: group.reachable)
        try client.waitUntilConnected()
        try wait(for: "the handshake to be under way") { areUnderWay() }
        #expect(areUnderWay(among: [other]))
        #expect(!Handshakes(atPorts: [port, other]).areUnderWay(atPort: other))
        _ = try client.socket.send(Array("GET".utf8))
        try wait(for: "the handshake to be over") { !areUnderWay() }
    }

    @Test("A socket that is shut down and is another user's cannot join the group again", arguments: families)
    func disowned(address: SocketAddress) throws {
        guard ThisProcess.uid == 0 else { return skipped("disowned", because: "only root may give a socket away") }
        let group = try LaneGroup(3, at: address)
        try group.lanes[1].socket.shutdown(.both)
        try group.lanes[1].socket.disown()
        try group.lanes[1].socket.set(.reusePort, to: true)
        #expect(throws: SystemError(call: "listen", errno: .addressInUse)) {
            try group.lanes[1].socket.listen(backlog: 100)
        }
        // Others still can.
        try group.open()
        #expect(try #require(ListenerRoll.inodes(at: group.address)).count == 3)
    }

    @Test("A locked socket takes no program for its group; another one does")
    func locked() throws {
        let group = try LaneGroup(2)
        try group.lanes[0].socket.lockProgram()
        #expect(throws: SystemError(call: "setsockopt", errno: .notPermitted, subject: "SO_ATTACH_REUSEPORT_CBPF")) {
            try group.lanes[0].socket.attach(SteeringProgram(base: .constant(index: 0)))
        }
        try group.lanes[1].socket.attach(SteeringProgram(base: .constant(index: 0)))
        #expect(try group.connect(50) == [50, 0])
    }

    @Test("A queue that is full lets nobody in: a connection waits outside")
    func fullQueue() throws {
        let group = try LaneGroup(1)
        try group.lanes[0].socket.listen(backlog: 0)
        let first = try Client(to: group.reachable)
        try first.waitUntilConnected()
        try wait(for: "it to fill the queue") { try group.lanes[0].socket.listenerInfo().acceptQueue == 1 }
        let second = try Client(to: group.reachable)
        #expect(try !Poll.writable(second.socket.number, timeout: .milliseconds(50)))
    }
}
