internal import Linux

/// `deployd.json` as it is on disk by now, beside the settings in effect: a master goes on with these, and the next start would go by
/// that, or refuse it.
final class SettingsFile {
    /// The file as it was when a reload was refused, with the first line of why.
    private var refused: (file: FileStatus?, reason: String)?
    /// What was found when the file was read last; it is read again when it has changed, or the settings have.
    private var seen: (file: FileStatus?, settings: Configuration, finding: ProblemReport?)?

    /// A reload of the file as it is now was refused.
    func refuse(_ reason: String, _ settings: Configuration) {
        let line = reason.split(separator: "\n").first.map(String.init) ?? reason
        refused = settings.file.map { (try? Files.status($0), line) }
    }

    /// The file as it is now is in effect.
    func accept() { refused = nil }

    /// A difference that somebody should know of; nil: there is none, or no file.
    func finding(_ settings: Configuration, _ surroundings: Surroundings) -> ProblemReport? {
        guard let path = settings.file else { return nil }
        let file = try? Files.status(path)
        let finding: ProblemReport?
        if let seen, seen.file == file, seen.settings == settings {
            finding = seen.finding
        } else {
            finding = Self.compare(settings, path, surroundings)
            seen = (file, settings, finding)
        }
        // What is in effect may have been refused for something else, such as a certificate, which has a problem of its own.
        guard finding != nil, let refused, refused.file == file else { return finding }
        return Self.refusal(of: settings.shownFile(surroundings), "was refused by a reload", refused.reason)
    }

    private static func refusal(of file: String, _ what: String, _ reason: String) -> ProblemReport {
        ProblemReport(
            "\(file) as it is now \(what), and \(ProblemReport.formerSettings): \(reason)",
            advice: "`deployd check` lists all that is wrong; then `deployd reload`")
    }

    private static func compare(
        _ settings: Configuration, _ path: String, _ surroundings: Surroundings
    ) -> ProblemReport? {
        let file = settings.shownFile(surroundings)
        let reading = Configuration.examine(named: path, surroundings: surroundings)
        if let problem = reading.problems.first {
            return refusal(of: file, "would be refused by a reload and by the next start", problem.description)
        }
        let keys = settings.changes(to: reading.value).map(\.key)
        guard !keys.isEmpty else { return nil }
        return ProblemReport(
            "\(file) has changed since it was read (\(keys.joined(separator: ", "))), and \(ProblemReport.formerSettings)",
            advice: "`deployd reload`")
    }
}
