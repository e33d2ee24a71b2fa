internal import DeployCore
internal import Linux

/// Removes what is left of former deploys, and says so.
///
/// A part of the master: it performs `prune`, in a process of its own, since a tree may be large.
final class ReleasePruner {
    /// Logs of so many generations are kept.
    private static let keptLogs = 32

    private unowned let master: any MasterView
    private let children: Children
    private let settings: CurrentSettings
    private let records: DeployRecords
    private let requests: Requests
    private let clients: Clients
    private let logs: GenerationLogs
    private let log: MasterLog
    /// Old releases are looked at again once the removal in progress is over.
    private var prunesAgain = false

    init(
        _ master: any MasterView, _ children: Children, _ settings: CurrentSettings, _ records: DeployRecords,
        _ requests: Requests, _ clients: Clients, _ logs: GenerationLogs, _ log: MasterLog
    ) {
        self.master = master
        self.children = children
        self.settings = settings
        self.records = records
        self.requests = requests
        self.clients = clients
        self.logs = logs
        self.log = log
    }

    private var layout: ReleaseLayout { settings.layout }

    /// Removes old logs at once, and begins with old releases.
    func prune() {
        logs.prune(keeping: Self.keptLogs)
        // Two at a time would take releases from under each other.
        guard !children.isReportAwaited else {
            prunesAgain = true
            return
        }
        let machine = master.machine
        let serving = machine.generation(machine.serving)?.plan.path ?? ""
        let running = Set(machine.generations.map(\.plan.path))
        let candidates = Pruning.plan(
            releases: layout.releases(), history: records.history, keep: settings.configuration.keep, current: serving,
            inUse: running.union(master.releases.all.values.flatMap(\.programs))
                .union([layout.current()].compactMap { $0 }))
        let client = machine.serving.flatMap { requests.client(deploying: $0) }
        // What is plain to see is told at once, to the one who deploys; the rest by the process that looks closer.
        var old: [DeployedRelease] = []
        for release in candidates {
            switch Pruning.judge(release, records.history, shared: settings.configuration.shared.map(\.link)) {
            case .mayGo(let deployed): old.append(deployed)
            case .stays(let obstacle):
                tell(client, "\(layout.label(release)) is old (`keep` is \(keepText)) and is kept: \(obstacle)")
            }
        }
        guard !old.isEmpty else { return }
        do {
            try startPruning(old, running: running.sorted())
            tell(
                client,
                "to be removed, if nothing uses \(old.count == 1 ? "it" : "them"): "
                    + "\(old.map { layout.label($0.path) }.joined(separator: ", ")) (`keep` in deployd.json is \(keepText))"
            )
        } catch {
            tell(client, "old releases cannot be removed: \(error)", .warning)
        }
    }

    private var keepText: String { settings.configuration.keep.map { "\($0)" } ?? "not set" }

    private func tell(_ client: ControlClientID?, _ text: String, _ urgency: Urgency = .information) {
        log(text, urgency)
        clients.send(.note(text), to: client)
    }

    private func startPruning(_ old: [DeployedRelease], running: [String]) throws(SystemError) {
        let ends = try Pipe().ends()
        let report = FileDescriptor(owning: ends.reading)
        let theirs = FileDescriptor(owning: ends.writing)
        let helper = try HelperProcess(
            SpawnRequest(
                executable: "/proc/self/exe",
                arguments: ["deployd"] + PruneStep.arguments(old, running: running, layout: layout),
                environment: ThisProcess.environment(), descriptors: [(theirs.number, 1), (2, 2)]))
        helper.report = DescriptorBox(report)
        children.adopt(helper)
    }

    /// A child has ended; if it removed releases, what it reports is written down.
    func ended(_ helper: HelperProcess) {
        guard let report = helper.report else { return }
        pruned(report.file)
        guard prunesAgain, master.machine.phase == .running else { return }
        prunesAgain = false
        prune()
    }

    /// Writes down what became of old releases: in the log, and in the history.
    private func pruned(_ report: borrowing FileDescriptor) {
        var text: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while case .bytes(let count) = try? report.read(into: &part), count > 0 { text += part.prefix(count) }
        let fates = String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap { Pruning.Fate(line: $0) }
        var removed: [String] = []
        var words: [String] = []
        for fate in fates {
            switch fate {
            case .removed(let release):
                removed.append(release)
                continue
            case .kept(let release, let reason): words.append("\(layout.label(release)) stays: \(reason)")
            case .left(let release, let reason):
                words.append("\(layout.label(release)) could not be removed completely: \(reason)")
            }
            log("pruning: \(words.last ?? "")", .warning)
        }
        if !removed.isEmpty {
            let labels = removed.map { layout.label($0) }.joined(separator: ", ")
            log("pruning: removed \(labels)")
            words.insert("removed \(labels) (`keep` is \(keepText))", at: 0)
        }
        guard !words.isEmpty else { return }
        let serving = master.machine.generation(master.machine.serving)
        records.recordPruning(removed, words.joined(separator: "; "), serving: serving)
    }
}
