package import Linux

/// `deployd check`: everything that would stop a start or a deploy, all at once. It changes nothing on disk.
package enum Check {
    /// Checks the configuration, the machine as far as the configuration needs it, and a release.
    ///
    /// - Parameters:
    ///   - configurationFile: what `--config` said.
    ///   - release: the release as the user wrote it; nil: what a start would serve.
    ///   - masterRuns: whether a master of this configuration runs, or workers that the last one left.
    ///   - listening: the addresses on which it listens, which are not tried; nil: not known, so none is tried.
    ///   - looksInside: whether to walk through the release, which takes as long as it is large.
    package static func run(
        configurationFile: String?, release: String?, surroundings asker: Surroundings, masterRuns: Bool,
        listening: [SocketAddress]? = nil, looksInside: Bool = false
    ) -> CheckReport {
        let reading = Configuration.examine(named: configurationFile, surroundings: asker)
        let configuration = reading.value
        let surroundings = masterRuns ? mastersOwn(asker, StateDirectory(configuration)) : asker
        var problems = reading.problems
        // What another user may not bind the master may.
        let mayBind = asker.userID == surroundings.userID || asker.userID == 0
        let unit = InstalledUnit(of: configuration)
        // What systemd holds until the service is started is not in its way.
        let waiting = unit.flatMap(SocketUnit.init)?.held ?? []
        problems += machineProblems(
            configuration, surroundings, masterRuns: masterRuns,
            held: masterRuns ? (mayBind ? listening : nil) : waiting)
        let certificates = CertificateReading(configuration, surroundings)
        problems += certificates.problems + certificates.untimely
        let layout = ReleaseLayout(configuration)
        var start = StartRelease(path: configuration.initialRelease, notes: [])
        do {
            let named = release.map { layout.locate($0, from: surroundings.workingDirectory) }
            start = try startRelease(named, configuration)
        } catch {
            return CheckReport(
                problems: unique(problems + error.problems), configuration: configuration, releasePath: start.path,
                release: nil)
        }
        let examination = releaseProblems(start.path, configuration, surroundings, masterRuns: masterRuns)
        let resolved = examination.release
        var warnings = start.notes + certificates.warnings + examination.warnings
        if let resolved {
            let hosts = resolved.hostFindings(certificates.loaded.map(\.certificate), configuration, surroundings)
            problems += hosts.problems
            warnings += hosts.warnings
        }
        if looksInside, let resolved {
            let inside = InsideCheck(
                release: resolved, configuration: configuration, surroundings: surroundings
            ).findings()
            problems += inside.problems
            warnings += inside.warnings
        }
        warnings += ServiceCheck.warnings(
            configuration, resolved, file: configuration.shownFile(surroundings),
            unit: unit)
        return CheckReport(
            problems: unique(problems + examination.problems), configuration: configuration, releasePath: start.path,
            release: resolved, warnings: warnings,
            runsAsRoot: resolved.map { $0.user == nil && surroundings.userID == 0 } ?? false,
            unseen: resolved.flatMap { SightCheck.obstacle($0, configuration, masterRuns: masterRuns) })
    }

    /// The surroundings as the master that runs has them: who it is, not who asks. What is wrong for root in a site of
    /// another user's is none of that one's mistakes.
    private static func mastersOwn(_ surroundings: Surroundings, _ directory: StateDirectory) -> Surroundings {
        // The master makes its socket anew at each start.
        let status = (try? Files.status(directory.control)) ?? (try? Files.status(directory.root))
        guard let uid = status?.uid, uid != surroundings.userID else { return surroundings }
        var own = surroundings
        own.userID = uid
        own.groupID = UserAccount.find(uid: uid)?.gid ?? surroundings.groupID
        return own
    }

    /// The release that a start would serve.
    private static func startRelease(
        _ named: String?, _ configuration: Configuration
    ) throws(ProblemsFound) -> StartRelease {
        if let named { return StartRelease(path: named, notes: []) }
        let history: History
        do throws(SystemError) {
            history = try History.load(of: configuration)
        } catch {
            throw ProblemsFound([
                Problem(
                    file: StateDirectory(configuration).history, unreadable: error,
                    expected: "the history, which says what a start would serve",
                    advice: error.errno == .permissionDenied ? "`sudo deployd check`, or name the release" : "")
            ])
        }
        return try StartRelease.choose(named: nil, history: history, configuration: configuration)
    }

    /// What of the machine stands in the way of a master with this configuration.
    ///
    /// - Parameter held: see ``AddressCheck``.
    static func machineProblems(
        _ configuration: Configuration, _ surroundings: Surroundings, masterRuns: Bool, held: [SocketAddress]?
    ) -> [Problem] {
        let file = configuration.shownFile(surroundings)
        return AddressCheck.problems(configuration, file: file, held: held)
            + CurrentCheck.problems(configuration, surroundings) + challengeProblems(configuration, file: file)
            // (What a master that runs may write it has written; the one who asks may be another user.)
            + (masterRuns ? [] : StateCheck.problems(configuration, file: file))
            + trustProblems(configuration, file: file, surroundings) + controlGroupProblems(configuration, file: file)
    }

    /// Problems of a release, and the release itself if there are none.
    static func releaseProblems(
        _ path: String, _ configuration: Configuration, _ surroundings: Surroundings, masterRuns: Bool
    ) -> ReleaseExamination {
        let examination = ReleaseResolver(configuration: configuration, surroundings: surroundings).examine(path)
        guard let resolved = examination.release else { return examination }
        let access = AccessCheck.findings(resolved, configuration: configuration, surroundings: surroundings)
        var problems = access.problems
        problems += limitProblems(resolved, configuration, surroundings, masterRuns: masterRuns)
        let warnings = examination.warnings + access.warnings
        return ReleaseExamination(release: resolved, problems: problems, warnings: warnings)
    }

    /// Limits that cannot be kept, which depends on the master's place and user: here, as for a start from here.
    private static func limitProblems(
        _ release: ResolvedRelease, _ configuration: Configuration, _ surroundings: Surroundings, masterRuns: Bool
    ) -> [Problem] {
        let directory = StateDirectory(configuration)
        let pid = masterRuns ? LockHolder.find(directory.lock) : ThisProcess.pid
        // (Of one in another container, or that has just gone, nothing is known.)
        guard let pid else { return [] }
        let groups: GenerationGroups? =
            masterRuns
            ? GenerationGroups(directory, ofMaster: pid, user: surroundings.userID) : GenerationGroups(directory)
        let file = configuration.shownFile(surroundings)
        return LimitCheck.problems(release, configuration, surroundings, master: pid)
            + [groups?.problem(with: release, configurationFile: file)].compactMap { $0 }
    }

    /// What a master would not begin with, beside its addresses and its release: state and configuration that others may
    /// write to, and a state directory whose path is too long for the sockets in it.
    static func trustProblems(
        _ configuration: Configuration, file: String, _ surroundings: Surroundings
    ) -> [Problem] {
        let trust = FileTrust(user: surroundings.userID)
        let directory = StateDirectory(configuration)
        // In a site of another user's every file is his: there is one mistake, and it is not theirs.
        if let problem = SiteOwner(directory)?.problem(for: surroundings.userID, configuration) { return [problem] }
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
                "one of \(most) at most: the names of its sockets are appended, and the kernel takes "
                + "\(SocketAddress.maxPathBytes) bytes", advice: "choose a shorter one, such as /var/lib/deployd")
    }

    /// Neither certbot nor a worker would make it.
    private static func challengeProblems(_ configuration: Configuration, file: String) -> [Problem] {
        guard let directory = configuration.tls.challenges, Files.kind(directory) != .directory else { return [] }
        return [
            Problem(
                file: file, keyPath: "tls.challenges", found: "no directory \(directory)",
                expected: "the one that an ACME client is given as its webroot",
                advice: "mkdir -p \(ShellWord.quoted(directory))")
        ]
    }

    private static func controlGroupProblems(_ configuration: Configuration, file: String) -> [Problem] {
        guard let group = configuration.controlGroup, GroupAccount.find(group) == nil else { return [] }
        return [
            Problem(
                file: file, keyPath: "controlGroup", found: JSONValue.quoted(group),
                expected: "a group of this machine", advice: "`getent group` lists them")
        ]
    }

    private static func unique(_ problems: [Problem]) -> [Problem] {
        var seen: Set<Problem> = []
        return problems.filter { seen.insert($0).inserted }
    }
}

/// The result of a check.
package struct CheckReport: Sendable, Equatable {
    /// Everything that is wrong; empty when all is well.
    package let problems: [Problem]
    /// The configuration as far as it could be read.
    package let configuration: Configuration
    /// The release that was checked, absolute, as it was named.
    package let releasePath: String
    /// The release, when nothing in itself stands in its way.
    package let release: ResolvedRelease?
    /// Warnings that stop nobody, and may yet surprise: a line each.
    package var warnings: [String] = []
    /// The workers would be root, though nobody has said so.
    package var runsAsRoot = false
    /// Why the watch cannot see a 5xx sent to a user, unless the program counts its answers; nil where it can.
    package var unseen: String?

    /// A start or a deploy would go ahead.
    package var isGood: Bool { problems.isEmpty }
}

extension Configuration {
    /// The file as people call it in messages. Where there is none, it is about the defaults.
    package func shownFile(_ surroundings: Surroundings) -> String {
        file.map { Paths.shortened($0, from: surroundings.workingDirectory) }
            ?? "the defaults (there is no \(Defaults.configurationFile))"
    }
}
