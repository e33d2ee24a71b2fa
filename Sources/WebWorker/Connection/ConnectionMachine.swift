/// What a connection is doing and what may happen to it next. Pure: events in, effects out.
///
/// It knows no bytes, no descriptor and no clock. Its driver reads, parses and writes, tells it what came of that, and
/// does what it answers. The rule that it keeps: nothing closes between a client's bytes and our answer, and what the
/// client must still read is never cut off by a reset.
struct ConnectionMachine: Equatable, Sendable {
    enum State: Equatable {
        /// TLS is being agreed on. -> idle, closing, closed
        case handshake
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

    enum Event: Equatable, Sendable {
        /// TLS is established.
        case handshakeEnded
        /// The first bytes of a head came, but not all.
        case headBegan
        /// A head is whole. `keepAlive` is the client's wish; without a body the request is whole too.
        case headEnded(keepAlive: Bool, hasBody: Bool, isTakenAway: Bool = false)
        /// The body goes to the handler as it arrives: the request is in hand before it is whole.
        case bodyStreamed
        /// The handler has enough of the body for now.
        case bodyHeld
        /// The handler wants the body to go on.
        case bodyResumed
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
        case outputSent
        /// The client sends no more: it has gone, or has closed its sending side only, which looks the same.
        case endOfStream
        case failed
        /// The deadline of `wait` has passed.
        case timedOut
        /// The worker drains from now on, and answers are the last ones of their connections.
        case drainBegan
        /// The worker drains and idle connections go to another one: answers leave the connection alive.
        case handOverBegan
        case handedOver
        case drainEnded
    }

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
        case close
    }

    /// Which time limit runs.
    enum Wait: Equatable, Sendable { case none, handshake, idle, head, body, write, linger }

    var state = State.idle
    var incoming = StreamedBody.none
    var answerWillBeLast = false
    var isBlocked = false
    var keepsAlive = true
    var endSeen = false
    var isDraining = false
    /// Users are kept out of the site: the answer to the request in hand is the last one, whatever came behind it.
    var isTakenAway = false
    /// The end of a drain took a request that had no answer yet.
    var isCutOff = false
    /// The connection speaks another protocol after an upgrade.
    var isTunnel = false
    /// A client that sends no more still gets the answer that is being made.
    let answersHalfClosed: Bool

    init(answersHalfClosed: Bool = false, isTLS: Bool = false) {
        self.answersHalfClosed = answersHalfClosed
        if isTLS { state = .handshake }
    }

    /// The client's end matters although nothing is read: a request that nobody waits for is cancelled.
    var awaitsEnd: Bool { !answersHalfClosed && !endSeen && !isTunnel }

    /// Whether the answer to the request in hand is the last one. Further requests that are here already (`moreBytes`)
    /// are answered first, even in a drain.
    func answerIsLast(moreBytes: Bool) -> Bool {
        !keepsAlive || endSeen || isTakenAway || isDraining && !moreBytes
    }

    /// A piece of a streamed body may be given to the handler.
    var takesBody: Bool { incoming == .wanted }
    var bodyArrives: Bool { incoming != .none }
    /// The head of an answer is written, and its end is not.
    var isAnswering: Bool { state == .answering }
    var mayAnswer: Bool { state == .handling }

    var takesRequests: Bool { !isBlocked && (state == .idle || state == .head || state == .body) }
    /// Bytes that were read will still be used.
    var wantsInput: Bool {
        switch state {
        case .handshake, .idle, .head, .body, .handling, .answering: true
        case .closing, .lingering, .closed: false
        }
    }
    var isInBody: Bool { state == .body }
    var awaitsBytes: Bool {
        state == .lingering || (takesRequests || takesBody || state == .handshake && !isBlocked) && !endSeen
    }
    /// Arriving bytes are only thrown away.
    var isLingering: Bool { state == .lingering }
    /// The connection is between two requests.
    var isIdle: Bool { state == .idle && !isBlocked }
    /// The answer to a request in hand has not been sent completely.
    var isInFlight: Bool {
        !isTunnel && state != .handshake && (state == .handling || state == .answering || isBlocked)
    }
    var isClosed: Bool { state == .closed }
    /// The last answer is written.
    var isEnding: Bool { state == .closing }
    /// Whether another worker could go on with it: nothing of a request is here but a part of its head, which was kept
    /// as it came, and nothing of an answer.
    var mayLeave: Bool {
        (state == .handshake || state == .idle || state == .head) && !isBlocked && !endSeen && keepsAlive
    }

    /// The time limit that runs in the present state.
    var wait: Wait {
        if isBlocked { return .write }
        switch state {
        case .handshake: return .handshake
        case .idle: return .idle
        case .head: return .head
        case .body: return .body
        case .handling, .answering: return takesBody && !isTunnel ? .body : .none
        case .closing, .closed: return .none
        case .lingering: return .linger
        }
    }
}
