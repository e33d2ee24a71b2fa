internal import Linux

/// The command's end of the control socket. It blocks, with time limits.
package struct ControlClient: ~Copyable {
    /// The time the master has to accept a connection or a request. It answers within a turn of its loop.
    package static let patience: Duration = .seconds(10)
    /// The longest event that is read: far more than any status.
    package static let maxEventBytes = 16 * 1024 * 1024

    /// Between two attempts to connect to a master whose queue is full.
    private static let retryInterval: Duration = .milliseconds(20)

    /// The socket's path, for messages.
    package let path: String
    private let socket: Socket
    private var unread: [UInt8] = []
    private var scanned = 0
    private var pulse = MasterPulse(at: MonotonicClock.now())
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    /// Connects to the master that listens at `path`.
    package init(to path: String) throws(ControlError) {
        self.path = path
        do throws(SystemError) {
            socket = try Self.connect(path)
        } catch {
            throw Self.explain(error, path)
        }
    }

    private static func connect(_ path: String) throws(SystemError) -> Socket {
        let socket = try Socket.stream(.unix)
        let deadline = MonotonicClock.now() + patience
        // Nothing tells when a full queue of a unix socket has room: try again until the master has caught up.
        while try socket.connect(.unix(path: path)) == .inProgress {
            if MonotonicClock.now() > deadline { throw SystemError(call: "connect", errno: .timedOut, subject: path) }
            _ = try Poll.readable(anyOf: [], timeout: retryInterval)
        }
        return socket
    }

    private static func explain(_ error: SystemError, _ path: String) -> ControlError {
        switch error.errno {
        case .notFound, .connectionRefused, .notADirectory: .noMaster(path: path)
        case .permissionDenied, .notPermitted: .notAllowed(path: path)
        case .timedOut: .timedOut(path: path, after: patience)
        default: .failed(path: path, reason: error.description)
        }
    }

    /// The master's process, as the kernel knows it and as it is seen from here; 0: it is in a pid namespace that is not.
    package var masterPid: Int32 { (try? PeerCredentials(behind: socket))?.pid ?? 0 }

    /// Sends a request. A master that refuses the connection may have closed it already: its reason is still there to
    /// be read, so that is no error here.
    package borrowing func send(_ request: ControlRequest) throws(ControlError) {
        do throws(SystemError) {
            var rest = ControlLine.encode(request)[...]
            while !rest.isEmpty {
                // Nearly every request fits into a fresh socket's buffer; a page of maintenance may not.
                if case .bytes(let count) = try socket.send(Array(rest)) {
                    rest = rest.dropFirst(count)
                } else if try !Poll.writable(socket.number, timeout: Self.patience) {
                    throw SystemError(call: "send", errno: .timedOut, subject: path)
                }
            }
        } catch {
            switch error.errno {
            case .brokenPipe, .connectionReset: return
            default: throw Self.explain(error, path)
            }
        }
    }

    /// Asks for one thing that is answered by one event, such as the status.
    package mutating func answer(to verb: ControlVerb) throws(ControlError) -> ControlEvent {
        try send(ControlRequest(verb))
        let deadline = MonotonicClock.now() + Self.patience
        while true {
            switch try next(timeout: max(.zero, deadline - MonotonicClock.now())) {
            case .event(let event) where event.isLast: return event
            case .event, .signal: continue
            case .timedOut: throw .timedOut(path: path, after: Self.patience)
            }
        }
    }

    /// The same over a connection of its own.
    package static func ask(_ verb: ControlVerb, at path: String) throws(ControlError) -> ControlEvent {
        var client = try ControlClient(to: path)
        return try client.answer(to: verb)
    }

    /// The result of a wait.
    package enum Incident: Equatable, Sendable {
        case event(ControlEvent)
        /// A signal came: read it from its descriptor.
        case signal
        /// Nothing came in time.
        case timedOut
    }

    /// Waits for the next event, `timeout` at most (`nil`: for ever); `signals` is the number of a `SignalDescriptor`,
    /// lent, that ends the wait as well. Throws when the connection
    /// ends, or the master does nothing any more.
    package mutating func next(timeout: Duration?, signals: CInt? = nil) throws(ControlError) -> Incident {
        let deadline = timeout.map { MonotonicClock.now() + $0 }
        while true {
            if let line = takeLine() { return .event(try read(line)) }
            let look = pulse.nextLook
            let ready = try wait(until: min(deadline ?? look, look), signals)
            if ready.dropFirst().first == true { return .signal }
            if ready.first == true {
                try receive()
                pulse = MasterPulse(at: MonotonicClock.now())
                continue
            }
            try pulse.look(path, pid: masterPid)
            if let deadline, MonotonicClock.now() >= deadline {
                return .timedOut
            }
        }
    }

    /// Waits until the socket or a signal can be read, and says which.
    private borrowing func wait(until deadline: Duration?, _ signals: CInt?) throws(ControlError) -> [Bool] {
        do throws(SystemError) {
            let timeout = deadline.map { max(.zero, $0 - MonotonicClock.now()) }
            return try Poll.readable(anyOf: [socket.number] + (signals.map { [$0] } ?? []), timeout: timeout)
        } catch {
            throw Self.explain(error, path)
        }
    }

    private mutating func receive() throws(ControlError) {
        do throws(SystemError) {
            switch try socket.receive(into: &buffer) {
            case .wouldBlock: return
            case .bytes(0): throw SystemError(call: "recv", errno: .connectionReset, subject: path)
            case .bytes(let count): unread.append(contentsOf: buffer[..<count])
            }
        } catch {
            if error.errno == .connectionReset { throw .ended(path: path) }
            throw Self.explain(error, path)
        }
        if unread.count > Self.maxEventBytes { throw .unreadable(path: path) }
    }

    private mutating func takeLine() -> [UInt8]? {
        guard let newline = unread[scanned...].firstIndex(of: UInt8(ascii: "\n")) else {
            scanned = unread.count
            return nil
        }
        let line = Array(unread[..<newline])
        unread.removeSubrange(...newline)
        scanned = 0
        return line
    }

    private func read(_ line: [UInt8]) throws(ControlError) -> ControlEvent {
        do throws(ControlRefusal) {
            return try ControlLine.event(from: line)
        } catch {
            throw .unreadable(path: path)
        }
    }
}
