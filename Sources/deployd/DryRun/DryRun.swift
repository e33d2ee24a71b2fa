internal import DeployCore
internal import Linux
internal import Supervisor

/// `deployd deploy --dry-run`: everything about a deploy that can be known without starting anything.
struct DryRun {
    private let invocation: Invocation
    private let installation: Installation

    init(_ invocation: Invocation, _ installation: Installation) {
        self.invocation = invocation
        self.installation = installation
    }

    /// Looks at a release on the disk.
    func run(_ release: String) throws(CommandError) -> ExitCode {
        try look(at: release, named: Paths.name(Paths.normalised(installation.release(release))), hiding: nil)
        return .done
    }

    /// Looks at the release in an archive, which is unpacked and removed again.
    func run(
        _ archive: Archive, check: (_ file: String) throws(CommandError) -> Void
    ) throws(CommandError) -> ExitCode {
        let name =
            switch archive.source {
            case .file(let path): Paths.name(path)
            case .standardInput: "the archive"
            }
        try archive.look(check: check) { tree throws(CommandError) in try look(at: tree, named: name, hiding: tree) }
        return .done
    }

    /// - Parameter tree: a directory that nobody is to be told of, since it goes.
    private func look(at release: String, named name: String, hiding tree: String?) throws(CommandError) {
        let found: Obstacles
        do throws(CommandError) {
            found = try Obstacles(installation, invocation, release: release)
            for warning in found.warnings {
                StandardError.line(
                    "deployd: warning: \(shown(invocation.advice.completed(warning), tree, name))", .warning)
            }
            try found.requireNone()
        } catch {
            throw CommandError(
                error.messages.map { shown($0, tree, name) }, notes: error.notes, exitCode: error.exitCode)
        }
        for problem in found.status?.problems ?? [] where problem.isOfSettings {
            StandardError.line("note: \(ForeignText.line(problem.what)); what follows goes by the file", .information)
        }
        guard let resolved = found.report.release else { return }
        let steps = try canary(resolved, found.status)
        let preview = DeployPreview(
            release: resolved, name: name, configuration: found.report.configuration,
            cores: installation.surroundings.cores, status: found.status,
            removed: removed(resolved.path, found.status), canary: steps)
        StandardOutput.write(preview.lines.map { invocation.advice.completed($0) + "\n" }.joined())
    }

    /// A path in the room of an archive says nothing to anybody.
    private func shown(_ text: String, _ tree: String?, _ name: String) -> String {
        guard let tree else { return text }
        let short = Paths.shortened(tree, from: installation.surroundings.workingDirectory)
        return text.replacing(tree, with: name).replacing(short, with: name)
    }

    /// The steps of its canary, refused as the master would.
    private func canary(_ release: ResolvedRelease, _ status: StatusReport?) throws(CommandError) -> [CanaryStep] {
        let steps = try DeployVerb.canaryTerms(invocation).steps(of: release.manifest.canary)
        guard !steps.isEmpty else { return [] }
        if release.manifest.rollback == .never {
            throw CommandError("deploy: found rollback: \"never\" and a canary, expected one of them")
        }
        if let other = status?.listeners.first(where: { $0.steering != .lanes }) {
            throw CommandError(
                "deploy: found a canary and \(ForeignText.line(other.address)), which cannot be split; expected TCP listeners only"
            )
        }
        return steps
    }

    /// What `keep` would have removed after it; nothing where this user may not read the history.
    private func removed(_ path: String, _ status: StatusReport?) -> [String] {
        guard let history = try? History.load(of: installation.configuration) else { return [] }
        let generations = status?.generations ?? []
        let list = ReleaseList(
            installation.configuration, history: history,
            serving: generations.first { $0.number == status?.serving }?.path, running: Set(generations.map(\.path)))
        return list.entries.filter { $0.removal == .next && $0.path != path }.map(\.label)
    }
}
