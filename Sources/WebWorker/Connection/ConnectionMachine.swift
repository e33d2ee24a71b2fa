/// What a connection is doing and what may happen to it next. Pure: events in, effects out.
///
/// It knows no bytes, no descriptor and no clock. Its driver reads, parses and writes, tells it what came of that, and
/// does what it answers. The rule that it keeps: nothing closes between a client's bytes and our answer, and what the
/// client must still read is never cut off by a reset.
struct ConnectionMachine: Equatable, Sendable {
    private enum State: Equatable {
        /// Between two requests; not a byte of the next one is here. -> head, body, handling, closing, closed
        case idle
        /// A part of a head is here. -> body, handling, closing, closed
        case head
        /// The head is whole, the body arrives. -> handling, closing, closed
        case body
        /// The request is in hand and its answer is not written yet. -> idle, answering, closing, closed
        case handling
        /// The head of the answer is written, and its body follows in pieces. -> idle, closing, closed
        case answering
        /// The last answer is written, and perhaps not all sent. -> lingering, closed
        case closing
        /// We have said that we send no more, and wait for the client to have read it. -> closed
        case lingering
        /// Over. Late events do nothing.
        case closed
    }

    /// What the driver has seen.
    enum Event: Equatable, Sendable {
        /// The first bytes of a head came, but not all.
        case headBegan
        /// A head is whole. `keepAlive` is the client's wish; without a body the request is whole too.
        case headEnded(keepAlive: Bool, hasBody: Bool)
        /// The body goes to the handler as it arrives: the request is in hand before it is whole.
        case bodyStreamed
        /// The handler has enough of the body for now.
        case bodyHeld
        /// The handler wants the body to go on.
        case bodyResumed
        /// The body is whole.
        case bodyEnded
        /// The body cannot go on: it is malformed, or too large.
        case bodyFailed(Refusal)
        /// The answer is written into the output; `isLast` is what `answerIsLast` said when its head was written.
        case answered(isLast: Bool)
        /// The head of an answer is written whose body follows in pieces.
        case answerBegan(isLast: Bool)
        /// The connection speaks another protocol from now on: bytes both ways, until `answerEnded`.
        case upgraded
        /// The last piece of the body is written into the output.
        case answerEnded
        /// The answer cannot be ended: the connection ends instead, so that the client sees it.
        case answerBroken
        /// A refusal is written into the output: the request was malformed, too large or too slow.
        case refused
        /// The client does not take the output for now.
        case outputBlocked
        /// All output is sent.
        case outputSent
        /// The client sends no more.
        case endOfStream
        /// The connection broke.
        case failed
        /// The deadline of `wait` has passed.
        case timedOut
        /// The worker drains from now on, and answers are the last ones of their connections.
        case drainBegan
        /// The worker drains and idle connections go to another one: answers leave the connection alive.
        case handOverBegan
        /// Another worker has the connection.
        case handedOver
        /// The drain's time is over.
        case drainEnded
    }

    /// What the driver is to do.
    enum Effect: Equatable, Sendable {
        case none
        /// Look for the next request in what was read already.
        case takeNext
        /// Write this refusal, then say `refused`.
        case refuse(Refusal)
        /// Close, unless a last look finds bytes of a request: then read on.
        case closeIfSilent
        /// Say that we send no more, and read until the client has closed.
        case linger
        /// Tell the handler that the client sends no more (only after `upgraded`).
        case endBody
        /// Close at once.
        case close
    }

    /// Which time limit runs.
    enum Wait: Equatable, Sendable { case none, idle, head, body, write, linger }

    private var state = State.idle
    private var incoming = StreamedBody.none
    private var answerWillBeLast = false
    private var isBlocked = false
    private var keepsAlive = true
    private var endSeen = false
    private(set) var isDraining = false
    /// Whether it speaks another protocol.
    private(set) var isTunnel = false

    /// Whether the answer to the request in hand is the last one. Further requests that are here already (`moreBytes`)
    /// are answered first, even in a drain.
    func answerIsLast(moreBytes: Bool) -> Bool { !keepsAlive || endSeen || isDraining && !moreBytes }

    /// Whether a piece of a streamed body may be given to the handler now.
    var takesBody: Bool { incoming == .wanted }
    /// Whether a streamed body is not whole yet.
    var bodyArrives: Bool { incoming != .none }
    /// Whether the head of an answer is written and its end is not.
    var isAnswering: Bool { state == .answering }
    /// Whether an answer may begin.
    var mayAnswer: Bool { state == .handling }

    /// Whether a request may be read now.
    var takesRequests: Bool { !isBlocked && (state == .idle || state == .head || state == .body) }
    /// Whether bytes that were read and not used yet will be used.
    var wantsInput: Bool {
        switch state {
        case .idle, .head, .body, .handling, .answering: true
        case .closing, .lingering, .closed: false
        }
    }
    /// Whether the body of a request is being read.
    var isInBody: Bool { state == .body }
    /// Whether bytes from the client are wanted.
    var awaitsBytes: Bool { state == .lingering || (takesRequests || takesBody) && !endSeen }
    /// Whether bytes are only to be thrown away.
    var isLingering: Bool { state == .lingering }
    /// Whether the connection is between two requests.
    var isIdle: Bool { state == .idle && !isBlocked }
    /// Whether a request in hand has no answer that is all out yet.
    var isInFlight: Bool { !isTunnel && (state == .handling || state == .answering || isBlocked) }
    var isClosed: Bool { state == .closed }
    /// Whether another worker could go on with it: nothing of a request is here but a part of its head, which was kept
    /// as it came, and nothing of an answer.
    var mayLeave: Bool { (state == .idle || state == .head) && !isBlocked && !endSeen && keepsAlive }

