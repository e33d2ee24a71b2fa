internal import DeployCore
internal import FoundationEssentials
internal import Handoff
internal import Linux
internal import Supervisor
internal import WebWorker

/// `deployd check`: all that would stop a start or a deploy, at once. Changes nothing.
enum CheckVerb {
    static let explain = Option(
        name: "--explain", value: "URL", help: "say what the release's web server answers this URL with, and why")

    static let verb = Verb(
        name: "check", operands: [Verb.Operand(name: "RELEASE", isRequired: false)], options: [explain, .json],
        synonyms: ["validate", "verify", "test", "lint", "configtest"],
        summary: "find errors in the configuration and in a release",
        details: """
            Reads the configuration and the manifest of RELEASE (by default, of the release that a start would serve) and
            reports every error, one per line. It changes nothing, and works with or without a running master. Exit code
            0 if there is no error, else 1. With --json it prints all that it found as one object, errors and warnings. With --explain it also says, for a path or URL, which rules of `web` count and
            what answers: a file, a script, a server behind, a redirect.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    /// Behind the verdict, which it does not change: a machine of its own, such as a container, may want it so.
    private static let rootWarning =
        "the workers run as root, so whoever breaks into one controls the machine: set their user in deployd.json, "
        + "{ user: \"www-data\" }"

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let installation = try Installation(invocation)
        let found = try Obstacles(installation, invocation, release: invocation.operands.first)
        let (report, warnings) = (found.report, found.warnings)
        if invocation.has(Option.json.name) { return try tellJSON(found, installation, invocation) }
        try found.tellWarnings(invocation)
        if let note = leftovers(found, installation) {
            StandardOutput.write(invocation.advice.completed("note: \(note)\n"))
        }
        for process in report.release?.manifest.processes ?? [] {
            guard let schedule = process.schedule else { continue }
            StandardOutput.write("\(process.name) (\(ForeignText.line(schedule.text))): \(CivilText.next(schedule))\n")
        }
        if let target = invocation.value(of: explain) { try tell(target, report) }
        let count = warnings.count
        StandardOutput.write(
            count == 0 ? "all is well\n" : "no errors, but \(count == 1 ? "1 warning" : "\(count) warnings")\n")
        if let note = unseen(report) { StandardOutput.write("note: \(note)\n") }
        if report.runsAsRoot { StandardOutput.write("warning: \(rootWarning)\n") }
        return .done
    }

    private static func leftovers(_ found: Obstacles, _ installation: Installation) -> String? {
        found.leftovers.map { "\($0.description): \($0.advice(start: installation.startCommand))" }
    }

    private static func unseen(_ report: CheckReport) -> String? {
        report.unseen.map {
            "unless the program counts its answers, the watch cannot see a 5xx sent to a user: \($0)"
        }
    }

    /// All of it for a program, errors too: what standard error has otherwise.
    private static func tellJSON(
        _ found: Obstacles, _ installation: Installation, _ invocation: Invocation
    ) throws(CommandError) -> ExitCode {
        guard !invocation.has(explain.name) else {
            throw CommandError("--explain: found it together with --json, expected one of them", exitCode: .usage)
        }
        typealias Finding = CheckFindings.Finding
        let advice = invocation.advice
        let errors =
            found.problems.map { Finding($0, advice: advice) } + found.unwritable.map { Finding($0, advice: advice) }
        let warnings = found.warnings + (found.report.runsAsRoot ? [rootWarning] : [])
        let notes =
            (errors.isEmpty ? [] : found.notes)
            + [leftovers(found, installation), unseen(found.report)].compactMap(\.self)
        let rest = [("warning", warnings), ("note", notes)].flatMap { severity, texts in
            texts.map { Finding(severity: severity, text: ForeignText.line(advice.completed($0))) }
        }
        let findings = CheckFindings(
            found.report.releasePath, errors + rest, found.report.release?.manifest.processes ?? [])
        StandardOutput.write(findings.json)
        return findings.ok ? .done : .refused
    }

    /// Says what becomes of a URL.
    private static func tell(_ target: String, _ report: CheckReport) throws(CommandError) {
        guard let release = report.release, let text = release.environment[WorkerEnvironment.web],
            let web = try? JSONDecoder().decode(WebSettings.self, from: Data(text.utf8))
        else { throw CommandError("--explain: the release has no `web`: its own program answers") }
        do throws(ConfigurationError) {
            let explanation = try WebServer.explain(target, web, release: release.path)
            var lines = ["path:   \(explanation.path)"]
            lines += explanation.rules.map { "rule:   \($0)" }
            // (A kind of process has its address only once it is started.)
            let answer = release.processes.reduce(explanation.answer) {
                $0.hasSuffix(" unix:/\($1.name)") ? String($0.dropLast($1.name.count + 6)) + $1.name : $0
            }
            lines.append("answer: \(answer)")
            StandardOutput.write(lines.map { ForeignText.line($0) + "\n" }.joined())
        } catch {
            throw CommandError(error.mistakes.map(\.description))
        }
    }
}
