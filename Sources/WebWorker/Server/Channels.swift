internal import Handoff
internal import Linux

/// The signals that the worker obeys, as something to read.
final class SignalChannel {
    private let descriptor: SignalDescriptor

    /// Takes SIGTERM and SIGINT from this thread on.
    init() throws(SystemError) { descriptor = try SignalDescriptor([.term, .int]) }

    var number: CInt { descriptor.number }

    /// Counts the arrivals since the last call.
    func count() -> Int {
        var count = 0
        while (try? descriptor.read()) != nil { count += 1 }
        return count
    }
}

/// The socket on which the master's messages arrive.
final class ControlChannel {
    private let socket: Socket

    /// Takes over an inherited descriptor.
    init(owning number: CInt) { socket = Socket(adopting: FileDescriptor(owning: number)) }

    var number: CInt { socket.number }

    /// The next message that this worker knows, with the serving generation's hand-over socket if one came beside it: a
    /// descriptor that the taker owns. Nil when none waits.
    func next() -> (message: ControlMessage, line: CInt?)? {
        while let message = try? socket.receiveMessage(maxDescriptors: 4) {
            let known = ControlMessage(parsing: message.bytes)
            for number in message.descriptors.dropFirst(known == nil ? 0 : 1) { _ = FileDescriptor(owning: number) }
            if let known { return (known, message.descriptors.first) }
        }
        return nil
    }
}
