internal import Handoff
internal import Linux

/// What the worker and its supervisor say to each other.
struct SupervisorLink {
    /// Where the master's messages arrive.
    let control: ControlChannel?
    /// Where READY=1 goes.
    private let notifySocket: String?
    /// When the watchdog is told next that the loop turns; nil: there is none.
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
    func sayReady(takesHandover: Bool) {
        say { notification in
            notification.isReady = true
            notification.level = control == nil ? nil : 2
            notification.takesHandover = takesHandover
        }
    }

    /// STOPPING=1.
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
