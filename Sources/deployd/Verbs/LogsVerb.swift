internal import DeployCore
internal import Linux
internal import Supervisor

/// `deployd logs`: what the workers of a generation wrote. Needs no master.
enum LogsVerb {
    private static let follow = Option(name: "--follow", short: "-f", help: "keep showing new output, until Ctrl-C")
    private static let lines = Option(
        name: "--lines", short: "-n", value: "N", help: "begin with the last N (default 100)")
    private static let process = Option(
        name: "--process", value: "KIND", help: "only this kind of process; web: the web workers")
    private static let since = Option(
        name: "--since", value: "TIME", help: "only what was written since: 10m, 14:00, \"2026-12-01 14:00\"")
    private static let grep = Option(name: "--grep", value: "TEXT", help: "only lines with this text in them")
    private static let defaultLines = 100
    /// So many generations are named where one is asked for that has no log.
    private static let toldGenerations = 12
    /// A look at the file now and then, for changes that inotify does not tell of, such as another file at the path.
    private static let lookInterval: Duration = .seconds(1)

    static let verb = Verb(
        name: "logs", operands: [Verb.Operand(name: "GENERATION", isRequired: false)],
        options: [follow, lines, process, since, grep, .json],
        synonyms: ["tail", "journal"],
        summary: "show what the workers of a generation wrote",
        details: """
            Shows the end of the output of GENERATION's workers; by default of the generation that serves, or of the last
            one when no master listens. If the release has several kinds of processes, the last lines of each are shown,
            marked with the kind. The files, STATE/logs/GENERATION.log and, for kinds other than the web workers,
            STATE/logs/GENERATION.KIND.log, are bounded. With --follow and no number it switches to the new generation
            after a deploy; with a number it stays with that one.
            With --since all that was written since is shown (to the second; deployd notes when its logs grow), unless --lines
            says how many at most.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let filter = LogFilter(
            since: try moment(invocation), text: invocation.value(of: grep),
            isJSON: invocation.has(Option.json.name))
        let count = try invocation.number(of: lines, in: 1...1_000_000) ?? (filter.since == nil ? defaultLines : nil)
        let installation = try Installation(invocation)
        let logs = LogDirectory(stateDirectory: installation.configuration.stateDirectory)
        let generation = try choose(invocation, installation, logs)
        let kind = invocation.value(of: process)
        var shown = LogSelection(generation, kind: kind, filter, in: logs)
        do throws(SystemError) {
            try shown.open()
        } catch {
            throw refusal(error, installation)
        }
        guard !shown.paths.isEmpty else { throw try absence(of: generation, kind, logs, installation) }
        if filter.since != nil, !shown.timeless.isEmpty {
            StandardError.line(
                "deployd: logs: when the log of \(shown.timeless.joined(separator: ", ")) was written is not known: all of it is shown",
                .warning)
        }
        do throws(SystemError) {
            try shown.printLast(count)
            if invocation.has(follow.name) {
                try goOn(&shown, count, invocation.operands.isEmpty ? ServingWatch(installation) : nil)
            }
            shown.printEnd()
            return .done
        } catch {
            throw refusal(error, installation)
        }
    }

    /// The moment that --since names, in seconds since 1970; nil: none.
    private static func moment(_ invocation: Invocation) throws(CommandError) -> Int? {
        guard let text = invocation.value(of: since) else { return nil }
        let now = Int(WallClock.now().components.seconds)
        guard let moment = SinceText.moment(text, now: now, in: SystemCalendar()) else {
            throw UsageError.badValue(
                since.name, found: text,
                expected:
                    "a time with a unit, such as 10m, or a moment: 14:00, \"2026-12-01 14:00\", 2026-12-01T14:00:00Z"
            ).commandError(invocation.verb.name)
        }
        return moment
    }

    private static func absence(
        of generation: Int, _ kind: String?, _ logs: LogDirectory, _ installation: Installation
    ) throws(CommandError) -> CommandError {
        let names = try names(logs, installation)
        let own = names.filter { $0.generation.rawValue == generation }.map(\.kind)
        if let kind, !own.isEmpty {
            let kinds = own.joined(separator: ", ")
            return CommandError("logs: generation \(generation) has no log of \"\(kind)\"; it has logs of \(kinds)")
        }
        return CommandError("logs: generation \(generation) has no log in \(logs.path); \(present(names))")
    }

    private static func choose(
        _ invocation: Invocation, _ installation: Installation, _ logs: LogDirectory
    ) throws(CommandError) -> Int {
        if let text = invocation.operands.first {
            return try invocation.number(text, called: "GENERATION", in: 1...Int.max)
        }
        if case .status(let report)? = try? installation.ask(.status), let serving = report.serving {
            return try newest(invocation, upTo: serving, logs, installation)
        }
        guard let last = try names(logs, installation).last?.generation.rawValue else {
            throw CommandError(["logs: \(logs.path) holds no logs"], notes: installation.absence)
        }
        return last
    }

    /// The generation that serves, or the last one before it that has a log of the kind: a job need not have run since the deploy.
    private static func newest(
        _ invocation: Invocation, upTo serving: Int, _ logs: LogDirectory, _ installation: Installation
    ) throws(CommandError) -> Int {
        guard let kind = invocation.value(of: process), !invocation.has(follow.name) else { return serving }
        let own = try names(logs, installation).filter { $0.kind == kind && $0.generation.rawValue <= serving }
        guard let last = own.last?.generation.rawValue, last != serving else { return serving }
        StandardError.line(
            "note: \(kind) has written nothing in generation \(serving): this is generation \(last)", .information)
        return last
    }

    private static func names(
        _ logs: LogDirectory, _ installation: Installation
    ) throws(CommandError) -> [LogName] {
        do throws(SystemError) { return try logs.names() } catch { throw refusal(error, installation) }
    }

    /// What this user may not read is not empty.
    private static func refusal(_ error: SystemError, _ installation: Installation) -> CommandError {
        let advice =
            error.errno == .permissionDenied ? ": run it as root or the master's user: \(installation.asRoot)" : ""
        return CommandError("logs: \(error)\(advice)")
    }

    private static func present(_ names: [LogName]) -> String {
        let generations = Set(names.map(\.generation.rawValue)).sorted()
        guard let last = generations.last else { return "there are no logs" }
        guard generations.count > 1 else { return "there is one of generation \(last)" }
        let told = generations.suffix(toldGenerations).dropLast().map { "\($0)" }.joined(separator: ", ")
        let more = generations.count > toldGenerations ? "… " : ""
        return "there are logs of generations \(more)\(told) and \(last)"
    }

    /// - Parameter serving: where no generation was named: who serves is shown, whichever that is by then.
    private static func goOn(
        _ shown: inout LogSelection, _ count: Int?, _ serving: ServingWatch?
    ) throws(SystemError) {
        var serving = serving
        let notices = try Inotify()
        while true {
            // Watched before they are read: what is written in between is then read, or told of.
            let watches = shown.paths.compactMap { try? notices.watchOnce($0) }
            guard try shown.printMore() else { return }
            _ = try Poll.readable(notices.number, timeout: lookInterval)
            _ = try notices.read()
            for watch in watches { notices.stop(watch) }
            // A kind that has written nothing before.
            try shown.open()
            if let now = serving?.news(), now.generation != shown.generation {
                guard try goOver(&shown, to: now, count) else { return }
            }
        }
    }

    /// Ends with the generation that served, and begins with the one that does, by a line as tail(1) has it between files.
    ///
    /// - Returns: whether anybody still reads what is printed.
    private static func goOver(
        _ shown: inout LogSelection, to serving: ServingReport, _ count: Int?
    ) throws(SystemError) -> Bool {
        guard try shown.printMore() else { return false }
        shown.printEnd()
        let release = ForeignText.line(serving.release)
        let line = "\n==> generation \(serving.generation) (\(release)) serves now <==\n"
        guard shown.isJSON || StandardOutput.write(line) else { return false }
        shown = shown.of(serving.generation)
        try shown.open()
        try shown.printLast(count)
        return true
    }
}
