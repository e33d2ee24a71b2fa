import Linux
import TestSupport
import Testing

@Suite("Steering one connection by its source port")
struct RuleSteeringTests {
    private func program(_ client: Client, _ group: LaneGroup, to target: SocketAddress) throws -> SteeringProgram {
        SteeringProgram(
            base: .constant(index: 0),
            rules: [SteeringProgram.Rule(source: try client.address, destination: target, index: 1)])
    }

    @Test("IPv4: the probe enters its lane, and everybody else the other")
    func v4() throws {
        let group = try LaneGroup(2)
        let probe = try Client(from: .v4(.loopback, port: 0))
        try group.lanes[0].socket.attach(program(probe, group, to: group.reachable))
        #expect(try group.connect(200) == [200, 0])
        #expect(try group.lane(of: probe) == 1)
        #expect(try group.connect(200) == [200, 0])
    }

    @Test("The same port of another address is another connection")
    func otherAddress() throws {
        let group = try LaneGroup(2, at: .v4(.any, port: 0))
        let probe = try Client(from: .v4(.loopback, port: 0))
        try group.lanes[0].socket.attach(program(probe, group, to: group.reachable))
        let stranger = try Client(from: .v4(IPv4Address(0x7f00_0002), port: try probe.address.port ?? 0))
        #expect(try group.lane(of: stranger) == 0)
        let toAnother = SocketAddress.v4(IPv4Address(0x7f00_0003), port: group.address.port ?? 0)
        #expect(try group.lane(of: probe, to: toAnother) == 0)
    }

    @Test("Dual stack: a probe that speaks IPv6 and one that speaks IPv4, each named in either form")
    func dualStack() throws {
        let group = try LaneGroup(2, at: .v6(.any, port: 0, scope: 0))
        for target in [group.reachable, group.reachableByV4] {
            let own: SocketAddress = target.family == .v4 ? .v4(.loopback, port: 0) : .v6(.loopback, port: 0, scope: 0)
            let probe = try Client(from: own)
            try group.lanes[1].socket.attach(program(probe, group, to: target))
            #expect(try group.connect(100) == [100, 0])
            #expect(try group.connect(100, to: group.reachableByV4) == [100, 0])
            #expect(try group.lane(of: probe, to: target) == 1)
        }
        let probe = try Client(from: .v4(.loopback, port: 0))
        let mapped = IPv6Address(high: 0, low: 0xffff_7f00_0001)
        let rule = SteeringProgram.Rule(
            source: .v6(mapped, port: try probe.address.port ?? 0, scope: 0),
            destination: .v6(mapped, port: 0, scope: 0), index: 1)
        try group.lanes[0].socket.attach(SteeringProgram(base: .constant(index: 0), rules: [rule]))
        #expect(try group.lane(of: probe, to: group.reachableByV4) == 1)
    }

    @Test("The first of several rules that fits decides, and the weight holds for the others")
    func several() throws {
        let group = try LaneGroup(4)
        let probes = try (0..<20).map { _ in try Client(from: .v4(.loopback, port: 0)) }
        let target = group.reachable
        let rules = try probes.enumerated().flatMap { number, probe in
            let source = try probe.address
            return [number % 3 + 1, 0].map { SteeringProgram.Rule(source: source, destination: target, index: $0) }
        }
        try group.lanes[0].socket.attach(
            SteeringProgram(base: .weighted(index: 0, share: 10_000, others: 3), rules: rules))
        #expect(try group.connect(100) == [100, 0, 0, 0])
        for (number, probe) in probes.enumerated() { #expect(try group.lane(of: probe) == number % 3 + 1) }
    }

    @Test("IPv4 options before the TCP header do not hide the source port")
    func options() throws {
        let group = try LaneGroup(2)
        let source = try Client(from: .v4(.loopback, port: 0)).address
        let rule = SteeringProgram.Rule(source: source, destination: group.reachable, index: 1)
        try group.lanes[0].socket.attach(SteeringProgram(base: .constant(index: 0), rules: [rule]))
        // IP_OPTIONS with three no-operations and an end makes the header 24 bytes long.
        let client = try Child(
            try Program.python(
                """
                import socket, sys
                s = socket.socket()
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\\x01\\x01\\x01\\x00")
                s.bind(("127.0.0.1", int(sys.argv[1])))
                s.connect(("127.0.0.1", int(sys.argv[2])))
                print(len(s.getsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, 40)), s.recv(1), flush=True)
                """, "\(source.port ?? 0)", "\(group.address.port ?? 0)"))
        let lane = try wait(for: "the connection with options") { group.lanes.firstIndex { $0.drain() == 1 } }
        #expect(lane == 1)
        #expect(try client.wait() == .exited(code: 0), "\(client.errors)")
        #expect(client.output == "4 b''\n")
    }

    @Test("A rule that no connection can fit is refused, not forgotten")
    func impossible() throws {
        let group = try LaneGroup(1)
        let v4 = SocketAddress.v4(.loopback, port: 1)
        for other in [SocketAddress.v6(.loopback, port: 1, scope: 0), .unix(path: "/x"), .unnamed] {
            let rule = SteeringProgram.Rule(source: v4, destination: other, index: 0)
            let program = SteeringProgram(base: .constant(index: 0), rules: [rule])
            #expect(throws: SystemError(call: "setsockopt", errno: .invalid, subject: "\(v4) to \(other)")) {
                try group.lanes[0].socket.attach(program)
            }
        }
    }
}
