internal import Linux

/// A TCP socket that a socket unit of systemd opened. It becomes the first of a group: users wait there while nobody serves.
/// No worker gets it, since systemd keeps it for the next master.
struct HandedInSocket: ~Copyable {
    private let socket: Socket

    init(_ socket: consuming Socket) { self.socket = socket }

    /// Serves from it; where no other socket may listen beside it, all generations share it.
    ///
    /// The master must have the user that opened the socket, as the kernel wants it of all sockets of a group.
    consuming func listener(at setting: ListenerSetting, keeper: LaneKeeper) -> any Listener {
        let isV6Only = setting.address.family == .v6 && (try? socket.isOn(.v6Only)) ?? false
        do {
            let partner = try partner(at: setting, isV6Only: isV6Only)
            return SteeredListener(setting, isV6Only: isV6Only, keeper: keeper, socket, partner: partner)
        } catch {
            StandardError.line(
                "deployd: \(setting.address): the socket that was handed in cannot be steered, so the generations share "
                    + "it: \(error)", .warning)
            return SharedListener(setting, keeper: keeper, handedIn: socket)
        }
    }

    /// Opens a second socket beside it, which listens alone, and sends all connections to the first.
    ///
    /// A program cannot be attached to a socket that is alone and was bound without SO_REUSEPORT (EINVAL): the group comes
    /// to life with the second one (net/core/sock_reuseport.c, reuseport_add_sock). Until the program is attached, the
    /// kernel spreads connections over both; no worker ever has either.
    private borrowing func partner(at setting: ListenerSetting, isV6Only: Bool) throws(SystemError) -> Socket {
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
