internal import Linux

/// Colours for a terminal, or none.
struct Paint: Equatable, Sendable {
    /// Whether anything is coloured.
    let isOn: Bool

    static let off = Paint(isOn: false)
    static let on = Paint(isOn: true)

    /// Colours when a person looks at standard output and has not asked for none. Source: no-color.org.
    static func forStandardOutput() -> Paint {
        let refused = ThisProcess.variable("NO_COLOR").map { !$0.isEmpty } ?? false
        return Paint(isOn: StandardOutput.isTerminal && !refused && ThisProcess.variable("TERM") != "dumb")
    }

    /// What a text is coloured for.
    enum Tint: Sendable {
        case plain, good, bad, busy, faint, strong

        /// Source: ECMA-48, select graphic rendition.
        fileprivate var code: String? {
            switch self {
            case .plain: nil
            case .good: "32"
            case .bad: "1;31"
            case .busy: "33"
            case .faint: "2"
            case .strong: "1"
            }
        }
    }

    func callAsFunction(_ text: String, _ tint: Tint) -> String {
        guard isOn, !text.isEmpty, let code = tint.code else { return text }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }

    func good(_ text: String) -> String { self(text, .good) }
    func bad(_ text: String) -> String { self(text, .bad) }
    func busy(_ text: String) -> String { self(text, .busy) }
    func faint(_ text: String) -> String { self(text, .faint) }
    func strong(_ text: String) -> String { self(text, .strong) }
}
