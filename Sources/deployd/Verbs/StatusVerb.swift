internal import Linux
internal import Supervisor

/// `deployd status`: what runs, since when, how well, and why anything old is still here.
enum StatusVerb {
    private static let watch = Option(name: "--watch", short: "-w", help: "show it again every second, until Ctrl-C")
    private static let interval: Duration = .seconds(1)
    private static let clearScreen = "\u{1B}[H\u{1B}[2J"

    static let verb = Verb(
        name: "status", options: [watch, .json], synonyms: ["ps", "ls", "list", "show", "info", "top"],
        summary: "show what serves, how well, and what is wrong",
        details: """
            Shows what serves and for how long, every generation with its workers, what still drains and why, the last
            deploy, and any problems with the commands that help. With --json, the same as one JSON object
            (docs/reference/control-protocol.md).
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let installation = try Installation(invocation)
        let paint = Paint.forStandardOutput()
        let isWatched = invocation.has(watch.name)
        repeat {
            let event = try installation.ask(.status)
            guard case .status(let report) = event else {
                guard case .error(let error) = event else { throw CommandError("status: the master gave no status") }
                throw CommandError(
                    "status: \(ForeignText.line(error.message))", exitCode: ExitCode(number: error.exitCode))
            }
            let text: String
            if invocation.has(Option.json.name) {
                text = String(decoding: ControlLine.document(report), as: UTF8.self)
            } else {
                // Asked for each time: the window may have another size by now.
                let status = StatusText(
                    report, paint: paint, columns: .ofStandardOutput(), advice: invocation.advice)
                text = isWatched ? status.screen : status.text
            }
            let isShown = StandardOutput.write((isWatched && StandardOutput.isTerminal ? clearScreen : "") + text)
            guard isWatched, isShown else { break }
            _ = try? Poll.readable(anyOf: [], timeout: interval)
        } while true
        return .done
    }
}
