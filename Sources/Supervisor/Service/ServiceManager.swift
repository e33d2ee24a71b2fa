internal import DeployCore
internal import Handoff
internal import Linux

/// The one who started the master and wants to know how it is: systemd, where `NOTIFY_SOCKET` says so. Source:
/// sd_notify(3), sd_watchdog_enabled(3).
final class ServiceManager {
    /// In a start and in a stop it hears so often that the master is at work, …
    static let pulse = Duration.seconds(5)
    /// … and is asked for so much more time, whatever the unit's own limit is: the master has deadlines of its own.
    static let patience = Duration.seconds(30)

    private let socketName: String?
    /// The service that this process is; nil: nobody supervises it.
    let unit: String?
    /// The process of the manager; nil: the machine's own, which is the first.
    private let pid: Int32?
    /// How often WATCHDOG=1 is wanted; nil: never.
    private let watchdog: Duration?
    private var told = Notification()
    private var isReady = false
    private var nextPulse: Instant

    init(_ surroundings: Surroundings, at now: Instant) {
        let environment = surroundings.environment
        socketName = environment["NOTIFY_SOCKET"]
        unit = socketName == nil ? nil : ServiceJob.ownUnit()
        pid = environment["MANAGERPID"].flatMap { Int32($0) }
        watchdog = Self.watchdog(environment, pid: ThisProcess.pid)
        nextPulse = now
    }

    /// Whether the manager sent a signal to the service that this process is.
    func sent(_ received: SignalDescriptor.Received) -> Bool {
        unit != nil && (received.pid == 1 || received.pid == pid)
    }

    /// Says RELOADING=1: the master is about to become another program, which will say READY=1. Source: sd_notify(3).
    func announceReload() {
        guard let socketName else { return }
        // Who goes on after all says it again.
        told = Notification()
        let fields = Fields([("RELOADING", "1"), ("MONOTONIC_USEC", "\(MonotonicClock.now().microseconds)")])
        _ = try? Socket.datagram(.unix).sendMessage(fields.bytes, to: SocketAddress(notifySocket: socketName))
    }

    /// Half of the time after which the manager takes this process for dead; nil where it does not look.
    static func watchdog(_ environment: [String: String], pid: Int32) -> Duration? {
        if let meant = environment["WATCHDOG_PID"], meant != "\(pid)" { return nil }
        guard let text = environment["WATCHDOG_USEC"], let limit = Int64(text), limit > 1 else { return nil }
        return .microseconds(limit / 2)
    }

    /// When `tell` is wanted next though nothing may have happened; nil: never.
    private(set) var nextDeadline: Instant?

    /// Says what has changed, and what is due. READY=1 when something serves, and then for ever.
    ///
    /// - Parameter problem: what `status` would call one.
    func tell(_ machine: Machine, _ problem: String? = nil, at now: Instant) {
        guard let socketName else { return }
        isReady = isReady || machine.serving != nil
        var news = Notification()
        news.isReady = isReady
        news.isStopping = machine.phase != .running
        news.status = Self.status(machine, problem)
        let isDue = now >= nextPulse
        guard isDue || news != told else { return }
        told = news
        let isWaiting = !isReady || news.isStopping
        news.isAlive = watchdog != nil
        if isWaiting { news.timeoutExtension = Self.patience }
        let interval = isWaiting ? min(Self.pulse, watchdog ?? Self.pulse) : watchdog
        if let interval { nextPulse = now + interval }
        nextDeadline = interval.map { _ in nextPulse }
        // It is news, not a deed: when the manager does not listen, the master goes on.
        _ = try? news.send(to: socketName)
    }

    /// Says something that no machine knows, and asks for time: before there is one, or when it is over.
    func say(_ status: String, patience: Duration) {
        guard let socketName else { return }
        var news = Notification()
        news.status = status
        news.timeoutExtension = patience
        _ = try? news.send(to: socketName)
    }

    /// "generation 3 (v2) serves; generation 4 (v3) is on its way; problem: …".
    static func status(_ machine: Machine, _ problem: String?) -> String {
        func name(_ number: GenerationNumber?) -> String? {
            machine.generation(number).map { "generation \($0.number) (\(ForeignText.line($0.plan.label)))" }
        }
        let serving = name(machine.serving).map { "\($0) serves" }
        let coming = machine.deployment.flatMap { $0.generation == machine.serving ? nil : name($0.generation) }
        let parts = [
            machine.phase == .running ? nil : "stopping", serving, coming.map { "\($0) is on its way" },
        ].compactMap { $0 }
        let all = (parts.isEmpty ? ["nothing serves"] : parts) + (problem.map { ["problem: \($0)"] } ?? [])
        return all.joined(separator: "; ")
    }
}
