internal import Handoff
internal import Linux

/// The one who started the master and wants to know how it is: systemd, where `NOTIFY_SOCKET` says so.
final class ServiceManager {
    private let socketName: String?
    private var isReady = false

    init(_ surroundings: Surroundings) { socketName = surroundings.environment["NOTIFY_SOCKET"] }

    /// Says RELOADING=1: the master is about to become another program, which will say READY=1. Source: sd_notify(3).
    func announceReload() {
        guard let socketName else { return }
        isReady = false
        let fields = Fields([("RELOADING", "1"), ("MONOTONIC_USEC", "\(MonotonicClock.now().microseconds)")])
        let address: SocketAddress =
            socketName.hasPrefix("@") ? .abstract(name: String(socketName.dropFirst())) : .unix(path: socketName)
        _ = try? Socket.datagram(.unix).sendMessage(fields.bytes, to: address)
    }

    /// Says READY=1 when the first generation serves, and what serves whenever that may have changed.
    func tell(_ machine: Machine, startedServing: Bool) {
        guard let socketName else { return }
        var notification = Notification()
        if startedServing && !isReady {
            isReady = true
            notification.isReady = true
        }
        notification.isStopping = machine.phase != .running
        notification.status = machine.generation(machine.serving).map {
            "generation \($0.number) (\($0.plan.label)) serves"
        }
        // It is news, not a deed: when the manager does not listen, the master goes on.
        _ = try? notification.send(to: socketName)
    }
}
