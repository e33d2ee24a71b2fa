internal import Handoff
internal import Linux

/// The generation's hand-over socket, on which the connections of draining workers arrive.
final class HandoverPort {
    /// What was found.
    enum Arrival {
        /// Connections with the bytes that were read of their next requests. The descriptors are the taker's.
        case connections([(descriptor: CInt, read: [UInt8])])
        /// Nothing waits.
        case nothing
    }

    private let socket: Socket
    /// Where what is not taken is closed: who sent it may make that last.
    private let closing = ClosingQueue()

    /// Takes over an inherited descriptor.
    init(owning number: CInt) { socket = Socket(adopting: FileDescriptor(owning: number)) }

    /// The descriptor's number, lent, for epoll.
    var number: CInt { socket.number }

    /// Whether a message waits now, or the end of all messages.
    var isWaiting: Bool { (try? Poll.readable(socket.number, timeout: .zero)) == true }

    /// Whether more may be taken: not while too much of what came is not closed yet.
    var hasRoom: Bool { closing.hasRoom }

    /// Closes what came and is no connection.
    func refuse(_ socket: consuming Socket) { closing.close(socket) }

    /// Takes the next message. What is no message of connections is thrown away.
    func next() -> Arrival {
        while hasRoom {
            // Room for as many descriptors as the kernel takes: those that find none, it closes here.
            let received = try? socket.receiveMessage(
                maxBytes: HandoverMessage.maxBytes, maxDescriptors: Socket.mostDescriptors)
            guard let received else { return .nothing }
            let known = HandoverMessage(parsing: received.bytes)
            guard let known, received.descriptors.count <= known.read.count else {
                closing.close(received.descriptors)
                continue
            }
            // Fewer descriptors than announced: this process had no room for the rest, and they are gone.
            return .connections(Array(zip(received.descriptors, known.read)))
        }
        return .nothing
    }
}
