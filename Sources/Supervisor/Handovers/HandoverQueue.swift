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

    func shutDown() throws(SystemError) {
        let socket = Socket(adopting: FileDescriptor(owning: number))
        let outcome = Result { () throws(SystemError) in try socket.shutdown(.read) }
        _ = socket.release().release()
        try outcome.get()
    }

    /// Whether something waits to be read.
    var hasWaiting: Bool {
        let socket = Socket(adopting: FileDescriptor(owning: number))
        let bytes = (try? socket.unread()) ?? 0
        _ = socket.release().release()
        return bytes > 0
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

    private func next() -> ReceivedMessage? {
        let socket = Socket(adopting: FileDescriptor(owning: number))
        let message = HandoverForward.next(on: socket)
        _ = socket.release().release()
        return message
    }
}
