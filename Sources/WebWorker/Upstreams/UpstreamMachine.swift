/// What one connection to a server behind is doing, and what becomes of the request that it bears when it fails. Pure:
/// events in, effects out.
///
/// The rule that it keeps: a request goes to another connection only when the server cannot have acted upon it. That is when
/// not a byte of it was taken; or when it is safe to repeat (GET, HEAD, OPTIONS, without a body) and went over a
/// connection that had been kept, which the server closed without a byte of an answer, as servers do with idle ones
/// (RFC 9110 section 9.2.2, RFC 9112 section 9.5).
struct UpstreamMachine: Equatable, Sendable {
    private enum State: Equatable {
        /// The connection is being made. -> idle, closed
        case connecting
        /// It bears no request. -> asking, closed
        case idle
        /// It bears a request of whose answer no head was passed on. -> answering, keeping, tunnelling, idle, closed
        case asking
        /// The head of the answer is here and the client has nothing of it: a file will go in the answer's place. -> idle,
        /// closed
        case keeping
        /// The head of the answer was passed on, and its body follows. -> idle, closed
        case answering
        /// It bears another protocol. -> closed
        case tunnelling
        /// Over. Late events do nothing.
        case closed
    }

    enum Event: Equatable, Sendable {
        case connected
        /// It bears a request from now on.
        case began(isRepeatable: Bool)
        /// The server's kernel took bytes of the request.
        case bytesSent
        /// All of the request is sent.
        case requestSent
        case bytesReceived
        /// The head of the final answer was passed on.
        case headPassedOn
        /// The head of the final answer came, and is kept until the answer is whole.
        case headKept
        /// 101 was passed on.
        case upgraded
        /// The answer is whole. `keepsAlive`: the server leaves the connection open, and nothing came behind the answer.
        case answerEnded(keepsAlive: Bool)
        /// The server closed its side.
        case endOfStream
        case failed
        case malformed
        /// The time limit of the present wait has passed.
        case timedOut
        /// Nobody waits for the answer any more.
        case cancelled
    }

    /// The driver's next step. In all but `none` and `keep` the connection is closed.
    enum Effect: Equatable, Sendable {
        case none
        case close
        /// End the client's answer; the connection can take the next request.
        case keep
        /// End the client's answer.
        case finish
        /// Give the request to another connection.
        case retry
        case answerBadGateway
        case answerTimeout
        /// Break the client's answer off: its head is out already.
        case breakOff
    }

    /// Which time limit runs.
    enum Wait: Equatable, Sendable { case none, connect, idle, send, answer, stream, tunnel }

    private var state = State.connecting
    /// The connection bore a request before this one.
    private(set) var wasKept = false
    private var isRepeatable = false
    private var anySent = false
    private var allSent = false
    private var anyReceived = false

    /// The server's kernel took at least some of the request.
    var hasSent: Bool { anySent }
    var isClosed: Bool { state == .closed }
    var isIdle: Bool { state == .idle }
    var isConnecting: Bool { state == .connecting }
    var isTunnel: Bool { state == .tunnelling }
    var awaitsHead: Bool { state == .asking }

    /// The time limit that runs in the present state; `isBlocked` when the server does not take what is written.
    func wait(isBlocked: Bool) -> Wait {
        switch state {
        case .connecting: .connect
        case .idle: .idle
        case .asking: isBlocked ? .send : allSent ? .answer : .none
        case .answering, .keeping: isBlocked ? .send : .stream
        case .tunnelling: isBlocked ? .send : .tunnel
        case .closed: .none
        }
    }

    mutating func handle(_ event: Event) -> Effect {
        switch (state, event) {
        case (.closed, _): return .none
        case (.connecting, .connected):
            state = .idle
            return .none
        case (.idle, .began(let isRepeatable)):
            state = .asking
            self.isRepeatable = isRepeatable
            (anySent, allSent, anyReceived) = (false, false, false)
            return .none
        case (_, .bytesSent):
            anySent = true
            return .none
        case (_, .requestSent):
            allSent = true
            return .none
        case (.idle, .bytesReceived): return end(.close)  // Nothing was asked.
        case (_, .bytesReceived):
            anyReceived = true
            return .none
        case (.asking, .headPassedOn):
            state = .answering
            return .none
        case (.asking, .headKept):
            state = .keeping
            return .none
        case (.asking, .upgraded):
            state = .tunnelling
            return .none
        case (.answering, .answerEnded(let keepsAlive)), (.keeping, .answerEnded(let keepsAlive)):
            return endAnswer(keepsAlive)
        case (.tunnelling, .answerEnded): return end(.finish)
        case (_, .endOfStream), (_, .failed), (_, .malformed), (_, .timedOut): return fail(event)
        case (_, .cancelled): return end(.close)
        case (.connecting, _), (.idle, _), (.asking, _), (.keeping, _), (.answering, _), (.tunnelling, _):
            fatalError("\(event) in \(state)")
        }
    }

    private mutating func endAnswer(_ keepsAlive: Bool) -> Effect {
        // An answer that came before the request was all sent leaves the connection in the middle of that request.
        guard keepsAlive, allSent else { return end(.finish) }
        state = .idle
        wasKept = true
        return .keep
    }

    private mutating func fail(_ event: Event) -> Effect {
        switch state {
        case .connecting, .idle: return end(.close)
        case .tunnelling: return end(.finish)
        case .answering: return end(.breakOff)
        case .keeping: return end(event == .timedOut ? .answerTimeout : .answerBadGateway)
        case .asking:
            if event == .timedOut { return end(.answerTimeout) }
            if event == .malformed { return end(.answerBadGateway) }
            let mayHaveActed = anySent && !(wasKept && isRepeatable && !anyReceived)
            return end(mayHaveActed ? .answerBadGateway : .retry)
        case .closed: return .none
        }
    }

    private mutating func end(_ effect: Effect) -> Effect {
        state = .closed
        return effect
    }
}
