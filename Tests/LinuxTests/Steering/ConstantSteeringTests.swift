import Linux
import TestSupport
import Testing

@Suite("Steering to one lane")
struct ConstantSteeringTests {
    static let addresses: [SocketAddress] = [.v4(.loopback, port: 0), .v6(.any, port: 0, scope: 0)]

    @Test(
        "Every connection enters the lane that the program names, and the next one after a switch", arguments: addresses
    )
    func exact(address: SocketAddress) throws {
        let group = try LaneGroup(3, at: address)
        for index in [0, 2, 1, 0, 1, 2] {
            try group.lanes[0].socket.attach(SteeringProgram(base: .constant(index: index)))
            var expected = [0, 0, 0]
            expected[index] = 300
            #expect(try group.connect(300) == expected)
        }
    }

    @Test("A client of a dual-stack lane that speaks IPv4 is steered too")
    func mapped() throws {
        let group = try LaneGroup(2, at: .v6(.any, port: 0, scope: 0))
        for index in [0, 1, 0] {
            try group.lanes[1].socket.attach(SteeringProgram(base: .constant(index: index)))
            #expect(try group.connect(200, to: group.reachableByV4)[index] == 200)
            #expect(try group.connect(200)[index] == 200)
        }
    }

    @Test("The program may be attached before the first bind, and holds for all that join")
    func beforeBind() throws {
        let first = try LaneGroup.unbound(.v4)
        try first.attach(SteeringProgram(base: .constant(index: 1)))
        try first.bind(.v4(.loopback, port: 0))
        try first.listen(backlog: 1000)
        let group = try LaneGroup(around: first)
        try group.open()
        try group.open()
        #expect(try group.connect(300) == [0, 300, 0])
    }

    @Test("A socket that has a program of its own cannot join those that are bound already")
    func tooLate() throws {
        let group = try LaneGroup(1)
        let second = try LaneGroup.unbound(.v4)
        try second.attach(SteeringProgram(base: .constant(index: 0)))
        #expect(throws: SystemError(call: "bind", errno: .addressInUse, subject: "\(group.address)")) {
            try second.bind(group.address)
        }
    }

    @Test("Any socket of the group takes the program for all")
    func throughAnother() throws {
        let group = try LaneGroup(3)
        for lane in group.lanes {
            try lane.socket.attach(SteeringProgram(base: .constant(index: 2)))
            #expect(try group.connect(100) == [0, 0, 100])
            try lane.socket.attach(SteeringProgram(base: .constant(index: 1)))
            #expect(try group.connect(100) == [0, 100, 0])
        }
    }

    @Test("An index that no socket has falls back to the hash over all")
    func outOfRange() throws {
        let group = try LaneGroup(2)
        try group.lanes[0].socket.attach(SteeringProgram(base: .constant(index: 2)))
        let counts = try group.connect(600)
        #expect(counts.reduce(0, +) == 600)
        // 6 standard deviations of 600 throws of a coin are 73.
        #expect(abs(counts[0] - 300) <= 74)
    }

    @Test("What waits in a lane stays there when steering goes elsewhere, and nothing is reset")
    func queueStays() throws {
        let group = try LaneGroup(2)
        try group.lanes[0].socket.attach(SteeringProgram(base: .constant(index: 0)))
        let clients = try (0..<50).map { _ in try Client(to: group.reachable) }
        try clients.forEach { try $0.waitUntilConnected() }
        try group.lanes[0].socket.attach(SteeringProgram(base: .constant(index: 1)))
        try wait(for: "50 to wait") { try group.lanes[0].socket.listenerInfo().acceptQueue == 50 }
        #expect(group.lanes[0].drain() == 50)
        #expect(try group.connect(100) == [0, 100])
        for client in clients {
            var byte: [UInt8] = [0]
            // The accepted end was closed without a word: the end of the stream, not a reset.
            #expect(try client.socket.receive(into: &byte) == .bytes(0))
        }
    }

    @Test("A socket without SO_REUSEPORT takes no program")
    func alone() throws {
        let socket = try Socket.stream(.v4)
        #expect(throws: SystemError.self) { try socket.attach(SteeringProgram(base: .constant(index: 0))) }
    }
}
