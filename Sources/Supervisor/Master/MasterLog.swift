internal import Linux

/// What the master tells the journal.
final class MasterLog {
    private let advice: CommandAdvice
    private var seldom = SeldomLog()

    init(_ advice: CommandAdvice) { self.advice = advice }

    /// Lines: every one, each by itself and harmless, since what others said may be among them.
    func callAsFunction(_ text: String, _ urgency: Urgency = .information) {
        for line in ForeignText.lines(advice.completed(text)) { StandardError.line("deployd: \(line)", urgency) }
    }

    /// Something that may happen again and again: it is told seldom.
    ///
    /// - Parameter thing: what has happened, and to what; the same thing is not told again for a while.
    func seldom(_ thing: String, _ text: String, _ urgency: Urgency = .information) {
        if let line = seldom.line(thing, text, at: EventLoop.now()) { self(line, urgency) }
    }
}
