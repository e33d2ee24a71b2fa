internal import DeployCore
internal import Linux

// The effect `prune`: what is removed of former deploys, and who is told.
extension Master {
    /// Logs of so many generations are kept.
    private static let keptLogs = 32

    /// Removes old logs at once, and old releases in a process of their own, since a tree may be large.
    func prune() {
        logs.prune(keeping: Self.keptLogs)
        // Two at a time would take releases from under each other.
        guard !children.isReportAwaited else {
            prunesAgain = true
            return
        }
        let serving = machine.generation(machine.serving)?.plan.path ?? ""
        let running = Set(machine.generations.map(\.plan.path))
        let candidates = Pruning.plan(
            releases: layout.releases(), history: history, keep: configuration.keep, current: serving,
            inUse: running.union(releases.values.flatMap(\.programs)).union([layout.current()].compactMap { $0 }))
        let client = machine.serving.flatMap { requests.client(deploying: $0) }
        // What is plain to see is told at once, to the one who deploys; the rest by the process that looks closer.
        var old: [DeployedRelease] = []
        for release in candidates {
            switch Pruning.judge(release, history) {
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

    private var keepText: String { configuration.keep.map { "\($0)" } ?? "not set" }

    private func tell(_ client: ControlClientID?, _ text: String, _ urgency: Urgency = .information) {
        log(text, urgency)
        send(.note(text), to: client)
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

    /// A child that is no worker has ended, or says so without having.
    func helperEnded(_ serial: UInt64) {
        guard let helper = children.ended(serial) else { return }
        guard let report = helper.report else { return }
        pruned(report.file)
        guard prunesAgain, machine.phase == .running else { return }
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
        guard !words.isEmpty, let serving = machine.generation(machine.serving) else { return }
        let record = HistoryRecord(
            id: history.nextID, time: WallClock.text(WallClock.now()), who: .master, verb: "prune",
            from: serving.plan.path, to: serving.plan.path, generation: serving.number.rawValue,
            outcome: removed.isEmpty ? .notRemoved : .pruned, reason: words.joined(separator: "; "),
            removed: removed.isEmpty ? nil : removed)
        do { try history.append(record) } catch { log("the history cannot be written: \(error)", .error) }
    }
}
