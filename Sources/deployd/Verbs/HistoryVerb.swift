internal import DeployCore
internal import Linux
internal import Supervisor

/// `deployd history`: what was deployed when, by whom, and how it ended. Needs no master.
enum HistoryVerb {
    private static let lines = Option(name: "--lines", short: "-n", value: "N", help: "show the last N (default 20)")
    private static let defaultLines = 20

    static let verb = Verb(
        name: "history", options: [lines, .json],
        synonyms: ["deploys", "audit"],
        summary: "show the last deploys, and how they ended",
        details: """
            Shows finished deploys, roll-backs and restarts, and upgrades of the master, the newest last. It reads the file
            in the state directory, so it works without a master. With --json, a line of JSON for each.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let count = try invocation.number(of: lines, in: 1...Int.max) ?? defaultLines
        let installation = try Installation(invocation)
        try installation.requireState(for: invocation.verb)
        do throws(SystemError) {
            let history = try History.load(of: installation.configuration)
            let records = Array(history.records.suffix(count))
            if invocation.has(Option.json.name) {
                for record in records { StandardOutput.write(String(decoding: History.line(record), as: UTF8.self)) }
            } else {
                let layout = ReleaseLayout(installation.configuration)
                StandardOutput.write(
                    HistoryText(
                        records, label: layout.label, paint: .forStandardOutput(),
                        width: Columns.ofStandardOutput().width
                    ).text)
            }
            if history.unreadableLines > 0 {
                StandardError.line(
                    "deployd: history: \(history.path): skipped \(CountText.of(history.unreadableLines, "line")) that cannot be "
                        + "read: a power cut may leave such a line; remove it by hand")
            }
            return .done
        } catch {
            let advice =
                error.errno == .permissionDenied ? ": run it as root or the master's user: \(installation.asRoot)" : ""
            throw CommandError("history: \(error)\(advice)")
        }
    }
}
