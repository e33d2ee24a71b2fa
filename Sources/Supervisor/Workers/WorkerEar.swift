internal import DeployCore
internal import Handoff
internal import Linux

/// The socket on which a worker is heard. Every process of the worker's user reaches it, and before Linux 6.16 may send
/// descriptors to it, the closing of which can take as long as he likes: they are closed elsewhere (`ClosingQueue`).
final class WorkerEar {
    /// The socket's number, lent, for epoll.
    let number: CInt
    private var socket: Socket?
    private let closing = ClosingQueue()

    /// Takes over a bound socket that tells who sends.
    init(_ socket: consuming Socket) {
        number = socket.number
        self.socket = consume socket
    }

    deinit { if let socket = socket.take() { closing.close(socket) } }

    /// Descriptors that came and are not closed yet.
    var unclosed: Int { closing.count }

    /// What was said since the last call, so many messages at most. Who waits with a descriptor for having been heard
    /// (sd_notify_barrier(3)) is looked at while he still waits.
    func hear(_ worker: ProcessIdentity, atMost limit: Int) -> Heard {
        var heard = Heard()
        while heard.count < limit {
            guard closing.hasRoom else {
                heard.isHeldUp = true
                break
            }
            // Room for as many descriptors as the kernel takes: those that find none, it closes here.
            guard let message = try? socket?.receiveMessage(maxDescriptors: Socket.mostDescriptors) else { break }
            let may = WorkerVoice.may(message.sender, speakFor: worker)
            closing.close(message.descriptors)
            heard.count += 1
            if may {
                heard.notifications.append(Notification(parsing: message.bytes))
            } else if heard.stranger == nil {
                heard.stranger = message.sender ?? PeerCredentials(pid: 0, uid: .max, gid: .max)
            }
        }
        return heard
    }
}

/// The messages of a worker's notify socket.
struct Heard {
    var notifications: [Notification] = []
    var count = 0
    /// Somebody who may not speak for it.
    var stranger: PeerCredentials?
    /// Nothing more may be received before the descriptors of earlier messages are closed.
    var isHeldUp = false
}
