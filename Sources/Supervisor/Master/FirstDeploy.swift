internal import DeployCore
internal import Linux

/// The deploy that a master orders itself, when nothing serves and nothing is on the way to.
final class FirstDeploy {
    private unowned let master: Master
    /// What is started when nothing serves yet; nil once something was.
    var release: String?

    init(_ master: Master) { self.master = master }

    /// Whether nothing serves and nothing is on the way to.
    var isNeeded: Bool {
        let machine = master.machine
        return machine.serving == nil && machine.deployment == nil && machine.phase == .running
    }

    /// After a first start that died with its master, and whose hook had to be ended first, another is ordered.
    func orderAgainIfIdle() {
        guard let path = release, isNeeded else { return }
        release = nil
        do { try order(path) } catch {
            for problem in error.problems { master.parts.log("\(problem)", .error) }
            master.exitCode = 1
        }
    }

    func order(_ path: String) throws(ProblemsFound) {
        let parts = master.parts
        var release = try PreparedRelease(at: path, parts.settings, parts.generations.groups)
        for warning in release.warnings { parts.log(warning, .warning) }
        // What was committed last is no new release: nothing is to be prepared for it.
        if parts.records.history.committedReleases.last == release.plan.path { release.plan.hooks.before = nil }
        parts.log(
            "master \(ThisProcess.pid) starts \(release.runnable.path), state in \(parts.directory.root)")
        let who = HistoryRecord.Who(uid: ThisProcess.uid, pid: ThisProcess.pid)
        let request = parts.requests.add(
            Requests.Pending(
                client: nil, who: who, verb: .restart, askedAt: Master.now(), release: release.runnable, deadline: nil))
        master.feed(.deploy(request, release.plan, .start, wait: false))
    }
}
