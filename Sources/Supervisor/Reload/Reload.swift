internal import Linux

/// The changes that a reload would bring: the configuration as the file has it now, and what is new in it.
struct Reload {
    let configuration: Configuration
    /// The differences from the settings in effect.
    let changes: [ConfigurationChange]

    /// The listeners that are to be opened.
    let added: [ListenerSetting]
    /// What `deployd check` says, and stood in the way before: no mistake of what has changed.
    let standing: [Problem]
    /// Listeners come or go, for which the serving release has to be started anew.
    var needsRestart: Bool { changes.contains { $0.moment == .atRestart } }
    /// The changes in words, a line each.
    ///
    /// - Parameter scaled: see ``ConfigurationChange/line(restarts:scaled:)``.
    func lines(scaled: Int?) -> [String] {
        changes.map { $0.line(restarts: needsRestart, scaled: scaled) }
            + standing.map { "warning: a restart of what serves would be refused: \($0)" }
    }

    /// Reads the file that `current` was read from, and checks all of it, as `deployd check` does.
    ///
    /// - Parameters:
    ///   - release: the release that serves: it must be possible to start it again. What stood in its way before is no
    ///     mistake of what has changed; where nothing has, it is all that there is to say.
    ///   - listening: the addresses that the master holds.
    /// - Throws: every mistake, and every change that this master cannot follow.
    init(
        of current: Configuration, serving release: String?, listening: [SocketAddress],
        _ surroundings: Surroundings
    ) throws(ProblemsFound) {
        let report = Check.run(
            configurationFile: current.file, release: release, surroundings: surroundings, masterRuns: true,
            listening: listening)
        configuration = report.configuration
        let obstacles = Self.obstacles(to: release, current, surroundings)
        // What could not be read has its default, which is no wish of anybody.
        let reading = Configuration.examine(named: current.file, surroundings: surroundings)
        changes = reading.problems.isEmpty ? current.changes(to: report.configuration) : []
        standing = report.problems.filter(obstacles.contains)
        var problems = changes.isEmpty ? report.problems : report.problems.filter { !obstacles.contains($0) }
        added = current.addedListeners(in: configuration)
        let file = Paths.shortened(
            configuration.file ?? Defaults.configurationFile, from: surroundings.workingDirectory)
        problems += changes.filter { $0.moment == .never }.map { Self.problem($0, file) }
        guard problems.isEmpty else { throw ProblemsFound(problems) }
    }

    private static func obstacles(
        to release: String?, _ configuration: Configuration, _ surroundings: Surroundings
    ) -> Set<Problem> {
        let certificates = CertificateReading(configuration, surroundings)
        let ofCertificates = certificates.problems + certificates.untimely
        guard let release else { return Set(ofCertificates) }
        let examination = ReleaseResolver(configuration: configuration, surroundings: surroundings).examine(release)
        let ofMaster = examination.release.map {
            AccessCheck.problems($0, configuration: configuration, surroundings: surroundings)
                + LimitCheck.problems($0, configuration, surroundings, master: ThisProcess.pid)
        }
        return Set(examination.problems + (ofMaster ?? []) + ofCertificates)
    }

    private static func problem(_ change: ConfigurationChange, _ file: String) -> Problem {
        Problem(
            file: file, keyPath: change.key, found: "a change that a running master cannot apply (\(change.words))",
            expected: "the value in force",
            advice: "undo it, or `deployd stop` and `deployd start`"
                + (change.key == "listen" ? "; { address: …, name: … } names a listener" : ""))
    }
}
