internal import DeployCore
internal import Linux

/// A unix listener: one socket a generation, each with a name of its own beside the listener's path, and steering by a
/// rename: the path is always a hard link to the serving generation's socket, replaced in one step.
///
/// A connection waits in the queue of the socket that the path named when it was made, so nothing is lost by the step.
final class RenamedListener: Listener {
    private(set) var setting: ListenerSetting
    var isLeaving = false
    let path: String
    private(set) var lanes: [GenerationNumber: Lane] = [:]
    /// The lanes' files, whatever their names lead to by now. One that is missing could not be told when this master began.
    private(set) var files: [GenerationNumber: SocketFile] = [:]
    /// Whose socket the path leads to.
    private(set) var steeredTo: GenerationNumber?
    var trouble: ListenerTrouble?
    /// Whether the path was its own once: what stands there else is somebody's who came before.
    private var wasLed = false
    private let keeper: LaneKeeper

    /// Claims the path: another program that accepts there is EADDRINUSE here; a socket that nobody accepts from is what
    /// a dead program left.
    init(_ setting: ListenerSetting, keeper: LaneKeeper) throws(SystemError) {
        self.setting = setting
        self.keeper = keeper
        guard case .unix(let path) = setting.address else { fatalError("\(setting.address) has no path") }
        self.path = path
        if let trouble = SocketPath(path).trouble { throw trouble.error(path) }
    }

    /// Goes on with the sockets that an earlier master left, by their generation's number.
    init(_ setting: ListenerSetting, keeper: LaneKeeper, _ sockets: [Int: Socket.Box]) {
        self.setting = setting
        self.keeper = keeper
        guard case .unix(let path) = setting.address else { fatalError("\(setting.address) has no path") }
        self.path = path
        for (number, box) in sockets {
            // What has another path was another listener's of this name.
            let name = name(GenerationNumber(rawValue: number))
            guard let socket = box.take(), socket.localAddressUnlessHeld() == .unix(path: name) else { continue }
            keeper.isKept(socket.number, LaneName.make(setting.name, number))
            let file = try? SocketFile(of: socket, at: name)
            add(socket, file, for: GenerationNumber(rawValue: number)).isLent = true
        }
        wasLed = !lanes.isEmpty
    }

    var steering: ListenerReport.Steering { .rename }
    var laneCount: Int { lanes.count }
    var lastLane: Int { lanes.keys.map(\.rawValue).max() ?? 0 }
    var isUnused: Bool { lanes.isEmpty }
    var pool: LanePool? { nil }

    func name(_ generation: GenerationNumber) -> String { Self.name(path, generation) }

    /// The path of a generation's own socket, of a listener at `path`.
    static func name(_ path: String, _ generation: GenerationNumber) -> String { "\(path).\(generation)" }

    /// Whether a socket was bound under this name for the listener at a path, or at the path itself.
    static func isName(_ name: Substring, at path: String) -> Bool {
        guard name.hasPrefix(path) else { return false }
        let rest = name.dropFirst(path.count)
        return rest.isEmpty || (rest.first == "." && rest.count > 1 && rest.dropFirst().allSatisfy(\.isNumber))
    }

    @discardableResult
    private func add(_ socket: consuming Socket, _ file: SocketFile?, for generation: GenerationNumber) -> Lane {
        let lane = Lane(
            LaneNumber(rawValue: generation.rawValue), socket, address: .unix(path: name(generation)),
            backlog: setting.backlog)
        lanes[generation] = lane
        files[generation] = file
        return lane
    }

    func open(for generation: GenerationNumber) throws(SystemError) {
        let name = name(generation)
        try SocketPath(name).clear()
        let socket = try Socket.stream(.unix)
        try socket.bind(path: name, mode: 0o666)
        let file = try SocketFile(of: socket, at: name)
        keeper.keep(socket.number, LaneName.make(setting.name, generation.rawValue))
        try add(socket, file, for: generation).listen()
    }

    func release(_ generation: GenerationNumber) {
        guard lanes[generation] != nil else { return }
        keeper.forget(LaneName.make(setting.name, generation.rawValue))
        // For all who may still hold it.
        try? lanes[generation]?.shutDown()
        lanes[generation] = nil
        files[generation] = nil
        SocketPath(name(generation)).remove()
    }

    func lane(of generation: GenerationNumber) -> Lane? { lanes[generation] }

    func probeTarget(of generation: GenerationNumber) -> SocketAddress? {
        files[generation]?.address ?? lanes[generation]?.address
    }

    func steer(to target: SteeringTarget) throws(SystemError) {
        // A path names one socket: shares of connections are beyond it, so the greatest share gets all.
        guard let share = target.shares.max(by: { $0.weight < $1.weight }) else { return }
        guard lanes[share.generation] != nil else {
            steeredTo = nil
            return SocketPath(path).remove()
        }
        do { try lead(to: share.generation) } catch {
            // As long as users come in by the path, to another generation, this is not done. If somebody has put something
            // else there, nobody comes in: that is told (`mend`), and holds up no other listener.
            let led = FileIdentity(path)
            guard wasLed, !files.values.contains(where: { $0.identity == led }) else { throw error }
        }
        wasLed = true
        steeredTo = share.generation
    }

    private func lead(to generation: GenerationNumber) throws(SystemError) {
        let file = files[generation]
        if let led = FileIdentity(path), led == file?.identity { return }
        let link = "\(path).new"
        // (What may lie there is a second name of a socket of ours that somebody accepts from.)
        try SocketPath(link).clear(evenIfAnswered: true)
        if let file { try file.link(as: link) } else { try Files.link(name(generation), as: link) }
        try SocketPath(path).replace(by: link)
    }

    func admit(_ source: SocketAddress, to generation: GenerationNumber) {}

    func dismiss(_ source: SocketAddress) {}

    func repair() {}

    func has(_ lane: Lane) -> Bool { lanes.values.contains { $0 === lane } }

    func closeFreeLanes() {}

    var watchable: [(lane: Lane, state: LaneState)] { lanes.map { ($0.value, .generation($0.key)) } }

    func shutDoor() {
        if let steeredTo, FileIdentity(path) == files[steeredTo]?.identity { try? Files.unlink(path) }
        steeredTo = nil
    }

    func setSecure(_ isSecure: Bool) { setting.isSecure = isSecure }

    func setBacklog(_ backlog: Int) {
        setting.backlog = backlog
        for lane in lanes.values {
            lane.backlog = backlog
            try? lane.listen()
        }
    }

    func close() {
        SocketPath(path).remove()
        for generation in lanes.keys { SocketPath(name(generation)).remove() }
    }
}
