internal import Linux

/// A unix listener: one socket a generation, each with a name of its own beside the listener's path, and steering by a
/// rename: the path is always a hard link to the serving generation's socket, replaced in one step.
///
/// A connection waits in the queue of the socket that the path named when it was made, so nothing is lost by the step.
final class RenamedListener: Listener {
    let setting: ListenerSetting
    private let path: String
    private var lanes: [GenerationNumber: Lane] = [:]
    private var nextLane = 1

    /// Claims the path: another program that accepts there is EADDRINUSE here; a socket that nobody accepts from is what
    /// a dead program left.
    init(_ setting: ListenerSetting) throws(SystemError) {
        self.setting = setting
        guard case .unix(let path) = setting.address else { fatalError("\(setting.address) has no path") }
        self.path = path
        let trial = try Socket.stream(.unix)
        do { _ = try trial.connect(setting.address) } catch {
            if error.errno == .notFound || error.errno == .connectionRefused { return }
        }
        throw SystemError(call: "bind", errno: .addressInUse, subject: setting.address.description)
    }

    var steering: ListenerReport.Steering { .rename }
    var laneCount: Int { lanes.count }

    func open(for generation: GenerationNumber) throws(SystemError) {
        let name = "\(path).\(generation)"
        try Files.unlink(name)
        let address = SocketAddress.unix(path: name)
        let socket = try Socket.stream(.unix)
        try socket.bind(address)
        try Files.setMode(name, 0o666)
        let lane = Lane(LaneNumber(rawValue: nextLane), socket, address: address, backlog: setting.backlog)
        try lane.listen()
        nextLane += 1
        lanes[generation] = lane
    }

    func release(_ generation: GenerationNumber) {
        lanes[generation] = nil
        try? Files.unlink("\(path).\(generation)")
    }

    func lane(of generation: GenerationNumber) -> Lane? { lanes[generation] }

    func steer(to target: SteeringTarget) throws(SystemError) {
        // A path names one socket: shares of connections are beyond it, so the greatest share gets all.
        guard let share = target.shares.max(by: { $0.weight < $1.weight }) else { return }
        let link = "\(path).new"
        try Files.unlink(link)
        try Files.link("\(path).\(share.generation)", as: link)
        try Files.rename(link, to: path)
    }

    func admit(_ source: SocketAddress, to generation: GenerationNumber) {}

    func dismiss(_ source: SocketAddress) {}

    func repair() {}

    func close() {
        try? Files.unlink(path)
        for generation in lanes.keys { try? Files.unlink("\(path).\(generation)") }
    }
}
