import Dispatch
import Linux
import Synchronization

/// A server on a thread of its own that does to each request what a test says: a good one or a bad one.
final class ScriptedServer: Sendable {
    /// What it does with a connection.
    enum Act: Sendable {
        case send(String)
        /// Close in good order.
        case close
        /// Close with a reset.
        case reset
        /// Send the end of the stream and keep the connection.
        case endWriting
    }

    /// A request that came.
    struct Request: Sendable {
        /// Which one it is of all, from 1.
        let number: Int
        /// Which one it is of its connection, from 1.
        let onConnection: Int
        let head: String
        let body: String
    }

    /// What it does, and what the test may ask while it does.
    final class Script: Sendable {
        let onConnect: [Act]
        let answersHead: Bool
        let answer: @Sendable (Request) -> [Act]
        let stop: EventDescriptor
        let requests = Mutex(0)

        init(
            _ onConnect: [Act], _ answersHead: Bool, _ answer: @escaping @Sendable (Request) -> [Act]
        ) throws(SystemError) {
            self.onConnect = onConnect
            self.answersHead = answersHead
            self.answer = answer
            stop = try EventDescriptor()
        }
    }

    /// Where it listens.
    let address: SocketAddress
    private let script: Script

    /// Starts it.
    ///
    /// - Parameters:
    ///   - address: where to listen; the default is a free port.
    ///   - onConnect: what it does with every connection before a request.
    ///   - answersHead: whether it acts when the head is there, without waiting for the body.
    ///   - answer: what it does with a request.
    init(
        address: SocketAddress = .v4(.loopback, port: 0), onConnect: [Act] = [], answersHead: Bool = false,
        answer: @escaping @Sendable (Request) -> [Act] = { _ in [] }
    ) throws {
        let listener = try Socket.stream(address.family)
        try listener.bind(address)
        try listener.listen(backlog: 128)
        self.address = try listener.localAddress()
        let script = try Script(onConnect, answersHead, answer)
        self.script = script
        let number = listener.release().release()
        DispatchQueue(label: "scripted server").async {
            var loop = ServerLoop(listener: Socket(adopting: FileDescriptor(owning: number)), script: script)
            do { try loop.run() } catch { fatalError("The test's server failed: \(error)") }
        }
    }

    /// How many requests came.
    var requestCount: Int { script.requests.withLock { $0 } }

    deinit { script.stop.signal() }
}

/// An answer of 200 that keeps the connection.
func ok(_ body: String, _ fields: String = "") -> ScriptedServer.Act {
    answer(200, body, fields)
}

/// An answer with a length.
func answer(_ status: Int, _ body: String, _ fields: String = "") -> ScriptedServer.Act {
    .send("HTTP/1.1 \(status) Word\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)")
}
