/// An option that a verb takes.
struct Option: Equatable, Sendable {
    /// With its dashes: "--wait".
    let name: String
    /// One dash and a letter, where there is one.
    var short: String?
    /// What its value is called, where it takes one: "TIME".
    var value: String?
    /// The value may be left out; it is given as `--name=value` then, and only so.
    var isValueOptional = false
    /// One line for `help`.
    let help: String

    static let help = Option(name: "--help", short: "-h", help: "show this page")
    static let config = Option(
        name: "--config", value: "FILE",
        help: "the configuration; else $DEPLOYD_CONFIG, ./deployd.json, the defaults if a master ran by them here "
            + "(./.deployd), /etc/deployd/deployd.json, or the defaults")
    static let json = Option(name: "--json", help: "print JSON for a program instead of text for a person")
    static let wait = Option(
        name: "--wait", help: "wait for the deploy in progress, or until fewer generations drain")
    static let timeout = Option(
        name: "--timeout", value: "TIME",
        help: "cancel unless it cuts over within this time, waiting included: 90s, 10m")

    static let message = Option(
        name: "--message", short: "-m", value: "TEXT", help: "what is new: for history, status and releases")

    /// As `help` shows it: "-n, --lines N".
    var usage: String {
        [short, name].compactMap(\.self).map { $0 == name ? nameWithValue : $0 }.joined(separator: ", ")
    }

    /// "--lines N", "--canary[=PERCENT]", or the name alone.
    var nameWithValue: String {
        value.map { isValueOptional ? "\(name)[=\($0)]" : "\(name) \($0)" } ?? name
    }
}
