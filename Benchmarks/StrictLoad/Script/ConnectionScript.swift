/// What one client does with its connection, request after request: events in, one reaction out.
///
/// It never sends a request twice: one that failed is counted, and the next is another request.
package struct ConnectionScript {
    /// Where the client is between and within its requests.
    private enum State: Equatable {
        case resting  // No socket, nothing asked. Next: connecting.
        case connecting  // Next: sending, resting.
        case idle  // An open connection, nothing asked. Next: sending, resting.
        case sending(Part)  // Next: pausing, receiving, closing, resting.
        case pausing  // The first half is out. Next: sending(secondHalf), closing, resting.
        case receiving  // The request is out. Next: idle, closing, resting.
        case closing  // Answered; the server is to close. Next: resting.
    }

    /// What is sent in one go.
    package enum Part: Equatable, Sendable {
        case whole, firstHalf, secondHalf
    }

    /// What happened to the connection.
    package enum Event: Equatable, Sendable {
        /// The time has come that the last step set: of the next request, of the pause's end, or of the time-out.
        case due
        case connected
        case connectFailed(FailureKind)
        /// All of the part is out.
        case sent
        /// The answer is complete, whatever it says.
        case answered(keepsConnection: Bool)
        /// What came is no answer to what was asked.
        case malformed
        /// The server closed in good order; with `answerBegun`, inside an answer.
        case endOfStream(answerBegun: Bool)
        case reset
    }

    /// What the loop does next.
    package enum Step: Equatable, Sendable {
        /// Open a connection; `due` at the connection's time-out.
        case connect
        /// Send; the time-out runs from the request's begin.
        case send(Part)
        /// Nothing: the next event will come.
        case wait
        /// Nothing until `due`, after the plan's pause.
        case pause
        /// Nothing until the server closes; `due` after `maxLinger`.
        case linger
        /// The request is over and the connection stays; `due` when the next one may begin.
        case nextOnSame
        /// The request is over: close the socket; `due` when the next one may begin.
        case nextOnNew
    }

    /// What is counted beside failures.
    package enum Note: Equatable, Sendable {
        case serverSaidClose, resetAfterAnswer, leftOpen, idleCloseAllowed
    }

    /// What an event came to.
    package struct Reaction: Equatable, Sendable {
        package let step: Step
        package var failure: FailureKind?
        package var note: Note?

        package init(_ step: Step, failure: FailureKind? = nil, note: Note? = nil) {
            self.step = step
            self.failure = failure
            self.note = note
        }
    }

    private let mode: LoadPlan.Mode
    private let allowsIdleClose: Bool
    private var state = State.resting

    /// How many requests this socket has been used for; 0 without a socket.
    package private(set) var requestsOnSocket = 0

    package init(mode: LoadPlan.Mode, allowsIdleClose: Bool = false) {
        self.mode = mode
        self.allowsIdleClose = allowsIdleClose
    }

    /// Whether nothing is asked: `due` begins a request, and the client may leave without losing one.
    package var isBetweenRequests: Bool { state == .resting || state == .idle }

    /// Whether the answer is complete and only the server's close is awaited.
    package var isClosing: Bool { state == .closing }

    package var isConnecting: Bool { state == .connecting }

    /// Whether an answer is awaited, or may come early.
    package var awaitsAnswer: Bool {
        switch state {
        case .sending, .pausing, .receiving: true
        case .resting, .connecting, .idle, .closing: false
        }
    }

    /// Takes an event. A pair that cannot be is our own mistake and ends the process.
    package mutating func handle(_ event: Event) -> Reaction {
        switch (state, event) {
        case (.resting, .due): return enter(.connecting, .connect)
        case (.connecting, .connected), (.idle, .due): return begin()
        case (.connecting, .connectFailed(let kind)): return abandon(kind)
        case (.connecting, .due): return abandon(.connectTimedOut)
        case (.sending(.firstHalf), .sent): return enter(.pausing, .pause)
        case (.sending(.whole), .sent), (.sending(.secondHalf), .sent): return enter(.receiving, .wait)
        case (.pausing, .due): return enter(.sending(.secondHalf), .send(.secondHalf))
        case (.sending, .due), (.receiving, .due): return abandon(.timedOut)
        case (.receiving, .answered(let keeps)): return answered(keeps)
        // Before the whole request is out an answer is a refusal: the server will not read the rest.
        case (.sending, .answered), (.pausing, .answered): return enter(.closing, .linger, .serverSaidClose)
        case (.idle, .endOfStream), (.idle, .reset): return closedWhileIdle()
        case (.closing, .endOfStream): return rest()
        case (.closing, .reset): return rest(.resetAfterAnswer)
        case (.closing, .due): return rest(.leftOpen)
        case (.sending, .endOfStream(let begun)), (.pausing, .endOfStream(let begun)),
            (.receiving, .endOfStream(let begun)):
            return abandon(begun ? .truncated : requestsOnSocket > 1 ? .closedReused : .closedFresh)
        case (.sending, .reset), (.pausing, .reset), (.receiving, .reset): return abandon(.reset)
        case (.idle, .malformed), (.sending, .malformed), (.pausing, .malformed), (.receiving, .malformed),
            (.closing, .malformed):
            return abandon(.malformed)
        case (.resting, .connected), (.resting, .connectFailed), (.resting, .sent), (.resting, .answered),
            (.resting, .malformed), (.resting, .endOfStream), (.resting, .reset),
            (.connecting, .sent), (.connecting, .answered), (.connecting, .malformed), (.connecting, .endOfStream),
            (.connecting, .reset),
            (.idle, .connected), (.idle, .connectFailed), (.idle, .sent), (.idle, .answered),
            (.sending, .connected), (.sending, .connectFailed),
            (.pausing, .connected), (.pausing, .connectFailed), (.pausing, .sent),
            (.receiving, .connected), (.receiving, .connectFailed), (.receiving, .sent),
            (.closing, .connected), (.closing, .connectFailed), (.closing, .sent), (.closing, .answered):
            fatalError("A client's script met \(event) in \(state)")
        }
    }

    private mutating func enter(_ next: State, _ step: Step, _ note: Note? = nil) -> Reaction {
        state = next
        return Reaction(step, note: note)
    }

    private mutating func begin() -> Reaction {
        requestsOnSocket += 1
        let part: Part = mode == .post ? .firstHalf : .whole
        return enter(.sending(part), .send(part))
    }

    private mutating func answered(_ keeps: Bool) -> Reaction {
        switch (mode, keeps) {
        case (.keepAlive, true), (.idle, true), (.post, true): return enter(.idle, .nextOnSame)
        case (.keepAlive, false), (.idle, false), (.post, false): return enter(.closing, .linger, .serverSaidClose)
        case (.closeByServer, _): return enter(.closing, .linger)
        case (.closeByClient, true): return rest()
        case (.closeByClient, false): return rest(.serverSaidClose)
        }
    }

    private mutating func closedWhileIdle() -> Reaction {
        allowsIdleClose ? rest(.idleCloseAllowed) : abandon(.closedIdle)
    }

    private mutating func rest(_ note: Note? = nil) -> Reaction {
        requestsOnSocket = 0
        return enter(.resting, .nextOnNew, note)
    }

    private mutating func abandon(_ kind: FailureKind) -> Reaction {
        requestsOnSocket = 0
        state = .resting
        return Reaction(.nextOnNew, failure: kind)
    }
}
