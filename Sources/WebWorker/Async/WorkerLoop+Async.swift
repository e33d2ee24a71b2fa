internal import Linux

// The loop's part in async handlers and streamed responses.
extension WorkerLoop {
    /// The most rounds of tasks in one turn: some that never wait must not hold up everybody else.
    private static let maxRounds = 16

    /// An exchange with a task.
    mutating func makeExchange(_ token: UInt64, isHead: Bool, incoming: RequestIntake? = nil) -> AsyncExchange {
        usesMailbox = true
        return AsyncExchange(token, mailbox, isHead: isHead, incoming: incoming)
    }

    /// Has a response written while it is sent.
    mutating func stream(_ response: Response, _ connection: Connection, moreBytes: Bool) {
        let stream = openStream(.none, connection, moreBytes: moreBytes)
        putOutAside(connection)
        let exchange = makeExchange(stream.token, isHead: connection.exchange.isHead)
        stream.handler = exchange
        exchange.start("a streamed response") { response }
    }

    /// Runs tasks, and does what they ask for, until they wait for something else.
    mutating func runTasks() {
        guard usesMailbox else { return }
        for _ in 0..<Self.maxRounds {
            let (jobs, commands) = mailbox.work()
            if jobs == 0, commands.isEmpty { return }
            for command in commands { perform(command) }
        }
    }

    private mutating func perform(_ command: LoopMailbox.Command) {
        switch command {
        case .answer(let exchange, let response): answer(exchange.token, response)
        case .begin(let exchange, let head):
            beginAnswer(exchange.token, head)
            if drain != nil { exchange.drainBegan(exchange.token, &self) }
        case .append(let exchange, let bytes):
            let goOn = append(exchange.token, bytes.span)
            exchange.wrote(bytes.count, goOn: goOn)
        case .end(let exchange): endAnswer(exchange.token)
        case .fail(let exchange): breakAnswer(exchange.token)
        case .resumeBody(let exchange): resumeBody(exchange.token)
        }
    }

    /// Tells running exchanges that the worker drains.
    mutating func tellStreamsOfDrain() {
        runTasks()  // What they have asked for goes before.
        for connection in connections.compactMap({ $0 }) {
            if let stream = connection.stream { stream.handler?.drainBegan(stream.token, &self) }
        }
    }
}
