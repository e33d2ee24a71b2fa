import Linux
import TestSupport

/// A socket that an array may hold.
final class Lane {
    let socket: Socket

    init(_ socket: consuming Socket) { self.socket = socket }

    /// Takes all connections that wait, closes them, and says how many there were.
    func drain() -> Int {
        var count = 0
        while case .accepted = socket.accept() { count += 1 }
        return count
    }
}

/// A reuseport group of listening sockets on one free port, in the order in which they began to listen.
final class LaneGroup {
    let address: SocketAddress
    var lanes: [Lane] = []
    /// Bound to port 0 to find a free port, and kept, so that nobody else gets it. It never listens, so it is not in the
    /// group. The lanes themselves are bound to the number: a socket that was bound to 0 loses its port at a shutdown.
    private let scout: Lane?

    /// Opens `count` lanes; `address` has port 0.
    init(_ count: Int, at address: SocketAddress = .v4(.loopback, port: 0)) throws {
        let scout = Lane(try Self.unbound(address.family))
        try scout.socket.bind(address)
        self.scout = scout
        self.address = try scout.socket.localAddress()
        for _ in 0..<count { try open() }
    }

    /// Takes over a first lane that listens already.
    init(around first: consuming Socket) throws {
        address = try first.localAddress()
        lanes = [Lane(first)]
        scout = nil
    }

    /// A socket of the group that is not bound yet.
    static func unbound(_ family: SocketFamily) throws -> Socket {
        let socket = try Socket.stream(family)
        try socket.set(.reusePort, to: true)
        if family == .v6 { try socket.set(.v6Only, to: false) }
        return socket
    }

    /// Binds a socket, makes it listen and so adds it at the end.
    func join(_ socket: consuming Socket) throws {
        try socket.bind(address)
        try socket.listen(backlog: 1024)
        lanes.append(Lane(socket))
    }

    /// Opens one more lane, the last one.
    func open() throws { try join(try Self.unbound(address.family)) }

    /// Closes a lane and waits until the kernel has taken it out: a child that another test starts at this moment has a
    /// copy until its exec.
    func close(_ index: Int) throws {
        lanes.remove(at: index)
        let port = String(address.port ?? 0, radix: 16, uppercase: true)
        let mark = ":" + String(repeating: "0", count: 4 - port.count) + port + " 00000000:0000 0A"
        try wait(for: "the lane to be gone") {
            try Self.listeners().split(separator: "\n").count { $0.contains(mark) } == lanes.count
        }
    }

    /// The part of /proc/net/tcp that has the listening sockets. They come first (net/ipv4/tcp_ipv4.c, tcp_seq_start), and
    /// behind them a busy machine has any number of others.
    private static func listeners() throws -> String {
        let file = try Files.open("/proc/net/tcp")
        var (text, part) = ([UInt8](), [UInt8](repeating: 0, count: 65536))
        while case .bytes(let count) = try file.read(into: &part), count > 0, text.count < 4 << 20 {
            text += part.prefix(count)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Makes `count` connections from this machine and says how many came out of each lane.
    func connect(_ count: Int, to target: SocketAddress? = nil) throws -> [Int] {
        var result = lanes.map { _ in 0 }
        var left = count
        while left > 0 {
            let batch = min(left, 100)
            let clients = try (0..<batch).map { _ in try Client(to: target ?? reachable) }
            try clients.forEach { try $0.waitUntilConnected() }
            var arrived = 0
            try wait(for: "\(batch) connections to come out of the lanes") {
                for (index, lane) in lanes.enumerated() {
                    let taken = lane.drain()
                    result[index] += taken
                    arrived += taken
                }
                return arrived == batch
            }
            left -= batch
        }
        return result
    }

    /// The group's address as a client names it.
    var reachable: SocketAddress {
        switch address {
        case .v4(_, let port): .v4(.loopback, port: port)
        case .v6(_, let port, _): .v6(.loopback, port: port, scope: 0)
        case .unix, .abstract, .unnamed: address
        }
    }

    /// The same for a client that speaks IPv4.
    var reachableByV4: SocketAddress { .v4(.loopback, port: address.port ?? 0) }

    /// Which lane a client's connection comes out of.
    func lane(of client: Client, to target: SocketAddress? = nil) throws -> Int {
        try client.connect(to: target ?? reachable)
        try client.waitUntilConnected()
        return try wait(for: "the connection to come out of a lane") { lanes.firstIndex { $0.drain() == 1 } }
    }
}

/// A client that leaves no TIME_WAIT behind.
final class Client {
    let socket: Socket

    /// A client that is not connected yet, bound to a free port of an address.
    init(from source: SocketAddress) throws {
        socket = try Socket.stream(source.family)
        try socket.setLinger(seconds: 0)
        try socket.bind(source)
    }

    /// A client that begins to connect.
    init(to target: SocketAddress) throws {
        socket = try Socket.stream(target.family)
        try socket.setLinger(seconds: 0)
        try connect(to: target)
    }

    func connect(to target: SocketAddress) throws { _ = try socket.connect(target) }

    func waitUntilConnected() throws {
        try wait(for: "the connect's outcome") { try Poll.writable(socket.number, timeout: .seconds(1)) }
        if let errno = try socket.takeError() { throw SystemError(call: "connect", errno: errno) }
    }

    var address: SocketAddress { get throws { try socket.localAddress() } }
}
