internal import DeployCore
internal import Linux

/// SIGTERM from systemd: it is asked whether the service is to be started again, and what it says decides. A part of the
/// master, which owns the call.
final class ServiceJobQuery {
    private let manager: ServiceManager
    private let loop: EventLoop
    private let log: MasterLog
    private let children: Children
    private var call: SystemctlCall?

    init(_ manager: ServiceManager, _ loop: EventLoop, _ log: MasterLog, _ children: Children) {
        self.manager = manager
        self.loop = loop
        self.log = log
        self.children = children
    }

    /// The child that asks.
    var pid: Int32? { call?.pid }

    /// Asks, unless that is under way: systemd says nothing new by a second signal. False when it cannot be asked.
    func begin(after signal: Signal) -> Bool {
        guard let unit = manager.unit else { return false }
        guard call == nil else { return true }
        log("\(signal) from systemd: asking it whether \(unit) is to be started again")
        do {
            let call = try SystemctlCall(jobsOf: unit)
            try loop.add(call.number, .readable, Token(.job))
            self.call = call
            return true
        } catch {
            log("systemd cannot be asked: \(error)", .warning)
            return false
        }
    }

    /// When systemd is not waited for any longer.
    var nextDeadline: Instant? { call.map { Instant(sinceBoot: $0.deadline) } }

    /// systemd has said something: what it is about to do, once it has said all.
    func ready() -> ServiceJob? {
        guard let unit = manager.unit, let text = call?.answer() else { return nil }
        end()
        return ServiceJob(in: text, of: unit)
    }

    /// Waits no longer, when it is time.
    func expire(at now: Instant) -> ServiceJob? {
        guard let nextDeadline, nextDeadline <= now else { return nil }
        log("systemd does not say whether the service is to be started again", .warning)
        end()
        return .other
    }

    private func end() {
        guard let call else { return }
        self.call = nil
        loop.remove(call.number)
        children.adopt(call.end())
    }
}
