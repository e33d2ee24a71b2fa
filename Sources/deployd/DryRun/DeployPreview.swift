internal import DeployCore
internal import Linux
internal import Supervisor

/// What a deploy of a release that was checked would do, for a person. Pure.
struct DeployPreview {
    let release: ResolvedRelease
    /// The release as it is called: its name, or the archive's.
    let name: String
    let configuration: Configuration
    let cores: Int
    /// What the master says of itself; nil: none answers.
    let status: StatusReport?
    /// The releases that `keep` would have removed.
    let removed: [String]
    let canary: [CanaryStep]

    private static let nameWidth = 11

    /// The lines, the first one with the verdict.
    var lines: [String] {
        let facts: [(String, String?)] = [
            ("check", "all is well"), ("listeners", listeners), ("web", workers(release.arguments, count)),
        ]
        let kinds = release.manifest.processes.map { process in
            let start =
                process.schedule.map { ", at its times (\($0.text))" }
                ?? (process.overlap == .forbidden ? ", after the commit" : "")
            return (process.name, workers(process.command, process.workers.resolved(cores: cores)) + start)
        }
        let rest: [(String, String?)] = [
            ("hooks", hooks), ("probe", probe), ("canary", canaryText), ("watch", watch), ("warm", warm),
            ("removed", removed.isEmpty ? nil : removed.joined(separator: ", ") + " (`keep` in deployd.json)"),
        ]
        let shown = (facts + kinds.map { ($0.0, $0.1) } + rest).compactMap { name, text in
            text.map { "  \(name)" + String(repeating: " ", count: max(2, Self.nameWidth - name.count)) + $0 }
        }
        return ([verdict] + shown + [circumstances, "nothing was changed"].compactMap(\.self)).map {
            ForeignText.line($0)
        }
    }

    private var verdict: String {
        guard let serving = status?.generations.first(where: { $0.number == status?.serving }) else {
            return "\(name) could be deployed; nothing serves"
        }
        return "\(name) could be deployed; \(serving.release) serves (generation \(serving.number))"
    }

    private var listeners: String {
        configuration.listeners.map { ($0.isSecure ? "https://" : "") + $0.address.description }.joined(separator: ", ")
    }

    private var count: Int { status?.scaledWorkers ?? configuration.workers.resolved(cores: cores) }

    private func workers(_ command: [String], _ count: Int) -> String {
        let program =
            release.manifest.web != nil && command == release.arguments
            ? "deployd's web server" : command.joined(separator: " ")
        return "\(count == 1 ? "1 process" : "\(count) processes"): \(program)"
    }

    private var hooks: String? {
        let hooks = HookKind.allCases.compactMap { kind in
            release.manifest.hooks[kind].map { "\(kind.rawValue): \($0.command.joined(separator: " "))" }
        }
        return hooks.isEmpty ? nil : hooks.joined(separator: "; ")
    }

    private var probe: String? {
        let health = release.manifest.health
        switch release.manifest.readiness {
        case .notify: return "none: each worker says READY=1"
        case .auto, .probe, .both:
            return "GET \(health.path ?? Defaults.healthPath), \(CountText.of(health.count, "good answer")) in a row"
        }
    }

    private var canaryText: String? {
        guard !canary.isEmpty else { return nil }
        return canary.map { step in
            "\(step.percent) % " + (step.duration.map { "for \($0.text)" } ?? "until `deployd promote`")
        }.joined(separator: ", then ")
    }

    private var watch: String {
        let watch = release.manifest.watch
        guard watch.duration > .zero else { return "none: committed at once" }
        let evidence = watch.evidence
        let looks: [(String, Bool)] = [
            ("5xx", evidence.errors != nil), ("latency", evidence.latency != nil), ("queue", evidence.queue != nil),
            ("hangs", evidence.hang != nil), ("probes", evidence.probes != nil), ("its own test", evidence.test != nil),
        ]
        let answers = evidence.leastAnswers.map {
            ", until users have got \(CountText.grouped($0)) answers, \(evidence.atMost.text) at most"
        }
        let judged = (["exits"] + looks.filter(\.1).map(\.0)).joined(separator: ", ")
        let way = release.manifest.rollback == .never ? "; what it finds is a warning (`rollback: \"never\"`)" : ""
        return "\(watch.duration.text)\(answers ?? ""); judged by \(judged)\(way)"
    }

    private var warm: String? { release.manifest.warm.map { "the old generation, for \($0.text) after the commit" } }

    /// What would keep it from beginning now.
    private var circumstances: String? {
        guard let status else { return "note: no master listens: `deployd start` serves it" }
        guard let deployment = status.deployment else { return nil }
        return "note: another deploy is under way (generation \(deployment.generation)): use --wait"
    }
}
