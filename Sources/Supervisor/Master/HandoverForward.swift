internal import Handoff
internal import Linux

/// Connections that were handed to a generation whose workers ended before they took them, on their way to the next.
final class HandoverForward {
    private let line: HandoverLine
    private var messages: [ReceivedMessage]

    /// The line's number, lent, for epoll.
    var number: CInt { line.socket.number }
    /// Connections that could not be sent on.
    private(set) var lost = 0

    /// Takes the messages and their descriptors over.
    init(_ messages: [ReceivedMessage], over line: HandoverLine) {
        self.messages = messages
        self.line = line
    }

    deinit { for message in messages { Self.close(message) } }

    /// Sends what the line takes; true when there is nothing more to do.
    func advance() -> Bool {
        while let message = messages.first {
            do {
                let sent = try line.socket.sendMessage(message.bytes, descriptors: message.descriptors)
                guard case .bytes = sent else { return false }
            } catch {
                lost += message.descriptors.count
            }
            Self.close(messages.removeFirst())
        }
        return true
    }

    /// The next message in a retired socket's queue; nil when it is empty.
    static func next(on socket: borrowing Socket) -> ReceivedMessage? {
        let message = try? socket.receiveMessage(
            maxBytes: HandoverMessage.maxBytes, maxDescriptors: HandoverMessage.maxConnections)
        guard let message, !message.bytes.isEmpty || !message.descriptors.isEmpty else { return nil }
        return message
    }

    /// Closes the master's descriptors of a message.
    static func close(_ message: ReceivedMessage) {
        for number in message.descriptors { _ = FileDescriptor(owning: number) }
    }
}
