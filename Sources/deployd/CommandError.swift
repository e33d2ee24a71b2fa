internal import Linux
internal import Supervisor

/// Why the command ends without having done what it was asked.
struct CommandError: Error, Equatable {
    /// "what: why", one or several.
    let messages: [String]
    /// What is good to know and no mistake.
    let notes: [String]
    let exitCode: ExitCode

    /// Each line as it is printed.
    var lines: [String] { messages.map { "deployd: \($0)" } + notes.map { "note: \($0)" } }

    init(_ messages: [String], notes: [String] = [], exitCode: ExitCode = .refused) {
        self.messages = messages
        self.notes = notes
        self.exitCode = exitCode
    }

    init(_ message: String, exitCode: ExitCode = .refused) {
        self.init([message], exitCode: exitCode)
    }

    /// The same, with commands that go for the configuration of the command line.
    func completed(by advice: CommandAdvice) -> CommandError {
        CommandError(messages.map(advice.completed), notes: notes.map(advice.completed), exitCode: exitCode)
    }

    init(_ error: ControlError) {
        let exitCode: ExitCode =
            switch error {
            case .noMaster: .noMaster
            case .notAllowed, .timedOut, .stopped, .ended, .unreadable, .failed: .refused
            }
        self.init(error.message, exitCode: exitCode)
    }

    /// A request was sent, and this instead of an answer came.
    ///
    /// - Parameter subject: what was asked for, in words.
    init(unknownOutcomeOf subject: String, _ error: ControlError) {
        self.init(
            "\(ForeignText.line(subject)): \(error.message); the outcome is unknown: see `deployd status` and "
                + "`deployd history`", exitCode: .unknown)
    }

    init(_ error: SystemError) {
        self.init(error.description)
    }
}
