internal import Handoff
internal import Linux

/// The conversation between a worker and its supervisor.
struct SupervisorLink {
    /// The channel of the master's messages.
    let control: ControlChannel?
    /// The destination of READY=1.
    private let notifySocket: String?
    /// The next word to the watchdog; nil without one.
    private var heartbeat: Heartbeat?

    init(_ inheritance: Inheritance, at now: Int64) {
        control = inheritance.control.map { ControlChannel(owning: $0) }
        notifySocket = inheritance.notifySocket
        heartbeat = inheritance.watchdog.map { Heartbeat(limit: $0, at: now) }
    }

    var nextDeadline: Int64 { heartbeat?.next ?? .max }

    /// A socket whose other end is gone for good (a pair's, never a bound one's) is left.
    func leaveControl(_ epoll: borrowing Epoll) {
        if let control { try? epoll.remove(control.number) }
    }

    /// READY=1: requests are answered from now on.
    func sayReady(handoverVersion: Int, terminatesTLS: Bool) {
        say { notification in
            notification.isReady = true
            notification.level = control == nil ? nil : 2
            notification.handoverVersion = handoverVersion
            notification.terminatesTLS = terminatesTLS
            notification.sparesConnections = control != nil
        }
    }

    func sayStopping() { say { $0.isStopping = true } }

    /// WATCHDOG=1, when it is due. It comes from the loop itself: a loop that hangs does not say it.
    mutating func beat(at now: Int64) {
        if heartbeat?.isDue(at: now) == true { say { $0.isAlive = true } }
    }

    private func say(_ fill: (inout Notification) -> Void) {
        guard let notifySocket else { return }
        var notification = Notification()
        fill(&notification)
        do throws(SystemError) { try notification.send(to: notifySocket) } catch {
            StandardError.line("WebWorker: the supervisor could not be told: \(error)")
        }
    }
}
