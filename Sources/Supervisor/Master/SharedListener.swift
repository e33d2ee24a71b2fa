internal import Linux

/// A listener without steering (an abstract unix socket): one socket from which all generations accept.
final class SharedListener: Listener {
    let setting: ListenerSetting
    private let shared: Lane
    private var generations: Set<GenerationNumber> = []

    /// Binds the address.
    init(_ setting: ListenerSetting) throws(SystemError) {
        self.setting = setting
        let socket = try Socket.stream(setting.address.family)
        try socket.bind(setting.address)
        shared = Lane(LaneNumber(rawValue: 1), socket, address: setting.address, backlog: setting.backlog)
        try shared.listen()
    }

    var steering: ListenerReport.Steering { .shared }
    var laneCount: Int { 1 }

    func open(for generation: GenerationNumber) { generations.insert(generation) }

    func release(_ generation: GenerationNumber) { generations.remove(generation) }

    func lane(of generation: GenerationNumber) -> Lane? { generations.contains(generation) ? shared : nil }

    func steer(to target: SteeringTarget) {}

    func admit(_ source: SocketAddress, to generation: GenerationNumber) {}

    func dismiss(_ source: SocketAddress) {}

    func repair() {}

    func close() {}
}
