internal import Handoff
internal import Linux

/// What the worker was started with: lanes, and the master's channels, as the environment names them.
///
/// Without any of it the worker opens a socket of its own, so that an application can be run by hand.
struct Inheritance: Sendable {
    var lanes: [Lane] = []
    /// The socket on which the master's messages arrive: a descriptor that the taker owns.
    var control: CInt?
    /// The file to count in: a descriptor that the taker owns.
    var scoreboard: CInt?
    /// The generation's hand-over socket: a descriptor that the taker owns.
    var handover: CInt?
    /// The file with the keys of TLS: a descriptor that the taker owns.
    var tls: CInt?
    /// The destination of READY=1.
    var notifySocket: String?
    /// The longest silence that the supervisor accepts; nil for any.
    var watchdog: Duration?

    /// Nothing: for tests, which fill in what they need.
    init() {}

    /// Reads the environment and the arguments (`--listen ADDRESS`), and opens a socket when none was passed.
    init(_ configuration: Configuration, arguments: [String]) throws(SystemError) {
        notifySocket = ThisProcess.variable(WorkerEnvironment.notifySocket)
        watchdog = Self.watchdogLimit()
        control = Self.descriptor(WorkerEnvironment.control)
        scoreboard = Self.descriptor(WorkerEnvironment.scoreboard)
        handover = Self.descriptor(WorkerEnvironment.handover)
        tls = Self.descriptor(WorkerEnvironment.tls)
        let names = Self.names(WorkerEnvironment.listenNames)
        let secure = Set(Self.names(WorkerEnvironment.tlsListeners)).subtracting([""])
        for (place, number) in Self.listenDescriptors().enumerated() {
            let isTLS = place < names.count && secure.contains(names[place])
            guard !isTLS || tls != nil else {
                throw SystemError(call: WorkerEnvironment.tls, errno: .invalid, subject: "no keys for \(names[place])")
            }
            lanes.append(try Lane(inherited: Socket(adopting: FileDescriptor(owning: number)), isTLS: isTLS))
        }
        if lanes.isEmpty {
            // A supervisor that speaks to us passes lanes: to listen somewhere else would only hide the mistake.
            guard control == nil else {
                throw SystemError(call: "LISTEN_FDS", errno: .invalid, subject: "no lane for this process")
            }
            let lane = try Lane(openedAt: try Self.address(configuration, arguments))
            StandardError.line("WebWorker: listens on \(try lane.socket.localAddress())")
            lanes = [lane]
        }
        try closeOnExec(from: WorkerEnvironment.firstListener)
    }

    /// sd_listen_fds(3): the sockets are for the process that LISTEN_PID names.
    private static func listenDescriptors() -> Range<CInt> {
        let first = WorkerEnvironment.firstListener
        guard let count = ThisProcess.variable(WorkerEnvironment.listenCount).flatMap({ CInt($0) }), count > 0 else {
            return first..<first
        }
        if let process = ThisProcess.variable(WorkerEnvironment.listenProcess), process != "\(ThisProcess.pid)" {
            return first..<first
        }
        return first..<first + count
    }

    /// sd_watchdog_enabled(3): the watchdog is for the process that WATCHDOG_PID names.
    private static func watchdogLimit() -> Duration? {
        guard let limit = ThisProcess.variable(WorkerEnvironment.watchdog).flatMap({ Int64($0) }), limit > 0 else {
            return nil
        }
        if let process = ThisProcess.variable(WorkerEnvironment.watchdogProcess), process != "\(ThisProcess.pid)" {
            return nil
        }
        return .microseconds(limit)
    }

    private static func names(_ variable: String) -> [String] {
        let text = ThisProcess.variable(variable) ?? ""
        return text.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
    }

    private static func descriptor(_ variable: String) -> CInt? {
        ThisProcess.variable(variable).flatMap { CInt($0) }
    }

    private static func address(
        _ configuration: Configuration, _ arguments: [String]
    ) throws(SystemError) -> SocketAddress {
        var text = configuration.address.description
        if let port = ThisProcess.variable("PORT") { text = "127.0.0.1:\(port)" }
        if let place = arguments.firstIndex(of: "--listen"), place + 1 < arguments.count { text = arguments[place + 1] }
        guard let address = SocketAddress(parsing: text) else {
            throw SystemError(call: "listen", errno: .invalid, subject: text)
        }
        return address
    }
}
