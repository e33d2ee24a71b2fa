internal import Linux

/// What the listeners see of those who keep lanes beside the master: the keeper, and systemd's store where there is one.
/// Every lane is in their hands before it listens.
///
/// They are a help against one misfortune; another one, the keeper's own death, must stop nothing. When it is gone, a new
/// one is started and given all lanes. A part of the master, which owns the connection to the keeper.
final class LaneKeeper {
    private let path: String?
    private let store: DescriptorStore?
    private var client: KeeperClient?
    /// The lanes that it is to hold; the descriptors are the listeners', lent.
    private(set) var lanes: [(name: String, descriptor: CInt)] = []
    /// Names that the keeper had when it was found.
    private var found: Set<String> = []

    /// The connection's number, lent, for epoll; nil while there is no keeper.
    var number: CInt? { client?.number }
    /// The keeper's process, when this master started it.
    var process: HelperProcess? { client?.process }
    /// The keeper's process, whoever started it; nil while there is none, or when it is out of our sight.
    var pid: Int32? { client.flatMap { $0.process?.pid ?? foundPid } }
    private var foundPid: Int32?
    /// Nil before the master runs.
    private var watch: (loop: EventLoop, children: Children, log: MasterLog, serial: UInt64)?

    /// Speaks to the keeper at `path`, which is started when it is first needed; without a path nothing is kept.
    init(at path: String?, store: DescriptorStore? = nil) {
        self.path = path
        self.store = store
    }

    /// The lanes that an earlier master's keeper holds, in the order in which they were opened, and behind them those
    /// that only the store had: name and socket.
    ///
    /// The keeper goes first: it has heard all that the earlier master said, where a word to systemd may have been lost.
    func recover(stored: [(name: String, socket: Socket.Box)] = []) -> [(name: String, socket: Socket.Box)] {
        // One that is about to die may still be found.
        guard let client = path.flatMap({ KeeperClient.find(at: $0) }), let answer = try? client.list() else {
            return stored
        }
        self.client = client
        foundPid = answer.pid > 0 ? answer.pid : nil
        let names = Set(answer.kept.map(\.name))
        // One that speaks otherwise than this program is sent away. What it held is in our hands: a new keeper gets it.
        if answer.version == Keeper.version { found = names } else { dismissKeeper() }
        return answer.kept + stored.filter { !names.contains($0.name) }
    }

    /// Ends the keeper that was found and empties the store: nothing in their hands is wanted. It waits until they have
    /// let go, since the addresses are needed.
    func dismiss() {
        dismissKeeper()
        lanes = []
        guard let store, !store.names.isEmpty else { return }
        for name in store.names.sorted() { store.remove(name) }
        store.settle()
    }

    private func dismissKeeper() {
        client?.quit()
        if let number = client?.number { _ = try? Poll.readable(number, timeout: .seconds(5)) }
        client = nil
        found = []
    }

    /// Has a lane kept. The descriptor stays the listener's, and open until `forget`.
    func keep(_ descriptor: CInt, _ name: String) {
        lanes.append((name, descriptor))
        // An earlier lane of this name, left by a master that was killed before it could say so.
        store?.remove(name)
        store?.store(descriptor, name)
        if client == nil { restart() } else { hand(descriptor, name) }
    }

    /// A lane that was recovered: who of the two does not have it gets it.
    func isKept(_ descriptor: CInt, _ name: String) {
        lanes.append((name, descriptor))
        store?.store(descriptor, name)
        if client == nil { restart() } else if !found.contains(name) { hand(descriptor, name) }
    }

    /// Lets go what was recovered and is no listener's any more.
    func dropOthers() {
        let names = Set(lanes.map(\.name))
        for name in found.subtracting(names).sorted() { client?.forget(name) }
        guard let store else { return }
        for name in store.names.subtracting(names).sorted() { store.remove(name) }
    }

    /// Has a lane let go.
    func forget(_ name: String) {
        lanes.removeAll { $0.name == name }
        client?.forget(name)
        store?.remove(name)
    }

    /// Starts a keeper and gives it all lanes; what goes wrong is told.
    private func restart() {
        guard let path else { return }
        do {
            client = try KeeperClient.start(at: path)
            beginWatching()
            for lane in lanes { hand(lane.descriptor, lane.name) }
        } catch {
            client = nil
            StandardError.line(
                "deployd: the keeper of the lanes cannot be started: \(error); a master that is killed loses them")
        }
    }

    /// Has a keeper of this program take the place of the one that is there, which may be of an older one or may not be
    /// found any more. No lane is let go: the new one says that it has them all before the old one ends.
    func replace() {
        guard let path, let old = client else { return restart() }
        watch?.loop.remove(old.number)
        defer { beginWatching() }
        do {
            let (new, draft) = try KeeperClient.startBeside(path)
            for lane in lanes { try new.store(lane.descriptor, lane.name) }
            let kept = Set(try new.list().kept.map(\.name))
            guard lanes.allSatisfy({ kept.contains($0.name) }) else {
                throw SystemError(call: "sendmsg", errno: .wouldBlock, subject: "the new keeper")
            }
            try Files.rename(draft, to: path)
            client = new
            found = kept
            old.quit()
        } catch {
            StandardError.line(
                "deployd: the keeper of the lanes cannot be replaced: \(error); the previous one stays", .warning)
        }
    }

    private func hand(_ descriptor: CInt, _ name: String) {
        do { try client?.store(descriptor, name) } catch {
            StandardError.line("deployd: the lane \(name) is not kept: \(error)")
        }
    }
}

// The keeper's end.
extension LaneKeeper {
    /// Hears from now on when the keeper ends, and has it reaped if it is this master's child.
    func watch(_ loop: EventLoop, _ children: Children, _ log: MasterLog) {
        watch = (loop, children, log, 0)
        beginWatching()
    }

    private func beginWatching() {
        guard let watch, let client else { return }
        let serial = watch.loop.nextSerial()
        self.watch?.serial = serial
        try? watch.loop.add(client.number, .readable, Token(.keeper, serial))
        if let process = client.process { watch.children.adopt(process) }
    }

    /// The keeper is gone: another one takes its place.
    func ended(_ serial: UInt64) {
        guard let watch, watch.serial == serial, let client else { return }
        watch.loop.remove(client.number)
        watch.log.seldom("keeper", "the keeper of the lanes is gone; another is started", .warning)
        restart()
    }

    /// Leaves the lanes to the program that takes this one's place.
    func pass(to next: ExecState) {
        for lane in lanes { next.leave(lane.descriptor, as: ExecState.Name.lane + lane.name) }
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
