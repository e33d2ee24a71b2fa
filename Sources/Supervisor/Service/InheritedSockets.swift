internal import Handoff
internal import Linux

/// Listening sockets that this process was born with: from its descriptor store, and of socket units. Source:
/// sd_listen_fds(3).
struct InheritedSockets {
    /// Lanes that an earlier master gave to the store, by the name that they have there: of several with one name the one
    /// that came last.
    private(set) var lanes: [(name: String, socket: Socket.Box)] = []
    /// What socket units opened, by its address.
    private(set) var units: [(address: SocketAddress, socket: Socket.Box)] = []
    /// Names in the store that mean nothing here.
    private(set) var stale: Set<String> = []

    init() {}

    /// Takes what systemd handed in, and takes the word of it out of the environment, so that it is taken once.
    init(_ surroundings: Surroundings) {
        let environment = surroundings.environment
        for name in [WorkerEnvironment.listenCount, WorkerEnvironment.listenProcess, WorkerEnvironment.listenNames] {
            ThisProcess.removeVariable(name)
        }
        for (number, name) in Self.numbers(environment, pid: ThisProcess.pid) { adopt(number, name) }
    }

    /// Descriptors by number, with their names, as the environment tells them; none when it speaks to another process.
    static func numbers(_ environment: [String: String], pid: Int32) -> [(number: CInt, name: String)] {
        guard environment[WorkerEnvironment.listenProcess] == "\(pid)",
            let count = environment[WorkerEnvironment.listenCount].flatMap({ Int32($0) }), (1...65536).contains(count)
        else { return [] }
        let names = (environment[WorkerEnvironment.listenNames] ?? "").split(
            separator: ":", omittingEmptySubsequences: false)
        return (0..<count).map { index in
            (
                WorkerEnvironment.firstListener + index,
                Int(index) < names.count ? String(names[Int(index)]) : "unknown"
            )
        }
    }

    private mutating func adopt(_ number: CInt, _ name: String) {
        let socket = Socket(adopting: FileDescriptor(owning: number))
        let isLane = LaneName.parse(name) != nil
        // What a worker has shut down is a lane all the same: it listens again.
        let address = socket.localAddressUnlessHeld()
        guard isLane || (address != nil && (try? socket.isListening()) == true) else {
            StandardError.line(
                "deployd: descriptor \(number) (\(name)), handed in by the service manager, is no listening socket; "
                    + "it is closed", .warning)
            if isLane { stale.insert(name) }
            return
        }
        guard isLane else {
            if let address { units.append((address, Socket.Box(socket))) }
            return
        }
        // The store gives the newest first.
        if !lanes.contains(where: { $0.name == name }) { lanes.append((name, Socket.Box(socket))) }
    }
}

// Which listener a socket unit's socket is for: the one of its address.
extension InheritedSockets {
    /// The socket that a unit opened at an address.
    func unit(at address: SocketAddress) -> Socket.Box? { units.first { $0.address == address }?.socket }

    /// Sockets that no listener is for: nobody would ever accept from them.
    func strangers(to configuration: Configuration) -> [Problem] {
        let addresses = configuration.listeners.map(\.address)
        return units.filter { !addresses.contains($0.address) }.map {
            Problem(
                file: configuration.file ?? "", keyPath: "listen", found: "a socket unit that listens on \($0.address)",
                expected: "one of " + addresses.map(\.description).joined(separator: ", "),
                advice: "make ListenStream= of the unit and `listen` agree")
        }
    }
}
