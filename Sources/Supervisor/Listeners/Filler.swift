internal import DeployCore
internal import Linux

/// A connection of the master's own that takes the last room in a lane's queue, so that the kernel lets nobody else in.
/// Source: net/ipv4/tcp_input.c, tcp_conn_request: with a full accept queue the SYN is dropped, and comes again.
final class Filler {
    let lane: LaneNumber
    /// Where it comes from: how steering knows it.
    let source: SocketAddress
    private let socket: Socket

    /// How long the lane may take to be full. On the same machine it is at once, if the processor is not busy elsewhere.
    private static let patience = Duration.milliseconds(50)

    /// Chooses where it comes from, for a lane that from now on has room for one; nil: it cannot be filled.
    convenience init?(narrowing lane: Lane) {
        lane.backlog = 0
        guard (try? lane.listen()) != nil else { return nil }
        do { try self.init(for: lane) } catch { return nil }
    }

    private init(for lane: Lane) throws(SystemError) {
        let socket = try Socket.stream(lane.address.family)
        try socket.bind(lane.address.withPort(0))
        self.lane = lane.number
        source = try socket.localAddress()
        self.socket = socket
    }

    /// Fills the lane, which listens at `address`. Steering sends this connection there, and nobody else's yet.
    func connect(to address: SocketAddress) {
        guard case .inProgress? = try? socket.connect(address) else { return }
        _ = try? Poll.writable(socket.number, timeout: Self.patience)
    }
}
