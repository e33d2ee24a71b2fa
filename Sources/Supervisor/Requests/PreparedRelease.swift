internal import DeployCore
internal import Linux

/// A release that was checked: for the loop, and for the machine.
struct PreparedRelease {
    var runnable: RunnableRelease
    var plan: ReleasePlan
    /// Settings that are allowed, and may yet surprise: a line each.
    let warnings: [String]

    /// Reads and checks a release, and makes what it shares with others; the error has a line for each thing that is wrong.
    init(at path: String, _ settings: CurrentSettings, _ groups: GenerationGroups) throws(ProblemsFound) {
        let configuration = settings.configuration
        let surroundings = settings.surroundings
        let resolver = ReleaseResolver(configuration: configuration, surroundings: surroundings)
        let examination = resolver.examine(path)
        guard let resolved = examination.release else { throw ProblemsFound(examination.problems) }
        let access = AccessCheck.findings(resolved, configuration: configuration, surroundings: surroundings)
        let problems =
            access.problems
            + LimitCheck.problems(resolved, configuration, surroundings, master: ThisProcess.pid)
            + [groups.problem(with: resolved, configurationFile: configuration.shownFile(surroundings))].compactMap {
                $0
            }
        let hosts = resolved.hostFindings(settings.certificates, configuration, surroundings)
        guard problems.isEmpty, hosts.problems.isEmpty else { throw ProblemsFound(problems + hosts.problems) }
        do { runnable = try RunnableRelease(resolved) } catch {
            throw ProblemsFound([
                Problem(
                    file: path, keyPath: "user", found: "\(error.subject): \(error.errno)",
                    expected: "a user of this machine")
            ])
        }
        let workers = runnable.order.account.map { FileOwner(uid: $0.uid, gid: $0.gid) }
        try SharedPlacement(
            directories: configuration.shared, release: runnable.path, workers: workers,
            file: configuration.shownFile(surroundings), layout: settings.layout
        ).make()
        plan = ReleasePlan(resolved, configuration: configuration, cores: surroundings.cores)
        warnings = examination.warnings + access.warnings + hosts.warnings
    }

    /// The shares of new connections that its manifest and the client want its deploy to begin with; refuses what the
    /// listeners or the release cannot do.
    func canary(_ terms: DeployTerms, _ listeners: ListenerSet) throws(ProblemsFound) -> [CanaryStep] {
        let steps = terms.steps(of: plan.canary)
        guard !steps.isEmpty else { return [] }
        if plan.overrides.neverGoesBack {
            throw refusal(
                "rollback", found: "\"never\" and a canary",
                expected: "one of them: a canary is useful only if it can be rolled back")
        }
        if let listener = listeners.all.first(where: { $0.steering != .lanes }) {
            throw refusal(
                "canary", found: "a share of new connections, and \(listener.setting.address), which cannot be split",
                expected: "TCP listeners only, or a deploy without a canary")
        }
        return steps
    }

    private func refusal(_ keyPath: String, found: String, expected: String) -> ProblemsFound {
        ProblemsFound([
            Problem(
                file: "\(runnable.label)/\(Defaults.manifestFile)", keyPath: keyPath, found: found,
                expected: expected)
        ])
    }
}
