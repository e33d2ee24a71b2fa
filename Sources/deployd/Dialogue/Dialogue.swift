internal import Linux
internal import Supervisor

/// A request to the master and its stream of events, shown as they come.
struct Dialogue: ~Copyable {
    /// How often the live line is redrawn.
    private static let redrawInterval: Duration = .milliseconds(100)

    /// How the events are shown.
    enum Style: Equatable {
        case text, json
    }

    /// What was asked for, in words: "deploy of v2".
    private var subject: String
    private let style: Style
    private let isDeploy: Bool
    private var client: ControlClient
    private let signals: SignalDescriptor
    private var attention = Attention()
    private var progress: ProgressText
    private var terminal: LiveTerminal
    private let paint: Paint
    private let advice: CommandAdvice

    /// - Parameters:
    ///   - isDeploy: Ctrl-C cancels or detaches; else it just leaves.
    ///   - advice: how commands are told.
    init(
        with client: consuming ControlClient, subject: String, style: Style, isDeploy: Bool, advice: CommandAdvice
    ) throws(CommandError) {
        do throws(SystemError) {
            signals = try SignalDescriptor([.int, .term])
        } catch {
            throw CommandError(error)
        }
        self.client = client
        self.subject = subject
        self.style = style
        self.isDeploy = isDeploy
        self.advice = advice
        paint = Paint.forStandardOutput()
        progress = ProgressText(paint: paint)
        terminal = LiveTerminal(isTerminal: style == .text && StandardOutput.isTerminal)
    }

    /// Sends the request and shows what comes until the last event, or until the person leaves.
    mutating func run(_ request: ControlRequest) throws(CommandError) -> ExitCode {
        do throws(ControlError) {
            try client.send(request)
            while true {
                if let code = try step() { return code }
            }
        } catch {
            terminal.clear()
            throw CommandError(unknownOutcomeOf: subject, error)
        }
    }

    private mutating func step() throws(ControlError) -> ExitCode? {
        let live =
            terminal.isTerminal
            ? progress.live(at: MonotonicClock.now(), columns: Columns.ofStandardOutput().width) : nil
        terminal.show(live)
        switch try client.next(timeout: live == nil ? nil : Self.redrawInterval, signals: signals.number) {
        case .timedOut: return nil
        case .signal: return try takeSignal()
        case .event(let event): return take(event)
        }
    }

    private mutating func take(_ event: ControlEvent) -> ExitCode? {
        if case .started(let started) = event { subject = started.verb.words(started.release) }
        switch style {
        case .json: StandardOutput.write(String(decoding: ControlLine.encode(event), as: UTF8.self))
        case .text:
            let shown = lines(for: event)
            terminal.print(shown)
        }
        switch event {
        case .done(let done): return conclude(VerdictText(done, subject: subject, canQueue: isDeploy, paint: paint))
        case .error(let error): return conclude(VerdictText(error, subject: subject))
        case .queued, .started, .step, .output, .probe, .note, .seen, .status, .version, .unrecognised: break
        }
        return attention.take(event).flatMap { answer($0, isLate: true) }
    }

    /// What workers write stays as it is.
    private mutating func lines(for event: ControlEvent) -> [String] {
        let lines = progress.lines(for: event, at: MonotonicClock.now())
        if case .output = event { return lines }
        return lines.map(advice.completed)
    }

    private mutating func conclude(_ verdict: VerdictText) -> ExitCode {
        terminal.clear()
        for line in verdict.errors { say(line) }
        if style == .text { terminal.print(verdict.lines.map(advice.completed)) }
        return verdict.exitCode
    }

    private func say(_ line: String) { StandardError.line(advice.completed(line)) }

    private mutating func takeSignal() throws(ControlError) -> ExitCode? {
        guard (try? signals.read()) != nil else { return nil }
        guard isDeploy else { return .interrupted }
        let verdict = attention.interrupt()
        if verdict == .cancel { try client.send(ControlRequest(.cancel)) }
        return answer(verdict, isLate: false)
    }

    /// Who gets how many new connections now, by the master's own words.
    private func share() -> String {
        let some = "some new connections go to the new generation, the others to the old one"
        guard case .status(let report)? = try? ControlClient.ask(.status, at: client.path) else { return some }
        guard let deployment = report.deployment else { return "it is over" }
        guard let percent = deployment.canaryPercent else {
            return "the canary is over, and the deploy is at its next step (\(deployment.step.rawValue))"
        }
        let old = report.generations.first { $0.number != deployment.generation && $0.state == .serving }
        return "\(percent) % of new connections go to generation \(deployment.generation) "
            + "(\(deployment.release)), the others to "
            + (old.map { "generation \($0.number) (\($0.release))" } ?? "the old one")
    }

    private mutating func answer(_ answer: Attention.Answer, isLate: Bool) -> ExitCode? {
        terminal.clear()
        switch answer {
        case .cancel:
            say("deployd: cancelling the \(subject); Ctrl-C again leaves without waiting for it")
            return nil
        case .detach:
            let why = isLate ? "too late to cancel" : "not cancelled"
            say(
                "deployd: \(why): new connections already go to the new generation, and the \(subject) continues; "
                    + "`deployd status` shows it, `deployd rollback` goes back")
            return .done
        case .detachCanary:
            say(
                "deployd: \(isLate ? "too late to cancel" : "not cancelled"): \(share()), and the \(subject) continues; "
                    + "`deployd promote` sends all new connections there, `deployd abort` sends them all back")
            return .done
        case .leave:
            say("deployd: left; `deployd status` shows what became of the \(subject)")
            return .interrupted
        }
    }
}
