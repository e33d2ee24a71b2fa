internal import Linux

/// What the listeners see of the keeper: every lane is in its hands before it listens.
///
/// The keeper is a help against one misfortune; another one, its own death, must stop nothing. When it is gone, a new
/// one is started and given all lanes.
final class LaneKeeper {
    private let path: String?
    private var client: KeeperClient?
    /// The lanes that it is to hold; the descriptors are the listeners', lent.
    private(set) var lanes: [(name: String, descriptor: CInt)] = []
    /// What the keeper that was found holds already.
    private var found: Set<String> = []

    /// The connection's number, lent, for epoll; nil while there is no keeper.
    var number: CInt? { client?.number }
    /// The keeper's process, when this master started it.
    var process: HelperProcess? { client?.process }

    /// Speaks to the keeper at `path`, which is started when it is first needed; without a path nothing is kept.
    init(at path: String?) { self.path = path }

    /// The lanes that an earlier master's keeper holds: name and socket, in the order in which they were opened. Empty
    /// when there is no keeper.
    func recover() -> [(name: String, socket: Socket.Box)] {
        client = path.flatMap { KeeperClient.find(at: $0) }
        guard let answer = try? client?.list() else { return [] }
        if answer.version == Keeper.version {
            found = Set(answer.kept.map(\.name))
        } else {
            // It speaks otherwise than this program. What it held is in our hands: a new keeper gets it.
            dismiss()
        }
        return answer.kept
    }

    /// Ends the keeper that was found: nothing in its hands is wanted.
    func dismiss() {
        client?.quit()
        client = nil
        lanes = []
        found = []
    }

    /// Has a lane kept. The descriptor stays the listener's, and open until `forget`.
    func keep(_ descriptor: CInt, _ name: String) {
        lanes.append((name, descriptor))
        if client == nil { restart() } else { store(descriptor, name) }
    }

    /// Goes on with a lane that an earlier master had: mostly it is kept already.
    func isKept(_ descriptor: CInt, _ name: String) {
        if found.contains(name) { lanes.append((name, descriptor)) } else { keep(descriptor, name) }
    }

    /// Has a lane let go.
    func forget(_ name: String) {
        lanes.removeAll { $0.name == name }
        client?.forget(name)
    }

    /// Starts a keeper and gives it all lanes; what goes wrong is told.
    func restart() {
        guard let path else { return }
        do {
            client = try KeeperClient.start(at: path)
            for lane in lanes { store(lane.descriptor, lane.name) }
        } catch {
            client = nil
            StandardError.line(
                "deployd: the keeper of the lanes cannot be started: \(error); a killed master loses them")
        }
    }

    private func store(_ descriptor: CInt, _ name: String) {
        do { try client?.store(descriptor, name) } catch {
            StandardError.line("deployd: the lane \(name) is not kept: \(error)")
        }
    }
}

/// A lane's name in the keeper's hands.
enum LaneName {
    /// "web/3": the listener's name and the lane's number.
    static func make(_ listener: String, _ number: Int) -> String { "\(listener)/\(number)" }

    /// Takes a name apart; nil for one that is no lane's.
    static func parse(_ name: String) -> (listener: String, number: Int)? {
        guard let slash = name.lastIndex(of: "/"), let number = Int(name[name.index(after: slash)...]) else {
            return nil
        }
        return (String(name[..<slash]), number)
    }
}
