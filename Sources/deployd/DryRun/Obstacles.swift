internal import Linux
internal import Supervisor

/// All that stands in the way of a start or a deploy, and may be known without one.
struct Obstacles {
    let report: CheckReport
    /// What the master says of itself; nil: none answers.
    let status: StatusReport?
    /// What a master left that is no more.
    let leftovers: Leftovers?
    let warnings: [String]
    /// What is in the way: mistakes, and problems of the master.
    let problems: [Problem]
    let unwritable: [ProblemReport]
    let notes: [String]

    /// A line each; empty: nothing is in the way.
    var errors: [String] { problems.map(\.description) + unwritable.map { "\($0.what); \($0.advice)" } }

    /// - Parameter release: as the person wrote it; nil: what a start would serve.
    init(_ installation: Installation, _ invocation: Invocation, release: String?) throws(CommandError) {
        let leftovers = installation.leftovers
        let status = installation.status
        let listening = status?.listeners.compactMap { SocketAddress(parsing: $0.address) }
        let isAnswered = try Self.isAnswered(installation)
        report = Check.run(
            configurationFile: invocation.value(of: .config), release: release,
            surroundings: installation.surroundings,
            masterRuns: listening != nil || leftovers != nil || installation.masterPid != nil
                || isAnswered,
            listening: listening, looksInside: true)
        warnings = report.warnings + (leftovers == nil ? [] : TakeoverCheck.warnings(report.configuration))
        let takeover =
            leftovers == nil ? [] : TakeoverCheck.problems(report.configuration, installation.surroundings)
        let found = report.problems
        problems = found + takeover.filter { !found.contains($0) }
        unwritable = (status?.problems ?? []).filter { $0.what.hasPrefix(ProblemReport.unwritable) }
        notes = report.configuration.defaultsNote(installation.surroundings).map { [$0] } ?? []
        self.status = status
        self.leftovers = leftovers
    }

    /// Says what may surprise, on standard error.
    ///
    /// - Throws: what is in the way.
    func tellWarnings(_ invocation: Invocation) throws(CommandError) {
        for warning in warnings {
            StandardError.line("deployd: warning: \(invocation.advice.completed(warning))", .warning)
        }
        try requireNone()
    }

    /// - Throws: what is in the way.
    func requireNone() throws(CommandError) {
        guard errors.isEmpty else { throw CommandError(errors, notes: notes) }
    }

    /// Whether a master answers this user. Who may not talk to it would be told mistakes that are none: that its own
    /// address is taken.
    private static func isAnswered(_ installation: Installation) throws(CommandError) -> Bool {
        do throws(ControlError) {
            _ = try ControlClient(to: installation.socketPath)
            return true
        } catch {
            if case .notAllowed = error { throw installation.refusal(error) }
            return false
        }
    }
}
