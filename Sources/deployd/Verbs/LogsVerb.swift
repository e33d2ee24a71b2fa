internal import Linux
internal import Supervisor

/// `deployd logs`: what the workers of a generation wrote. Needs no master.
enum LogsVerb {
    private static let follow = Option(name: "--follow", short: "-f", help: "go on with what is written, until Ctrl-C")
    private static let lines = Option(
        name: "--lines", short: "-n", value: "N", help: "begin with the last N (default 100)")
    private static let defaultLines = 100
    /// A look at the file now and then, for changes that inotify does not tell of, such as another file at the path.
    private static let lookInterval: Duration = .seconds(1)

    static let verb = Verb(
        name: "logs", operands: [Verb.Operand(name: "GENERATION", isRequired: false)], options: [follow, lines],
        summary: "show what the workers of a generation wrote",
        details: """
            Shows the end of the output of GENERATION's workers; without a number that of the generation that serves, or
            of the last one when no master listens. The files are STATE/logs/GENERATION.log, and are bounded.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let count = try invocation.number(of: lines, in: 1...1_000_000) ?? defaultLines
        let installation = try Installation(invocation)
        let logs = LogDirectory(stateDirectory: installation.configuration.stateDirectory)
        let generation = try choose(invocation, installation, logs)
        do throws(SystemError) {
            var log = try LogFile(logs.file(of: generation))
            var text = LogText(keepsColours: Paint.forStandardOutput().isOn)
            StandardOutput.write(text.printable(try log.lastLines(count)))
            if invocation.has(follow.name) { try goOn(&log, &text, logs.file(of: generation)) }
            StandardOutput.write(text.end())
            return .done
        } catch {
            guard error.errno == .notFound else { throw refusal(error) }
            throw CommandError(
                "logs: generation \(generation) has no log in \(logs.path); \(present(try generations(logs)))")
        }
    }

    private static func choose(
        _ invocation: Invocation, _ installation: Installation, _ logs: LogDirectory
    ) throws(CommandError) -> Int {
        if let text = invocation.operands.first {
            return try invocation.number(text, called: "GENERATION", in: 1...Int.max)
        }
        if case .status(let report)? = try? installation.ask(.status), let serving = report.serving { return serving }
        guard let last = try generations(logs).last else {
            throw CommandError(["logs: \(logs.path) holds no logs"] + installation.absence)
        }
        return last
    }

    private static func generations(_ logs: LogDirectory) throws(CommandError) -> [Int] {
        do throws(SystemError) { return try logs.generations() } catch { throw refusal(error) }
    }

    /// What this user may not read is not empty.
    private static func refusal(_ error: SystemError) -> CommandError {
        let advice = error.errno == .permissionDenied ? ": be root or the master's user" : ""
        return CommandError("logs: \(error)\(advice)")
    }

    private static func present(_ generations: [Int]) -> String {
        guard let first = generations.first, let last = generations.last else { return "there is none at all" }
        return first == last ? "there is that of \(first)" : "there are those from \(first) to \(last)"
    }

    private static func goOn(_ log: inout LogFile, _ text: inout LogText, _ path: String) throws(SystemError) {
        let notices = try Inotify()
        while true {
            // Watched before it is read: what is written in between is then read, or told of.
            let watch = try? notices.watchOnce(path)
            while true {
                let bytes = try log.more()
                guard !bytes.isEmpty else { break }
                guard StandardOutput.write(text.printable(bytes)) else { return }
            }
            _ = try Poll.readable(notices.number, timeout: lookInterval)
            _ = try notices.read()
            if let watch { notices.stop(watch) }
        }
    }
}
