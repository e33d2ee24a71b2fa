import Linux
import TestSupport

/// A hand-over socket as the master makes and holds it.
final class HandoverSocket: Sendable {
    let socket: Socket
    private let directory: TemporaryDirectory

    /// A way to a socket: it stays open until the reference goes.
    final class Line {
        let socket: Socket
        init(_ socket: consuming Socket) { self.socket = socket }
        var number: Int32 { socket.number }
    }

    init() throws {
        directory = try TemporaryDirectory()
        socket = try Socket.datagram(.unix)
        try socket.bind(.unix(path: directory.path("handover")))
    }

    /// A socket that is connected to this one.
    func line() throws -> Line {
        let line = try Socket.datagram(.unix)
        _ = try line.connect(.unix(path: directory.path("handover")))
        return Line(line)
    }

    /// Lets nothing more in.
    func retire() throws { try socket.shutdown(.read) }
}
