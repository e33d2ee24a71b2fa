internal import Handoff
internal import Linux

/// The way to the serving generation: a socket that is connected to its hand-over socket.
final class HandoverLine {
    /// What became of a message.
    enum Outcome: Equatable {
        /// The connections are the other worker's.
        case sent
        /// Not now: the queue is full. All are still ours.
        case full
        /// Not now: too many descriptors are on their way. All are still ours.
        case tooManyOnTheirWay
        /// Never: nobody receives. All are still ours.
        case failed(SystemError)
    }

    private let socket: Socket

    /// Takes over a descriptor that came beside the master's message.
    init(owning number: CInt) { socket = Socket(adopting: FileDescriptor(owning: number)) }

    /// The descriptor's number, lent, for epoll.
    var number: CInt { socket.number }

    /// Gives connections away, all or none.
    func send(_ connections: [Connection]) -> Outcome {
        var message = HandoverMessage(
            read: connections.map { Departure($0).read }, transports: connections.map { Departure($0).transport })
        var bytes = message.bytes
        defer {
            message.wipe()
            bytes.wipe()
        }
        do throws(SystemError) {
            switch try socket.sendMessage(bytes, descriptors: connections.map { $0.socket.number }) {
            case .bytes: return .sent
            case .wouldBlock: return .full
            }
        } catch {
            return error.errno == .tooManyReferences ? .tooManyOnTheirWay : .failed(error)
        }
    }
}
