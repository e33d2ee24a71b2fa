extension ConnectionMachine {
    mutating func handle(_ event: Event) -> Effect {
        if state == .closed { return .none }
        switch event {
        case .handshakeEnded:
            guard state == .handshake else { fatalError("\(event) in \(state)") }
            state = .idle
            return .none
        case .headBegan, .headEnded, .bodyEnded: return handleRequest(event)
        case .bodyStreamed, .bodyHeld, .bodyResumed, .bodyFailed: return handleStreamedBody(event)
        case .answered(let isLast):
            guard state == .handling || state == .body && isLast else { fatalError("answered in \(state)") }
            endAnswer(isLast: isLast)
            return .none
        case .answerBegan, .upgraded, .answerEnded, .answerBroken: return handleAnswer(event)
        case .refused:
            guard state == .handshake || state == .idle || state == .head || state == .body || state == .handling else {
                fatalError("refused in \(state)")
            }
            endWithLinger()
            return .none
        case .outputBlocked:
            isBlocked = true
            return .none
        case .outputSent: return handleSent()
        case .endOfStream: return handleEnd()
        case .failed:
            endSeen = true
            return close()
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
        case .drainEnded:
            isCutOff = state == .handling || state == .body
            return isIdle ? .closeIfSilent : close()
        }
    }

    private mutating func handleRequest(_ event: Event) -> Effect {
        switch (state, event) {
        case (.idle, .headBegan), (.head, .headBegan): state = .head
        case (.idle, .headEnded(let keepAlive, let hasBody, let isLast)),
            (.head, .headEnded(let keepAlive, let hasBody, let isLast)):
            keepsAlive = keepAlive
            isTakenAway = isLast
            state = hasBody ? .body : .handling
        case (.body, .bodyEnded): state = .handling
        case (.handling, .bodyEnded) where bodyArrives, (.answering, .bodyEnded) where bodyArrives: incoming = .none
        case (.handshake, _), (.idle, _), (.head, _), (.body, _), (.handling, _), (.answering, _), (.closing, _),
            (.lingering, _), (.closed, _):
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
        case .handshakeEnded, .headBegan, .headEnded, .bodyEnded, .answered, .answerBegan, .upgraded, .answerEnded,
            .answerBroken,
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
        case (.handshake, _), (.idle, _), (.head, _), (.body, _), (.handling, _), (.answering, _), (.closing, _),
            (.lingering, _), (.closed, _):
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
        case .handshake, .handling, .answering, .lingering, .closed: return .none
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
        case .idle where isBlocked, .head where isBlocked, .body where isBlocked:
            // An answer is whole and on its way; a request behind it will not be.
            state = .closing
            return .none
        case .handshake, .idle, .head, .body, .lingering: return close()
        case .handling, .answering:
            guard isTunnel else { return bodyArrives || !answersHalfClosed ? close() : .none }
            guard bodyArrives else { return .none }
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
        case .handshake, .closing, .lingering: return close()
        }
    }

    private mutating func close() -> Effect {
        state = .closed
        incoming = .none
        return .close
    }
}
