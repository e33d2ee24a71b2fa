internal import Handoff
internal import Linux
internal import Synchronization

/// A hand-over socket, to be used on another thread, too: workers hold it as well, and may keep it from being read.
final class HandoverQueue: Sendable {
    private let number: CInt
    private let closing: ClosingQueue
    private let isEmpty = Atomic<Bool>(false)

    init(_ socket: consuming Socket, _ closing: ClosingQueue) {
        self.closing = closing
        number = socket.release().release()
    }

    /// What nobody took is closed with it.
    deinit {
        guard isEmpty.load(ordering: .relaxed) else { return closing.close([number]) }
        _ = FileDescriptor(owning: number)
    }

    /// Uses the socket, which stays open.
    private func lend<Value, Failure>(
        _ use: (borrowing Socket) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let socket = Socket(adopting: FileDescriptor(owning: number))
        let outcome = Result { () throws(Failure) in try use(socket) }
        _ = socket.release().release()
        return try outcome.get()
    }

    func shutDown() throws(SystemError) {
        try lend { (socket) throws(SystemError) in try socket.shutdown(.read) }
    }

    /// Whether something waits to be read.
    var hasWaiting: Bool {
        let bytes = try? lend { (socket) throws(SystemError) in try socket.unread() }
        return (bytes ?? 0) > 0
    }

    /// Takes out what is in the queue, until there are so many descriptors.
    func drain(atMost limit: Int) -> [ReceivedMessage] {
        isEmpty.store(false, ordering: .relaxed)
        var messages: [ReceivedMessage] = []
        var count = 0
        while count < limit {
            guard let message = next() else {
                isEmpty.store(true, ordering: .relaxed)
                break
            }
            count += message.descriptors.count
            // What is no message of connections goes no further.
            if 1...HandoverMessage.maxConnections ~= message.descriptors.count {
                messages.append(message)
            } else {
                closing.close(message.descriptors)
            }
        }
        return messages
    }

    private func next() -> ReceivedMessage? { lend { HandoverForward.next(on: $0) } }
}
