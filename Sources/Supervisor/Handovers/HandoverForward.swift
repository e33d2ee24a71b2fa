internal import DeployCore
internal import Handoff
internal import Linux

/// Connections that were handed to a generation whose workers ended before they took them, on their way to the next.
final class HandoverForward {
    /// The generation that they were handed to.
    let source: GenerationNumber
    private let line: HandoverLine
    private var left: HandoverSockets.Leavings

    /// The line's number, lent, for epoll.
    var number: CInt { line.socket.number }
    /// Connections that could not be sent on.
    private(set) var lost = 0

    /// Takes the messages and their descriptors over.
    init(_ left: HandoverSockets.Leavings, of source: GenerationNumber, over line: HandoverLine) {
        self.source = source
        self.left = left
        self.line = line
    }

    deinit { while !left.messages.isEmpty { drop() } }

    /// Sends what the line takes; true when there is nothing more to do.
    func advance() -> Bool {
        while let message = left.messages.first {
            do {
                guard Self.version(of: message) <= line.version else { throw Self.unknown }
                let sent = try line.socket.sendMessage(message.bytes, descriptors: message.descriptors)
                guard case .bytes = sent else { return false }
            } catch {
                lost += message.descriptors.count
            }
            drop()
        }
        return true
    }

    /// Lets the first message go, which may have keys in it.
    private func drop() {
        var message = left.messages.removeFirst()
        left.closing.close(message.descriptors)
        message.wipe()
    }

    /// In which version a message is written, as far as its first line says it. The rest is for who takes the connections.
    private static func version(of message: ReceivedMessage) -> Int {
        message.bytes.starts(with: Array("HANDOVER=1\n".utf8)) ? 1 : 2
    }

    private static let unknown = SystemError(call: "sendmsg", errno: .notSupported, subject: "the hand-over socket")

    /// The next message in a retired socket's queue; nil when it is empty. It may have as many descriptors as the kernel
    /// takes, since the kernel closes those that find no room, here.
    static func next(on socket: borrowing Socket) -> ReceivedMessage? {
        try? socket.receiveMessage(maxBytes: HandoverMessage.maxBytes, maxDescriptors: Socket.mostDescriptors)
    }
}
