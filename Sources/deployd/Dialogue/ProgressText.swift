internal import Linux
internal import Supervisor

/// The lines that a deploy's events become. Pure: time comes as an argument.
struct ProgressText {
    private static let nameWidth = 12
    private static let timeWidth = 9

    private let paint: Paint
    private var running: (name: StepName, since: Duration)?
    /// What is known of the step while it goes on: what the last failed probe met, or what users have got.
    private var news = ""

    init(paint: Paint) {
        self.paint = paint
    }

    /// The lines of an event. The last event has none here: `VerdictText` speaks for it.
    mutating func lines(for event: ControlEvent, at now: Duration) -> [String] {
        switch event {
        case .queued(let queued):
            let others = queued.ahead == 1 ? "1 deploy is" : "\(queued.ahead) deploys are"
            return ["waiting: \(others) ahead (\(ForeignText.line(queued.behind)))"]
        case .started(let started): return [headline(started)]
        case .step(let step): return lines(for: step, at: now)
        case .output(let output): return [paint.faint("  | ") + ForeignText.line(output.text)]
        case .note(let text): return ["  \(paint.busy("note")): \(ForeignText.line(text))"]
        case .seen(let text):
            news = ForeignText.line(text)
            return []
        case .probe(let probe):
            news = ForeignText.line(probe.text)
            return []
        case .status, .version, .done, .error, .unrecognised: return []
        }
    }

    /// The line of the step that runs now, for a terminal that redraws it; cut to `columns`, since what goes on in the next
    /// line cannot be taken back.
    func live(at now: Duration, columns: Int? = nil) -> String? {
        guard let running else { return nil }
        let milliseconds = Double((now - running.since).microseconds) / 1000
        // Whole tenths of a second: anything finer only flickers.
        let shown = (milliseconds / 100).rounded(.down) * 100
        let time = shown < 1000 ? "" : TimeText.took(milliseconds: shown)
        let room = (columns ?? .max) - row(running.name, time, "… ").count - 1
        let detail =
            news.isEmpty || room < 10
            ? "" : " " + (news.count > room ? news.prefix(room - 1) + "…" : news)
        return row(running.name, time, paint.busy("…") + detail)
    }

    private func headline(_ started: StartedEvent) -> String {
        let release = ForeignText.line(started.release)
        let what = "\(started.verb.rawValue): \(release) as generation \(started.generation)"
        let from = started.from.map { "; \(ForeignText.line($0.release)) serves (generation \($0.generation))" } ?? ""
        return paint.strong(what) + from
    }

    private mutating func lines(for step: StepEvent, at now: Duration) -> [String] {
        guard step.state != .started else {
            running = (step.name, now)
            news = ""
            return []
        }
        running = nil
        let time = step.milliseconds.map(TimeText.took(milliseconds:)) ?? ""
        let detail = step.detail.map(ForeignText.line) ?? ""
        guard step.state == .failed else { return [row(step.name, time, detail)] }
        return [row(step.name, time, paint.bad("failed") + (detail.isEmpty ? "" : ": \(detail)"))]
    }

    private func row(_ name: StepName, _ time: String, _ detail: String) -> String {
        let shown = ForeignText.line(name.rawValue)
        let name = shown + String(repeating: " ", count: max(1, Self.nameWidth - shown.count))
        let time = String(repeating: " ", count: max(0, Self.timeWidth - time.count)) + time
        return detail.isEmpty ? "  \(name)\(time)" : "  \(name)\(time)  \(detail)"
    }
}
