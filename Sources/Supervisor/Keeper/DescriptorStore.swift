internal import Handoff
internal import Linux

/// systemd's store of descriptors: what is in it comes back to the next master, even when every process of the service
/// was killed. Source: sd_notify(3), FDSTORE=1; systemd.service(5), FileDescriptorStoreMax=.
///
/// A service without a store, and a manager that is not systemd, close what they are sent: then the keeper alone holds
/// the lanes.
final class DescriptorStore {
    /// The time that a busy manager gets to answer.
    private static let patience = Duration.seconds(5)

    private let socketName: String
    /// Names of descriptors that this master has stored.
    private(set) var names: Set<String>

    /// The store of the service that this process is, with what it handed in; nil where there is no manager.
    init?(_ surroundings: Surroundings, holding names: Set<String>) {
        guard let socketName = surroundings.environment["NOTIFY_SOCKET"] else { return nil }
        self.socketName = socketName
        self.names = names
    }

    /// Has a descriptor kept; it stays the caller's. systemd knows a descriptor that it has already.
    func store(_ descriptor: CInt, _ name: String) {
        // A worker that shuts its socket down does not take it from us: systemd would drop what it polls and finds dead.
        send([("FDSTORE", "1"), ("FDNAME", name), ("FDPOLL", "0")], [descriptor])
        names.insert(name)
    }

    /// Has every descriptor of this name closed.
    func remove(_ name: String) {
        guard names.remove(name) != nil else { return }
        send([("FDSTOREREMOVE", "1"), ("FDNAME", name)])
    }

    /// Waits until all that was said has been done: the manager closes its end of a pipe then. Source:
    /// sd_notify_barrier(3).
    func settle() {
        guard let pipe = try? Pipe() else { return }
        let (reading, writing) = pipe.ends()
        let mine = FileDescriptor(owning: reading)
        do {
            let theirs = FileDescriptor(owning: writing)
            send([("BARRIER", "1")], [theirs.number])
        }
        _ = try? Poll.readable(mine.number, timeout: Self.patience)
    }

    private func send(_ fields: [(key: String, value: String)], _ descriptors: [CInt] = []) {
        do {
            let socket = try Socket.datagram(.unix)
            _ = try socket.connect(SocketAddress(notifySocket: socketName))
            let bytes = Fields(fields).bytes
            let deadline = MonotonicClock.now() + Self.patience
            while case .wouldBlock = try socket.sendMessage(bytes, descriptors: descriptors) {
                guard try Poll.writable(socket.number, timeout: max(.zero, deadline - MonotonicClock.now())) else {
                    throw SystemError(call: "sendmsg", errno: .timedOut, subject: socketName)
                }
            }
        } catch {
            StandardError.line("deployd: the service manager cannot be reached: \(error)", .warning)
        }
    }
}
