internal import DeployCore

// Which shares of new connections a deploy begins with.
extension Master {
    /// The steps that the manifest and the client want; refuses what the listeners or the release cannot do.
    func canary(_ release: PreparedRelease, _ terms: DeployTerms) throws(ProblemsFound) -> [CanaryStep] {
        let steps = Self.steps(of: release.plan, terms)
        guard !steps.isEmpty else { return [] }
        if release.plan.overrides.neverGoesBack {
            throw refusal(
                of: release, keyPath: "rollback", found: "\"never\" and a canary",
                expected: "one of them: a canary is useful only if it can be rolled back")
        }
        if let listener = listeners.all.first(where: { $0.steering != .lanes }) {
            throw refusal(
                of: release, keyPath: "canary",
                found: "a share of new connections, and \(listener.setting.address), which cannot be split",
                expected: "TCP listeners only, or a deploy without a canary")
        }
        return steps
    }

    /// The manifest's steps; with `--canary` the last of them is held.
    private static func steps(of plan: ReleasePlan, _ terms: DeployTerms) -> [CanaryStep] {
        switch terms.canary {
        case nil: return plan.canary
        case .percent(let percent): return [CanaryStep(percent: percent, duration: nil)]
        case .own:
            let last = plan.canary.last?.percent ?? Defaults.canaryPercent
            return plan.canary.dropLast() + [CanaryStep(percent: last, duration: nil)]
        }
    }

    private func refusal(
        of release: PreparedRelease, keyPath: String, found: String, expected: String
    ) -> ProblemsFound {
        ProblemsFound([
            Problem(
                file: "\(release.runnable.label)/\(Defaults.manifestFile)", keyPath: keyPath, found: found,
                expected: expected)
        ])
    }
}
