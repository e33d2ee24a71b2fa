internal import Linux

/// Two sockets of one group.
struct TwoSockets: ~Copyable {
    let first: Socket
    let second: Socket
}

// A TCP socket that a socket unit of systemd opened becomes the first of a group: users wait there while nobody serves. No
// worker gets it, since systemd keeps it for the next master.
extension SteeredListener {
    /// Serves from a socket that listens already; where no other may listen beside it, all generations share it.
    ///
    /// The master must have the user that opened the socket, as the kernel wants it of all sockets of a group.
    static func begin(
        _ setting: ListenerSetting, keeper: LaneKeeper, handedIn socket: consuming Socket
    ) -> any Listener {
        let isV6Only = setting.address.family == .v6 && (try? socket.isOn(.v6Only)) ?? false
        do {
            let partner = try partner(of: socket, at: setting, isV6Only: isV6Only)
            return SteeredListener(
                setting, isV6Only: isV6Only, keeper: keeper, TwoSockets(first: socket, second: partner))
        } catch {
            StandardError.line(
                "deployd: \(setting.address): the socket that was handed in cannot be steered, so the generations share "
                    + "it: \(error)", .warning)
            return SharedListener(setting, keeper: keeper, handedIn: socket)
        }
    }

    /// Opens a second socket beside one that listens alone, and sends all connections to the first.
    ///
    /// A program cannot be attached to a socket that is alone and was bound without SO_REUSEPORT (EINVAL): the group comes
    /// to life with the second one (net/core/sock_reuseport.c, reuseport_add_sock). Until the program is attached, the
    /// kernel spreads connections over both; no worker ever has either.
    private static func partner(
        of socket: borrowing Socket, at setting: ListenerSetting, isV6Only: Bool
    ) throws(SystemError) -> Socket {
        try socket.set(.reusePort, to: true)
        let partner = try Socket.stream(setting.address.family)
        try partner.set(.reuseAddress, to: true)
        try partner.set(.reusePort, to: true)
        try partner.set(.noDelay, to: true)
        if setting.address.family == .v6 { try partner.set(.v6Only, to: isV6Only) }
        try partner.bind(setting.address)
        try partner.listen(backlog: setting.backlog)
        try socket.attach(SteeringProgram(base: .constant(index: 0), rules: []))
        return partner
    }
}
