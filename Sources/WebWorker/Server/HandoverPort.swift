internal import Handoff
internal import Linux

/// The generation's hand-over socket, on which the connections of draining workers arrive.
final class HandoverPort {
    /// What was found.
    enum Arrival {
        /// Connections, with what was read of them already. The descriptors are the taker's.
        case connections([GivenConnection])
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
            let message = try? socket.receiveMessage(
                maxBytes: HandoverMessage.maxBytes, maxDescriptors: Socket.mostDescriptors)
            guard var received = message else { return .nothing }
            let known = HandoverMessage(parsing: received.bytes)
            if known?.version == 2 { received.wipe() }
            guard var known, received.descriptors.count <= known.read.count else {
                closing.close(received.descriptors)
                continue
            }
            // Fewer descriptors than announced: this process had no room for the rest, and they are gone.
            let given = received.descriptors.indices.map {
                GivenConnection(descriptor: received.descriptors[$0], read: known.read[$0], known.transports[$0])
            }
            known.wipe()
            return .connections(given)
        }
        return .nothing
    }
}

/// A connection that another worker has given away. A reference, so that what it has of a secret is there once.
final class GivenConnection {
    enum Kind: Equatable { case plain, newTLS, establishedTLS }

    /// The taker's.
    let descriptor: CInt
    /// What was read and not used: of the next request, or, with TLS, of records.
    let read: [UInt8]
    let kind: Kind
    private var state: TLSState?

    init(descriptor: CInt, read: [UInt8], _ transport: HandoverMessage.Transport) {
        self.descriptor = descriptor
        self.read = read
        switch transport {
        case .plain: kind = .plain
        case .newTLS: kind = .newTLS
        case .establishedTLS(let bytes):
            kind = .establishedTLS
            state = TLSState(parsing: bytes)
        }
    }

    /// Gives the state out, for the taker to wipe; nil when what came is none.
    func takeState() -> TLSState? { state.take() }

    deinit { state?.wipe() }
}
