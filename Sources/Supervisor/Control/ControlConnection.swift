internal import DeployCore
internal import Linux

/// One client of the control socket: what it sent, what waits for it, and how long it may take.
///
/// A class only because it owns a socket and lives in the server's table. Nothing in it blocks.
final class ControlConnection {
    let id: ControlClientID
    let peer: ControlPeer
    let socket: Socket
    /// The events that epoll reports at the moment.
    var interest: Epoll.Interest = .readable
    /// Requests that the master was given.
    private(set) var requests = 0
    /// The last event is queued; the connection closes when it is out.
    private(set) var isEnding = false
    /// The master has sent its last event, and need not hear of this client again.
    var replyEnded = false
    /// The client sends no more.
    private(set) var inputEnded = false
    private var inbox = ControlInbox()
    private var outbox = ControlOutbox()
    private var requestDeadline: Duration?
    private var readDeadline: Duration?

    init(_ socket: consuming Socket, id: ControlClientID, peer: ControlPeer, at now: Duration) {
        self.socket = socket
        self.id = id
        self.peer = peer
        self.requestDeadline = now + ControlLimits.requestDeadline
    }

    /// The result of a turn with the socket.
    enum Progress: Equatable {
        case goesOn
        /// Everything is said, or nothing more can be: close it.
        case ended
    }

    var wanted: Epoll.Interest {
        var wanted: Epoll.Interest = []
        if !inputEnded, !isEnding { wanted.insert(.readable) }
        if !outbox.isEmpty { wanted.insert(.writable) }
        return wanted
    }

    /// The end of this client's time.
    var deadline: Duration? {
        switch (requestDeadline, readDeadline) {
        case (let request?, let read?): min(request, read)
        case (let request, let read): request ?? read
        }
    }

    /// The master was given a request whose reply has not ended, so it must hear when the client leaves.
    var isAwaited: Bool { requests > 0 && !replyEnded }

    /// It has said nothing, not even half a request, and nothing waits for it.
    var isSilent: Bool { requests == 0 && inbox.isEmpty && outbox.isEmpty && !isEnding && !inputEnded }

    var hasUnsent: Bool { !outbox.isEmpty }

    /// It made its request to the program that this process ran before.
    func noteRequest() {
        requests += 1
        requestDeadline = nil
    }

    /// A request of its is not given to the master after all.
    func forgetRequest() { requests -= 1 }

    /// Reads once and gives back the requests that are complete. A refusal is queued as the last event.
    func receive(using buffer: inout [UInt8], at now: Duration) -> (commands: [ControlRequestReceived], Progress) {
        switch Result(catching: { () throws(SystemError) in try socket.receive(into: &buffer) }) {
        case .success(.wouldBlock): return ([], .goesOn)
        case .failure: return ([], .ended)
        case .success(.bytes(0)):
            inputEnded = true
            // A client may say its request, close its side and wait for the reply.
            return ([], isAwaited || isEnding ? .goesOn : .ended)
        case .success(.bytes(let count)):
            inbox.append(buffer[..<count])
            return (takeRequests(at: now), .goesOn)
        }
    }

    private func takeRequests(at now: Duration) -> [ControlRequestReceived] {
        var received: [ControlRequestReceived] = []
        while !isEnding {
            switch inbox.next() {
            case .complete(let line):
                requestDeadline = nil
                guard let request = accept(line, at: now) else { break }
                received.append(request)
            case .incomplete:
                if !inbox.isEmpty, requestDeadline == nil { requestDeadline = now + ControlLimits.requestDeadline }
                return received
            case .tooLong:
                refuse("the request is longer than \(ControlLimits.maxRequestBytes) bytes", at: now)
            }
        }
        return received
    }

    private func accept(_ line: [UInt8], at now: Duration) -> ControlRequestReceived? {
        guard requests < ControlLimits.maxRequestsPerClient else {
            refuse("more than \(ControlLimits.maxRequestsPerClient) requests on one connection", at: now)
            return nil
        }
        do throws(ControlRefusal) {
            let command = try ControlLine.request(from: line).command()
            requests += 1
            return ControlRequestReceived(client: id, peer: peer, command: command, position: requests)
        } catch {
            refuse(error.message, at: now)
            return nil
        }
    }

    private func refuse(_ message: String, at now: Duration) {
        queue(.error(ErrorEvent(message)), at: now)
    }

    /// Queues an event; says whether the client can still be served.
    @discardableResult
    func queue(_ event: ControlEvent, at now: Duration) -> Progress {
        guard !isEnding else { return .goesOn }
        if event.isLast {
            isEnding = true
            requestDeadline = nil
        }
        if outbox.queue(event) == .overflow { return .ended }
        if readDeadline == nil { readDeadline = now + ControlLimits.readDeadline }
        return .goesOn
    }

    /// Sends what the kernel takes.
    func flush(at now: Duration) -> Progress {
        while !outbox.isEmpty {
            switch Result(catching: { () throws(SystemError) in try send() }) {
            case .failure: return .ended
            case .success(.wouldBlock): return .goesOn
            case .success(.bytes(let count)):
                outbox.advance(by: count)
                readDeadline = now + ControlLimits.readDeadline
            }
        }
        readDeadline = nil
        return isEnding ? .ended : .goesOn
    }

    private func send() throws(SystemError) -> Transfer {
        try socket.send(Array(outbox.bytes[outbox.sent...].prefix(ControlLimits.maxWritePerCall)))
    }

    /// The words for a client whose time is up.
    func expire(at now: Duration) -> Progress {
        guard let deadline, deadline <= now else { return .goesOn }
        if requestDeadline == deadline, !isEnding, outbox.isEmpty {
            refuse("no whole request within \(ControlLimits.requestDeadline.components.seconds) s", at: now)
            _ = flush(at: now)
        }
        return .ended
    }
}
