internal import Linux
internal import Supervisor

/// The last lines of a request: what went wrong, if anything did, and what serves now.
struct VerdictText: Equatable {
    /// For standard error; none when all went well.
    var errors: [String] = []
    /// For standard output; the last one says what serves now.
    var lines: [String] = []
    var exitCode: ExitCode

    /// - Parameters:
    ///   - subject: what was asked for, in words: "deploy of v2".
    ///   - canQueue: whether it could have stood in the queue, by `--wait`.
    init(_ done: DoneEvent, subject: String, canQueue: Bool, paint: Paint) {
        let subject = ForeignText.line(subject)
        exitCode = ExitCode(number: done.exitCode)
        let message = done.message.split(separator: "\n", omittingEmptySubsequences: false).map {
            ForeignText.line(String($0))
        }
        switch done.outcome {
        case .committed, .completed, .detached:
            lines = message.filter { !$0.isEmpty } + [Self.success(done, subject, paint)]
        default:
            let reason = message.first.flatMap { $0.isEmpty ? nil : ": \($0)" } ?? ""
            errors =
                ["deployd: \(subject) \(Self.verdict(done.outcome))\(reason)"] + message.dropFirst().map { "  \($0)" }
            if done.outcome == .busy, canQueue { errors.append("deployd: use --wait to wait instead") }
            lines = [Self.standing(done)]
        }
    }

    /// The request was turned away as a whole.
    init(_ error: ErrorEvent, subject: String) {
        let subject = ForeignText.line(subject)
        exitCode = ExitCode(number: error.exitCode)
        errors = ["deployd: \(subject): \(ForeignText.line(error.message))"]
    }

    private static func verdict(_ outcome: ControlOutcome) -> String {
        switch outcome {
        case .failed: "failed"
        case .cancelled: "was cancelled"
        case .rolledBack: "was rolled back"
        case .refused, .busy: "was refused"
        default: "ended as \(ForeignText.line(outcome.rawValue))"
        }
    }

    private static func success(_ done: DoneEvent, _ subject: String, _ paint: Paint) -> String {
        let time = done.milliseconds.map { ", after \(TimeText.took(milliseconds: $0))" } ?? ""
        let generation = done.serving.map { " (generation \($0.generation))" } ?? ""
        // What is no deploy has not changed which release serves.
        guard done.outcome != .completed else {
            return paint.good("\(subject): done") + time
                + (done.serving.map { "; \(ForeignText.line($0.release)) serves\(generation)" } ?? "")
        }
        guard let serving = done.serving else { return "done\(time)" }
        return paint.good("\(ForeignText.line(serving.release)) serves now") + generation + time
    }

    private static func standing(_ done: DoneEvent) -> String {
        guard let serving = done.serving else { return "nothing serves now" }
        return "\(ForeignText.line(serving.release)) still serves (generation \(serving.generation))"
    }
}
