internal import Linux

/// `deployd check`: everything that would stop a start or a deploy, all at once. It changes nothing on disk.
package enum Check {
    /// Checks the configuration, the machine as far as the configuration needs it, and a release.
    ///
    /// - Parameters:
    ///   - configurationFile: what `--config` said.
    ///   - release: the release as the user wrote it; nil: what a start would serve, `current` or the first release.
    ///   - masterRuns: whether a master of this configuration runs: it holds the addresses, and they are not tried.
    package static func run(
        configurationFile: String?, release: String?, surroundings: Surroundings, masterRuns: Bool
    ) -> CheckReport {
        let reading = Configuration.examine(named: configurationFile, surroundings: surroundings)
        let configuration = reading.value
        let file = Paths.shortened(
            configuration.file ?? Defaults.configurationFile, from: surroundings.workingDirectory)
        var problems = reading.problems
        problems += AddressCheck.problems(configuration, file: file, mayTry: !masterRuns)
        problems += controlGroupProblems(configuration, file: file)
        // (A master that runs was looked at when it began, and may be another user's.)
        if !masterRuns { problems += startProblems(configuration, file: file, surroundings) }

        let layout = ReleaseLayout(configuration)
        let path =
            release.map { layout.locate($0, from: surroundings.workingDirectory) }
            ?? layout.current() ?? configuration.initialRelease
        let examination = ReleaseResolver(configuration: configuration, surroundings: surroundings).examine(path)
        problems += examination.problems
        if let resolved = examination.release {
            problems += AccessCheck.problems(resolved, configuration: configuration, surroundings: surroundings)
        }
        return CheckReport(
            problems: unique(problems), configuration: configuration, releasePath: path,
            release: examination.release)
    }

    /// What a master would not begin with, beside its addresses and its release: state and configuration that others may
    /// write to, and a state directory whose path is too long for the sockets in it.
    static func startProblems(
        _ configuration: Configuration, file: String, _ surroundings: Surroundings
    ) -> [Problem] {
        let trust = FileTrust(user: surroundings.userID)
        let directory = StateDirectory(configuration)
        return [
            trust.problem(withConfiguration: configuration.file, shown: file), lengthProblem(directory, file: file),
        ].compactMap { $0 } + trust.problems(with: directory)
    }

    private static func lengthProblem(_ directory: StateDirectory, file: String) -> Problem? {
        let longest = directory.longestSocket
        guard longest.utf8.count > SocketAddress.maxPathBytes else { return nil }
        let most = SocketAddress.maxPathBytes - (longest.utf8.count - directory.longerPath.utf8.count)
        return Problem(
            file: file, keyPath: "state",
            found: "a path of \(directory.longerPath.utf8.count) bytes, \(directory.longerPath)",
            expected:
                "one of \(most) at most: the sockets in it have names of their own behind it, and the kernel takes "
                + "\(SocketAddress.maxPathBytes) bytes", advice: "choose a shorter one, such as /var/lib/deployd")
    }

    private static func controlGroupProblems(_ configuration: Configuration, file: String) -> [Problem] {
        guard let group = configuration.controlGroup, GroupAccount.find(group) == nil else { return [] }
        return [
            Problem(
                file: file, keyPath: "controlGroup", found: JSONValue.quoted(group),
                expected: "a group of this machine")
        ]
    }

    private static func unique(_ problems: [Problem]) -> [Problem] {
        var seen: Set<Problem> = []
        return problems.filter { seen.insert($0).inserted }
    }
}

/// What a check found.
package struct CheckReport: Sendable, Equatable {
    /// Everything that is wrong; empty when all is well.
    package let problems: [Problem]
    /// The configuration as far as it could be read.
    package let configuration: Configuration
    /// The release that was checked, absolute, as it was named.
    package let releasePath: String
    /// The release, when nothing in itself stands in its way.
    package let release: ResolvedRelease?

    /// Whether a start or a deploy would go ahead.
    package var isGood: Bool { problems.isEmpty }
}
