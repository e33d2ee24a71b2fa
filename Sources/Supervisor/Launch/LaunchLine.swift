internal import Linux

/// The master's end of the socket between it and a launch step: the order goes over it, and what could not be done comes
/// back.
final class LaunchLine {
    /// Thrown if there is no line: the process was another master's, and needs no order.
    static let missing = SystemError(call: "send", errno: .noBuffers, subject: "the launch order")

    /// The launch step's pid, which the program that it becomes keeps.
    let pid: Int32
    private let socket: Socket

    /// Starts a launch step, which waits for its order.
    ///
    /// - Parameters:
    ///   - descriptors: what it inherits, and under which numbers.
    ///   - number: where it finds its end of the line.
    init(starting descriptors: [(source: CInt, target: CInt)], number: CInt) throws(SystemError) {
        let ends = try SocketPair(.stream).ends()
        socket = Socket(adopting: FileDescriptor(owning: ends.first))
        let theirs = Socket(adopting: FileDescriptor(owning: ends.second))
        pid = try spawn(
            SpawnRequest(
                executable: "/proc/self/exe", arguments: ["deployd", LaunchStep.verb, "\(number)"], environment: [],
                descriptors: descriptors + [(theirs.number, number)]))
    }

    /// Lets the launch step become what the order says.
    func send(_ order: LaunchOrder) throws(SystemError) {
        // The socket's buffer holds an order whole: it is a few kilobytes, and the launch step reads as it comes.
        var rest = order.bytes[...]
        while !rest.isEmpty {
            switch try socket.send(Array(rest)) {
            case .bytes(let count): rest = rest.dropFirst(count)
            case .wouldBlock:
                throw SystemError(call: "send", errno: .noBuffers, subject: "the launch order of \(rest.count) bytes")
            }
        }
        try socket.shutdown(.write)
    }

    /// The failure of the launch step; nil if it became the program. Ask once the process has ended.
    func failure() -> String? {
        var room = [UInt8](repeating: 0, count: 4096)
        guard case .bytes(let count) = try? socket.receive(into: &room), count > 0 else { return nil }
        return String(decoding: room.prefix(count), as: UTF8.self)
    }
}
