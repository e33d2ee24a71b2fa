internal import Linux
internal import Supervisor

/// A status for a person at three in the morning: what serves first, what is wrong last, where the eye ends. Pure.
struct StatusText {
    private let report: StatusReport
    private let paint: Paint

    private let columns: Columns
    private let advice: CommandAdvice

    /// - Parameter advice: how commands are told.
    init(_ report: StatusReport, paint: Paint, columns: Columns = .unlimited, advice: CommandAdvice = .plain) {
        self.report = report
        self.advice = advice
        self.paint = paint
        self.columns = columns
    }

    /// The whole, each line with its end.
    var text: String { lines.map { $0 + "\n" }.joined() }

    /// The whole as far as the terminal has lines: the first one, which matters most, is always seen.
    var screen: String { columns.cut(lines).map { $0 + "\n" }.joined() }

    private var lines: [String] {
        let width = columns.width
        let sections = [
            Columns.wrap(headline, to: width) + facts, GenerationTable(report, paint: paint, width: width).lines,
            SiteTable(report, paint: paint, width: width).lines, WorkerTable(report, paint: paint, width: width).lines,
            JobTable(report, paint: paint, width: width).lines,
            problems,
        ]
        return Array(sections.filter { !$0.isEmpty }.joined(separator: [""]))
    }

    private var headline: String {
        guard let serving = report.generations.first(where: { $0.number == report.serving }) else {
            return paint.bad("nothing serves")
        }
        let age = TimeText.age(seconds: serving.seconds)
        return paint.good("\(ForeignText.line(serving.release)) serves")
            + ", generation \(serving.number), for \(age)\(share)"
    }

    /// That others serve a share beside it.
    private var share: String {
        guard let deployment = report.deployment, let percent = deployment.canaryPercent else { return "" }
        return "; \(percent) % of new connections go to \(ForeignText.line(deployment.release)), "
            + "generation \(deployment.generation)"
    }

    private var facts: [String] {
        let deployment = report.deployment
        let facts: [[String]?] = [
            report.listeners.isEmpty ? nil : fact("listening", report.listeners.map(address).joined(separator: ", ")),
            certificates.map { fact("certificates", $0) },
            deployment.map { fact("deploying", paint.busy(underWay($0))) },
            deployment?.canaryPercent.map { _ in fact("", advice.completed(Self.wayOn)) },
            deployment?.evidence.map { fact("seen so far", ForeignText.line($0)) },
            report.lastDeploy.map { fact("last deploy", ended($0)) },
            unseen.map { fact("not counted", $0) },
            fact("master", master),
        ]
        return facts.compactMap(\.self).flatMap(\.self)
    }

    /// Of whom neither the workers nor the kernel count the answers, and why: the first one's.
    private var unseen: String? {
        guard let blind = StatusOrder.generations(of: report).first(where: { $0.unseen != nil }), let why = blind.unseen
        else { return nil }
        return "the answers of \(ForeignText.line(blind.release)): \(ForeignText.line(why))"
    }

    private static let wayOn = "`deployd promote` sends all new connections to it, `deployd abort` sends them all back"
    private static let nameWidth = 13

    private func fact(_ name: String, _ text: String) -> [String] {
        let first = name + String(repeating: " ", count: Self.nameWidth - name.count)
        let indent = String(repeating: " ", count: Self.nameWidth)
        return Columns.wrap(text, to: columns.width, first: first, indent: indent)
    }

    /// For which hosts there are certificates, and for how long.
    private var certificates: String? {
        guard let all = report.certificates, !all.isEmpty else { return nil }
        return all.map { certificate in
            let hosts = certificate.hosts.prefix(3).map { ForeignText.line($0) }.joined(separator: ", ")
            let more = certificate.hosts.count > 3 ? " and \(certificate.hosts.count - 3) more" : ""
            let left = certificate.secondsLeft
            let words = left < 0 ? paint.bad("expired") : "valid for \(TimeText.age(seconds: left))"
            return "\(hosts)\(more) (\(words))"
        }.joined(separator: "; ")
    }

    private func address(_ listener: ListenerReport) -> String {
        let address = (listener.tls == true ? "https://" : "") + ForeignText.line(listener.address)
        let words: [String?] = [
            steering(listener.steering), listener.leaving == true ? "not in deployd.json any more" : nil,
        ]
        let notes = words.compactMap(\.self).joined(separator: ", ")
        return notes.isEmpty ? address : "\(address) (\(notes))"
    }

    private func steering(_ steering: ListenerReport.Steering) -> String? {
        switch steering {
        case .lanes: nil
        case .rename: "by rename"
        case .shared: "shared"
        }
    }

    private func underWay(_ deploy: DeploymentReport) -> String {
        let what = "\(deploy.verb.words(ForeignText.line(deploy.release))) as generation \(deploy.generation)"
        let share = deploy.canaryPercent.map { " with \($0) % of new connections" } ?? ""
        let step = "\(ForeignText.line(deploy.step.rawValue))\(share) for \(TimeText.age(seconds: deploy.stepSeconds))"
        let queue = report.queuedDeploys == 0 ? "" : "; \(report.queuedDeploys) more waiting"
        return "\(what): \(step), \(TimeText.age(seconds: deploy.seconds)) in all\(queue)\(said(deploy.message))"
    }

    private func ended(_ deploy: LastDeployReport) -> String {
        let outcome = ForeignText.line(deploy.outcome.rawValue)
        let took = TimeText.took(milliseconds: deploy.milliseconds)
        let user = deploy.user.map { " by \(ForeignText.line($0))" } ?? ""
        let reason = deploy.reason.isEmpty ? "" : ": \(ForeignText.line(deploy.reason))"
        return "\(ForeignText.line(deploy.release)) " + (deploy.outcome == .committed ? outcome : paint.bad(outcome))
            + " \(TimeText.age(seconds: deploy.secondsAgo)) ago\(user), took \(took)\(said(deploy.message))\(reason)"
    }

    /// What a person said of a deploy.
    private func said(_ message: String?) -> String {
        message.map { ", \"\(ForeignText.line($0))\"" } ?? ""
    }

    private var master: String {
        let memory = report.master.residentBytes.map { ", \(MemoryText.size(bytes: $0))" } ?? ""
        let age = TimeText.age(seconds: report.master.uptimeSeconds)
        let upgraded = report.master.upgradedSeconds.map { ", upgraded \(TimeText.age(seconds: $0)) ago" } ?? ""
        return "deployd \(ForeignText.line(report.deployd)), pid \(report.master.pid), up \(age)\(upgraded)\(memory), "
            + "state in \(ForeignText.line(report.stateDirectory))"
    }

    private var problems: [String] {
        let indent = String(repeating: " ", count: 9)
        return report.problems.flatMap { problem in
            let remedy = advice.completed(ForeignText.line(problem.advice))
            let what = advice.completed(ForeignText.line(problem.what))
            let lines = Columns.wrap(what, to: columns.width, first: paint.bad("problem: "), indent: indent)
            guard !remedy.isEmpty else { return lines }
            let more = Columns.wrap(remedy, to: columns.width, first: indent, indent: indent)
            return lines + more.map { indent + paint.strong(String($0.dropFirst(indent.count))) }
        }
    }
}
