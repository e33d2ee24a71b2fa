import Linux
import TestSupport
import Testing

@Suite("Steering whole networks another way")
struct ExemptionSteeringTests {
    private static func program(_ networks: [String], base: SteeringProgram.Base = .constant(index: 1)) throws
        -> SteeringProgram
    {
        let networks = try networks.map { try #require(IPNetwork($0), "\($0)") }
        return SteeringProgram(base: .constant(index: 0), exemption: .init(networks, base: base))
    }

    private static func lane(of source: String, in group: LaneGroup, to target: SocketAddress? = nil) throws -> Int {
        let address = try #require(SocketAddress(parsing: source.contains(":") ? "[\(source)]:0" : "\(source):0"))
        return try group.lane(of: Client(from: address), to: target)
    }

    @Test("An IPv4 address, and networks whose width is no whole byte")
    func v4() throws {
        let group = try LaneGroup(2, at: .v4(.any, port: 0))
        try group.lanes[0].socket.attach(Self.program(["127.0.0.7", "127.4.0.0/15", "2001:db8::/32"]))
        for source in ["127.0.0.7", "127.4.0.1", "127.5.255.254"] {
            #expect(try Self.lane(of: source, in: group) == 1, "\(source)")
        }
        for source in ["127.0.0.6", "127.0.0.8", "127.3.255.254", "127.6.0.1", "127.132.0.1"] {
            #expect(try Self.lane(of: source, in: group) == 0, "\(source)")
        }
    }

    @Test("IPv6, IPv4 through a socket of both, and a width of 0 that means all of a family")
    func v6() throws {
        let group = try LaneGroup(2, at: .v6(.any, port: 0, scope: 0))
        try group.lanes[1].socket.attach(Self.program(["::1"]))
        #expect(try Self.lane(of: "::1", in: group) == 1)
        #expect(try Self.lane(of: "127.0.0.1", in: group, to: group.reachableByV4) == 0)
        for network in ["::/0", "::/64", "::/127", "::0/126"] {
            try group.lanes[1].socket.attach(Self.program([network]))
            #expect(try Self.lane(of: "::1", in: group) == 1, "\(network)")
            #expect(try Self.lane(of: "127.0.0.1", in: group, to: group.reachableByV4) == 0, "\(network)")
        }
        for network in ["::2", "::8/125", "8000::/1", "0:0:1::/48", "0.0.0.0/0"] {
            try group.lanes[1].socket.attach(Self.program([network]))
            #expect(try Self.lane(of: "::1", in: group) == 0, "\(network)")
        }
        #expect(try Self.lane(of: "127.0.0.1", in: group, to: group.reachableByV4) == 1)
    }

    @Test("They can be divided by shares, a rule for one connection goes first, and as many fit as are let in at most")
    func many() throws {
        let group = try LaneGroup(3)
        let probe = try Client(from: .v4(.loopback, port: 0))
        let networks = (1...64).map { "2001:db8:\($0)::/127" } + ["127.0.0.0/8"]
        var program = try Self.program(networks, base: .weighted(index: 1, share: 10_000, others: 0))
        program.rules = [SteeringProgram.Rule(source: try probe.address, destination: group.reachable, index: 2)]
        try group.lanes[0].socket.attach(program)
        #expect(try group.connect(50) == [0, 50, 0])
        #expect(try group.lane(of: probe) == 2)
    }
}
