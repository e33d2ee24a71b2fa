internal import Synchronization

/// One request in the hands of an async handler: what stands between its task and the loop.
///
/// The task may run anywhere, though it runs on the loop's thread unless the handler goes elsewhere. What it wants of the
/// loop goes through the mailbox; what the loop tells it opens and closes gates.
final class AsyncExchange: StreamHandler, Sendable {
    /// The last bytes of an answer that ends by itself when the worker drains.
    typealias Farewell = @Sendable () -> [UInt8]

    private struct State {
        var task: Task<Void, Never>?
        var isOver = false
        var hasBegun = false
        /// Bytes that were asked to be sent, and that the loop has not seen yet.
        var posted = 0
        var isPaused = false
        var farewell: Farewell?
    }

    let token: UInt64
    /// Nil if there is no body, or it is whole already.
    private let incoming: RequestIntake?
    private let mailbox: LoopMailbox
    private let isHead: Bool
    private let outgoing = Gate(isOpen: true)
    private let state = Mutex(State())

    init(_ token: UInt64, _ mailbox: LoopMailbox, isHead: Bool, incoming: RequestIntake? = nil) {
        self.token = token
        self.mailbox = mailbox
        self.isHead = isHead
        self.incoming = incoming
        incoming?.resume = { [weak self] in
            if let self { mailbox.post(.resumeBody(self)) }
        }
    }

    /// Runs a handler, on the loop's thread.
    func start(_ path: String, _ handler: @escaping @Sendable () async throws -> Response) {
        let task = Task(executorPreference: mailbox) { [self] in await run(path, handler) }
        state.withLock { $0.task = task }
    }

    private func run(_ path: String, _ handler: @Sendable () async throws -> Response) async {
        do {
            let response = try await handler()
            guard let content = response.stream else { return mailbox.post(.answer(self, response)) }
            guard let head = AnswerHead(response, length: content.length) else { throw ResponseCannotBeSent() }
            if isHead {
                mailbox.post(.begin(self, head))
            } else {
                state.withLock { $0.farewell = content.farewell }
                let writer = ResponseWriter(exchange: self, head: head)
                try await content.write(writer)
                try begin(head)
            }
            mailbox.post(.end(self))
            end()
        } catch {
            fail(path, error)
        }
    }

    private func fail(_ path: String, _ error: any Error) {
        let (isOver, hasBegun) = state.withLock { ($0.isOver, $0.hasBegun) }
        guard !isOver else { return }
        let answer = Response.failure(error, path)
        mailbox.post(hasBegun ? .fail(self) : .answer(self, answer))
    }

    /// Sends the head, unless that was done.
    func begin(_ head: AnswerHead) throws {
        let isFirst = try state.withLock { state throws in
            guard !state.isOver else { throw ClientGone() }
            defer { state.hasBegun = true }
            return !state.hasBegun
        }
        if isFirst { mailbox.post(.begin(self, head)) }
    }

    /// Sends a piece; waits while the client does not keep up.
    func write(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        try await outgoing.wait()
        state.withLock { state in
            state.posted += bytes.count
            if state.posted > StreamedExchange.highWater { outgoing.close() }
        }
        mailbox.post(.append(self, bytes))
    }
}

// What the loop tells.
extension AsyncExchange {
    /// The loop has written a piece of so many bytes; `goOn` is what it said to more.
    func wrote(_ count: Int, goOn: Bool) {
        let opens = state.withLock { state in
            state.posted -= count
            state.isPaused = !goOn
            if state.isPaused { outgoing.close() }
            return !state.isPaused && state.posted <= StreamedExchange.highWater
        }
        if opens { outgoing.open() }
    }

    func take(_ piece: Span<UInt8>, _ client: StreamedExchange, _ turn: inout Turn) {
        if let incoming, !incoming.add(piece.bytes(0..<piece.count)) { client.holdBody(&turn) }
    }

    func bodyEnded(_ client: StreamedExchange, _ turn: inout Turn) { incoming?.end() }

    func goOn(_ client: StreamedExchange, _ turn: inout Turn) {
        state.withLock { $0.isPaused = false }
        outgoing.open()
    }

    func cancelled(_ client: StreamedExchange, _ turn: inout Turn) { finish() }

    func drainBegan(_ client: StreamedExchange, _ turn: inout Turn) {
        guard let farewell = state.withLock({ $0.hasBegun ? $0.farewell : nil }) else { return }
        client.append(farewell().span, &turn)
        client.endAnswer(&turn)
        finish()
    }

    /// Nothing more is wanted of the task, which is told.
    func finish() {
        let task = state.withLock { $0.task.take() }
        end()
        task?.cancel()
    }

    /// Fails everything that the task, or another one, still waits for.
    private func end() {
        state.withLock { $0.isOver = true }
        incoming?.fail()
        outgoing.fail(ClientGone())
    }
}

/// Nothing more can be sent to the client of a request, or read from it: it is gone, was too slow, or has its whole answer.
public struct ClientGone: Error, CustomStringConvertible {
    /// In words.
    public var description: String { "the client is gone" }
}

/// A handler's status or field is one that must not be sent.
private struct ResponseCannotBeSent: Error, CustomStringConvertible {
    let description = "a status or a field of its answer cannot be sent"
}