    /// The time limit that runs in the present state.
    var wait: Wait {
        if isBlocked { return .write }
        switch state {
        case .idle: return .idle
        case .head: return .head
        case .body: return .body
        case .handling, .answering: return takesBody && !isTunnel ? .body : .none
        case .closing, .closed: return .none
        case .lingering: return .linger
        }
    }
}

extension ConnectionMachine {
    /// Takes an event.
    mutating func handle(_ event: Event) -> Effect {
        if state == .closed { return .none }
        switch event {
        case .headBegan, .headEnded, .bodyEnded: return handleRequest(event)
        case .bodyStreamed, .bodyHeld, .bodyResumed, .bodyFailed: return handleStreamedBody(event)
        case .answered(let isLast):
            guard state == .handling || state == .body && isLast else { fatalError("answered in \(state)") }
            endAnswer(isLast: isLast)
            return .none
        case .answerBegan, .upgraded, .answerEnded, .answerBroken: return handleAnswer(event)
        case .refused:
            guard state == .idle || state == .head || state == .body || state == .handling else {
                fatalError("refused in \(state)")
            }
            endWithLinger()
            return .none
        case .outputBlocked:
            isBlocked = true
            return .none
        case .outputSent: return handleSent()
        case .endOfStream: return handleEnd()
        case .failed: return close()
        case .timedOut: return handleTimeout()
        case .drainBegan:
            isDraining = true
            return .none
        case .handOverBegan:
            isDraining = false
            return .none
        case .handedOver:
            guard mayLeave else { fatalError("handed over in \(state)") }
            return close()
        case .drainEnded: return isIdle ? .closeIfSilent : close()
        }
    }

    private mutating func handleRequest(_ event: Event) -> Effect {
        switch (state, event) {
        case (.idle, .headBegan), (.head, .headBegan): state = .head
        case (.idle, .headEnded(let keepAlive, let hasBody)), (.head, .headEnded(let keepAlive, let hasBody)):
            keepsAlive = keepAlive
            state = hasBody ? .body : .handling
        case (.body, .bodyEnded): state = .handling
        case (.handling, .bodyEnded) where bodyArrives, (.answering, .bodyEnded) where bodyArrives: incoming = .none
        case (.idle, _), (.head, _), (.body, _), (.handling, _), (.answering, _), (.closing, _), (.lingering, _),
            (.closed, _):
            fatalError("\(event) in \(state)")
        }
        return .none
    }

    private mutating func handleStreamedBody(_ event: Event) -> Effect {
        switch event {
        case .bodyStreamed:
            guard state == .body else { fatalError("\(event) in \(state)") }
            state = .handling
            incoming = .wanted
        case .bodyHeld: if incoming == .wanted { incoming = .held }
        case .bodyResumed: if incoming == .held { incoming = .wanted }
        case .bodyFailed(let refusal):
            guard bodyArrives else { fatalError("\(event) in \(state)") }
            return state == .handling ? .refuse(refusal) : close()
        case .headBegan, .headEnded, .bodyEnded, .answered, .answerBegan, .upgraded, .answerEnded, .answerBroken,
            .refused, .outputBlocked, .outputSent, .endOfStream, .failed, .timedOut, .drainBegan, .handOverBegan,
            .handedOver, .drainEnded:
            fatalError("\(event) is not about a streamed body")
        }
        return .none
    }

    private mutating func handleAnswer(_ event: Event) -> Effect {
        switch (state, event) {
        case (.handling, .answerBegan(let isLast)):
            state = .answering
            answerWillBeLast = isLast
        case (.handling, .upgraded) where !bodyArrives:
            state = .answering
            isTunnel = true
            answerWillBeLast = true
            incoming = .wanted
        case (.answering, .answerEnded): endAnswer(isLast: answerWillBeLast)
        case (.answering, .answerBroken), (.handling, .answerBroken): return close()
        case (.idle, _), (.head, _), (.body, _), (.handling, _), (.answering, _), (.closing, _), (.lingering, _),
            (.closed, _):
            fatalError("\(event) in \(state)")
        }
        return .none
    }

    /// An answer in front of the end of its request's body is the last one too: where the next request begins is not
    /// known.
    private mutating func endAnswer(isLast: Bool) {
        if bodyArrives { return endWithLinger() }
        state = isLast ? .closing : .idle
    }

    /// The client did not ask for the close, and may still be sending.
    private mutating func endWithLinger() {
        state = .closing
        incoming = .none
        keepsAlive = true
    }

    private mutating func handleSent() -> Effect {
        isBlocked = false
        switch state {
        case .idle, .head, .body: return .takeNext
        case .handling, .answering, .lingering, .closed: return .none
        case .closing:
            // A client that asked for the close, or has closed its side, sends nothing that a reset could answer.
            if endSeen || !keepsAlive { return close() }
            state = .lingering
            return .linger
        }
    }

    private mutating func handleEnd() -> Effect {
        endSeen = true
        switch state {
        case .idle where isBlocked:
            state = .closing
            return .none
        case .idle, .head, .body, .lingering: return close()
        case .handling, .answering:
            guard bodyArrives else { return .none }
            guard isTunnel else { return close() }
            incoming = .none
            return .endBody
        case .closing, .closed: return .none
        }
    }

    private mutating func handleTimeout() -> Effect {
        if isBlocked { return close() }
        switch state {
        case .idle: return .closeIfSilent
        case .head, .body: return .refuse(.tooSlow)
        case .handling: return takesBody ? .refuse(.tooSlow) : .none
        case .answering: return takesBody && !isTunnel ? close() : .none
        case .closed: return .none
        case .closing, .lingering: return close()
        }
    }

    private mutating func close() -> Effect {
        state = .closed
        incoming = .none
        return .close
    }
}
