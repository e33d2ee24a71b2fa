internal import Dispatch
internal import Synchronization

/// Descriptors that wait to be closed in all queues of the process.
private let waitingInAll = Atomic<Int>(0)

/// Closes what others sent, on a thread of its own: `close` can take as long as the sender likes (a socket with SO_LINGER,
/// a file of a file system that he runs), and whoever calls here never waits.
///
/// One queue a sender, so that nobody is held up by another one's. A thread is there only while there is something to
/// close. It is Dispatch's, which makes one for each serial queue although those of others wait.
package final class ClosingQueue: Sendable {
    /// So many may wait before no more should be received: a message brings 253 at most (SCM_MAX_FD).
    private static let capacity = 64

    private let queue = DispatchQueue(label: "closing")
    private let waiting = Atomic<Int>(0)

    /// An empty one. It has no thread yet.
    package init() {}

    /// The number of those that wait to be closed, with the one that is being closed.
    package var count: Int { waiting.load(ordering: .relaxed) }

    /// More may be received from the sender.
    package var hasRoom: Bool { count < Self.capacity }

    /// Something in this process waits to be closed: execve(2) would wait for it.
    package static var isBusy: Bool { waitingInAll.load(ordering: .relaxed) > 0 }

    /// Closes descriptors, which are this queue's from now on. The corresponding C function is `close`.
    package func close(_ numbers: [CInt]) {
        guard !numbers.isEmpty else { return }
        waiting.add(numbers.count, ordering: .relaxed)
        waitingInAll.add(numbers.count, ordering: .relaxed)
        queue.async { self.closeNow(numbers) }
    }

    /// Closes a socket. Descriptors that nobody has taken from its own queue are closed with it, so that is done here unless
    /// nobody could send any to it (`SocketOption.passDescriptors`).
    package func close(_ socket: consuming Socket) {
        let mayHaveSome = (try? socket.isOn(.passDescriptors)) ?? true
        let descriptor = socket.release()
        if mayHaveSome { close([descriptor.release()]) }
    }

    private func closeNow(_ numbers: [CInt]) {
        for number in numbers {
            _ = FileDescriptor(owning: number)
            waiting.subtract(1, ordering: .relaxed)
            waitingInAll.subtract(1, ordering: .relaxed)
        }
    }
}
