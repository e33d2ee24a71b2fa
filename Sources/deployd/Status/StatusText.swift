internal import Supervisor

/// A status for a person at three in the morning: what serves first, what is wrong last, where the eye ends. Pure.
struct StatusText {
    private let report: StatusReport
    private let paint: Paint

    init(_ report: StatusReport, paint: Paint) {
        self.report = report
        self.paint = paint
    }

    /// The whole, each line with its end.
    var text: String {
        let sections = [
            [headline] + facts, GenerationTable(report, paint: paint).lines, WorkerTable(report, paint: paint).lines,
            problems,
        ]
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    private var headline: String {
        guard let serving = report.generations.first(where: { $0.number == report.serving }) else {
            return paint.bad("nothing serves")
        }
        let age = TimeText.age(seconds: serving.seconds)
        return paint.good("\(serving.release) serves") + ", generation \(serving.number), for \(age)"
    }

    private var facts: [String] {
        [
            report.listeners.isEmpty ? nil : fact("listening", report.listeners.map(address).joined(separator: ", ")),
            stragglers.map { fact("stragglers", $0) },
            report.deployment.map { fact("deploying", paint.busy(underWay($0))) },
            report.deployment?.evidence.map { fact("seen so far", ProgressText.printable($0)) },
            report.lastDeploy.map { fact("last deploy", ended($0)) },
            fact("master", master),
        ].compactMap(\.self)
    }

    private func fact(_ name: String, _ text: String) -> String {
        name + String(repeating: " ", count: 13 - name.count) + text
    }

    private func address(_ listener: ListenerReport) -> String {
        switch listener.steering {
        case .lanes: listener.address
        case .rename: "\(listener.address) (by rename)"
        case .shared: "\(listener.address) (shared)"
        }
    }

    /// Connections that arrived in lanes of generations that take no more; nil when there were none.
    private var stragglers: String? {
        let count = report.listeners.compactMap(\.stragglers).reduce(0, +)
        return count == 0 ? nil : "\(count) passed on to the generation that serves"
    }

    private func underWay(_ deploy: DeploymentReport) -> String {
        let what = "\(deploy.verb.rawValue) of \(deploy.release) as generation \(deploy.generation)"
        let share = deploy.canaryPercent.map { " with \($0) % of new connections" } ?? ""
        let step = "\(deploy.step.rawValue)\(share) for \(TimeText.age(seconds: deploy.stepSeconds))"
        let queue = report.queuedDeploys == 0 ? "" : "; \(report.queuedDeploys) more in the queue"
        return "\(what): \(step), \(TimeText.age(seconds: deploy.seconds)) in all\(queue)"
    }

    private func ended(_ deploy: LastDeployReport) -> String {
        let outcome = ProgressText.printable(deploy.outcome.rawValue)
        let took = TimeText.took(milliseconds: deploy.milliseconds)
        let user = deploy.user.map { " by \($0)" } ?? ""
        let reason = deploy.reason.isEmpty ? "" : ": \(ProgressText.printable(deploy.reason))"
        return "\(deploy.release) " + (deploy.outcome == .committed ? outcome : paint.bad(outcome))
            + " \(TimeText.age(seconds: deploy.secondsAgo)) ago\(user), took \(took)\(reason)"
    }

    private var master: String {
        let memory = report.master.residentBytes.map { ", \(MemoryText.size(bytes: $0))" } ?? ""
        let age = TimeText.age(seconds: report.master.uptimeSeconds)
        let upgraded = report.master.upgradedSeconds.map { ", upgraded \(TimeText.age(seconds: $0)) ago" } ?? ""
        return "deployd \(report.deployd), pid \(report.master.pid), up \(age)\(upgraded)\(memory), "
            + "state in \(report.stateDirectory)"
    }

    private var problems: [String] {
        report.problems.flatMap { problem in
            [
                paint.bad("problem: ") + ProgressText.printable(problem.what),
                "         " + paint.strong(ProgressText.printable(problem.advice)),
            ]
        }
    }
}
