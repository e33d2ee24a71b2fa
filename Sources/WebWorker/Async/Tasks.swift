internal import Linux

/// The tasks of async handlers, and their mailbox.
struct Tasks {
    let mailbox: LoopMailbox
    /// False until the first task starts: a loop without tasks does not look for their mail.
    private(set) var isUsed = false

    init() throws(SystemError) { mailbox = try LoopMailbox() }

    /// The exchange of a stream with a task.
    mutating func exchange(_ token: UInt64, isHead: Bool, incoming: RequestIntake? = nil) -> AsyncExchange {
        isUsed = true
        return AsyncExchange(token, mailbox, isHead: isHead, incoming: incoming)
    }

    /// The loop is about to wait. False: there is something to do first.
    func mayWait() -> Bool { !isUsed || mailbox.mayWait() }

    func isAwake() { if isUsed { mailbox.isAwake() } }
}
