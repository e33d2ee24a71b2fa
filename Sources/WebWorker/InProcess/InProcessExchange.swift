internal import Synchronization

/// One request that is answered within the process that asks, and its answer as it comes.
package final class InProcessExchange: Sendable {
    /// Why there is no answer, or only a part of one.
    package enum Failure: Error, Equatable, Sendable {
        /// The request's bytes end before the request does.
        case incompleteRequest
        /// A server behind answers this path.
        case servedBehind(String)
        /// The handler ended before its answer did.
        case brokenOff
    }

    /// Status and fields, as they come before the body.
    package struct Head: Equatable, Sendable {
        /// The status code of the answer.
        package let status: Status
        /// The fields in their order.
        package let headers: ResponseHeaders
    }

    private struct State {
        var isHead = false
        var place = SitePlace()
        var id: RequestID?
        var head: Head?
        /// The bytes that are missing of the declared length; nil if the head declares none.
        var missing: Int?
        var failure: Failure?
        /// Tells the task that nobody waits for it; nil: there is none, or it has ended.
        var cancel: (@Sendable () -> Void)?
        var isLeft = false
        /// The destination of the request's body, with what has not reached it yet.
        var intake: RequestIntake?
        var body: ArraySlice<UInt8> = []
    }

    let site: Site
    private let state = Mutex(State())
    private let begun = Gate(isOpen: false)
    private let pieces = RequestIntake()

    init(_ site: Site) { self.site = site }
}

// What the client does.
extension InProcessExchange {
    /// Waits for the answer's head. Throws a `Failure`, and CancellationError when the task is cancelled.
    package func head() async throws -> Head {
        try await begun.wait()
        guard let head = state.withLock({ $0.head }) else { throw Failure.brokenOff }
        return head
    }

    /// Waits for a piece of the answer's body, nil at its end. Throws a `Failure`, and CancellationError when the task is
    /// cancelled.
    package func next() async throws -> [UInt8]? {
        do { return try await pieces.next() } catch is ClientGone {
            throw state.withLock { $0.failure } ?? .brokenOff
        }
    }

    /// Wants nothing more of the answer: its handler is cancelled, as when a client closes its connection.
    package func leave() {
        let cancel = state.withLock { state in
            state.isLeft = true
            return state.cancel.take()
        }
        cancel?()
    }
}

// What the worker does.
extension InProcessExchange {
    /// The request's head is known, and the name that it has, if any.
    func begin(_ head: RequestHead, _ id: RequestID?) {
        state.withLock { state in
            state.isHead = head.method == .head
            state.id = id
        }
    }

    /// Where in the site the request is: rules may add to its answer.
    func note(_ place: SitePlace) { state.withLock { $0.place = place } }

    var place: SitePlace { state.withLock { $0.place } }

    /// The request's name, which the answer bears too.
    var id: RequestID? { state.withLock { $0.id } }

    /// Has a task make the answer. `intake` is where it reads the request's body.
    func use(
        _ task: AsyncExchange, _ intake: RequestIntake?, _ body: [UInt8], forget: @escaping @Sendable () -> Void
    ) {
        pieces.resume = { [weak task] in task?.wrote(0, goOn: true) }
        let isLeft = state.withLock { state in
            state.intake = intake
            state.body = body[...]
            state.cancel = {
                task.finish()
                forget()
            }
            return state.isLeft
        }
        if isLeft { leave() }
    }

    /// Gives as much of the request's body to the handler as it takes now.
    func feed() {
        let (intake, body) = state.withLock { state in
            defer { state.body = [] }
            return (state.intake, state.body)
        }
        guard let intake else { return }
        var rest = body
        while let first = rest.indices.first {
            let end = min(first + 16 << 10, rest.endIndex)
            let goesOn = intake.add(Array(rest[first..<end]))
            rest = rest[end...]
            guard goesOn || rest.isEmpty else {
                return state.withLock { $0.body = rest }
            }
        }
        state.withLock { $0.intake = nil }
        intake.end()
    }

    func refuse(_ refusal: Refusal) { answer(site.statusPage(refusal.status, at: place)) }

    /// Gives an answer whole, or has a task write it.
    func answer(_ response: Response) {
        var bytes: [UInt8] = []
        guard PreparedAnswer.encode(response, to: &bytes) else {
            return answer(site.statusPage(.internalServerError, at: place))
        }
        answer(bytes, response.status.forbidsBody ? [] : response.body)
    }

    /// The same for one that was encoded before.
    func answer(_ answer: PreparedAnswer) { self.answer(answer.head, answer.body) }

    /// Gives an answer whole, as the wire has it but for the empty line behind its head.
    func answer(_ head: [UInt8], _ body: [UInt8]) {
        begin(head, length: body.count)
        _ = append(body)
        end()
    }

    /// Begins an answer whose body comes in pieces.
    func begin(_ head: AnswerHead) {
        var bytes: [UInt8] = []
        bytes.append(statusLine: head.status)
        bytes += head.fields
        if let length = head.length { bytes.append(contentLength: length) }
        begin(bytes, length: head.length)
    }

    private func begin(_ head: [UInt8], length: Int?) {
        var bytes = head
        id?.write(to: &bytes)
        site.rules(at: place)?.write(place.rule, to: &bytes)
        bytes.append(ascii: "\r\n")
        var parser = ResponseHeadParser()
        guard case .complete = parser.parse(bytes.span, toHead: true) else { fatalError("a head that cannot be read") }
        var headers = ResponseHeaders()
        for field in parser.head.fields {
            headers.add(bytes.span.text(field.name.range), bytes.span.text(field.value.range))
        }
        state.withLock { state in
            state.head = Head(status: Status(code: UInt16(parser.head.status)), headers: headers)
            state.missing = state.isHead ? nil : length
        }
        begun.open()
    }

    /// A piece of the answer's body. False when more should come only when the client has read it.
    func append(_ piece: [UInt8]) -> Bool {
        let (isHead, fits) = state.withLock { state in
            if let missing = state.missing { state.missing = missing - piece.count }
            return (state.isHead, state.missing ?? 0 >= 0)
        }
        guard fits else {
            fail(.brokenOff)
            return true
        }
        return isHead || piece.isEmpty || pieces.add(piece)
    }

    /// The answer is whole, if it has the length that it said.
    func end() {
        guard state.withLock({ $0.missing ?? 0 == 0 }) else { return fail(.brokenOff) }
        state.withLock { $0.cancel = nil }
        pieces.end()
    }

    /// There is no answer, or no more of it.
    func fail(_ failure: Failure) {
        let hasBegun = state.withLock { state in
            state.failure = state.failure ?? failure
            state.cancel = nil
            return state.head != nil
        }
        if !hasBegun { begun.fail(failure) }
        pieces.fail()
    }
}
