internal import DeployCore
internal import Linux

/// What is written down of deploys: the history, and the link `current`.
///
/// A part of the master: it performs `commit`, `record` and `recordHook`.
final class DeployRecords {
    private(set) var history: History
    /// Notes on the release that a start chose, until the next deploy.
    var startNotes: [String] = []
    /// All that is to be known of the release that serves, until the next deploy: a line each, with a command.
    var notes: [String] {
        startNotes + settings.standing.map { "a restart of what serves would be refused: \($0)" }
    }
    let settings: CurrentSettings
    private let requests: Requests
    private let directory: StateDirectory
    private let log: MasterLog

    init(
        _ history: History, _ settings: CurrentSettings, _ requests: Requests, _ directory: StateDirectory,
        _ log: MasterLog
    ) {
        self.history = history
        self.settings = settings
        self.requests = requests
        self.directory = directory
        self.log = log
    }

    func commit(_ entry: HistoryEntry, of release: RunnableRelease?) -> Event {
        do {
            try moveLinkAndAppend(entry, release)
            if entry.kind == .start { StartPause.forget(directory) }
            // What was to be known of the start is answered by a deploy.
            if entry.kind != .start { (startNotes, settings.standing) = ([], []) }
            return .committed(entry.generation)
        } catch {
            return .commitFailed(entry.generation, reason: error.explained)
        }
    }

    private func moveLinkAndAppend(_ entry: HistoryEntry, _ release: RunnableRelease?) throws(SystemError) {
        let layout = settings.layout
        // A master that was killed while it committed commits again.
        if let last = history.deploys.last, last.generation == entry.generation.rawValue, last.outcome == .committed {
            return try moveLink(for: entry)
        }
        let before = layout.current()
        try moveLink(for: entry)
        do { try history.append(historyRecord(entry, release)) } catch {
            // The link must not promise what the history does not know.
            if layout.linkObstacle != nil { throw error }
            if let before { try? layout.moveCurrent(to: before) } else { try? Files.unlink(layout.currentLink) }
            throw error
        }
    }

    /// The link is a convenience: what stands in its place is somebody's, and no reason for a deploy to fail.
    private func moveLink(for entry: HistoryEntry) throws(SystemError) {
        let layout = settings.layout
        guard let obstacle = layout.linkObstacle else { return try layout.moveCurrent(to: entry.to) }
        let warning =
            "\(obstacle.path): found \(obstacle.found), expected a link or nothing: it is left alone, and "
            + "\(layout.currentLink) does not point to \(layout.label(entry.to)); move it away, and the next deploy "
            + "creates the link"
        log(warning, .warning)
        requests.send(.note(warning), to: entry.request)
    }

    func record(_ entry: HistoryEntry, of release: RunnableRelease? = nil) {
        guard !isToldAlready(entry) else { return }
        do { try history.append(historyRecord(entry, release)) } catch {
            log("the history cannot be written: \(error.explained)", .error)
        }
    }

    /// The last record tells of the same failed start: a service manager tries it again and again.
    private func isToldAlready(_ entry: HistoryEntry) -> Bool {
        guard entry.kind == .start, let last = history.records.last, last.verb == entry.kind.rawValue else {
            return false
        }
        let (outcome, reason) = entry.words
        return last.to == entry.to && last.outcome == outcome && outcome == .failed
            && HistoryRecord.withoutNumbers(last.reason) == HistoryRecord.withoutNumbers(reason)
    }

    /// Tells of the deploy that was under way when the machine went down, and of what was not written any more.
    func recordLost(_ saved: SavedState) {
        var lost = saved.machine.unrecorded
        if let deployment = saved.machine.deployment { lost.append(HistoryEntry(lostWithTheMachine: deployment)) }
        for entry in lost where !history.records.contains(where: { $0.generation == entry.generation.rawValue }) {
            let what = "generation \(entry.generation) (\(settings.layout.label(entry.to)))"
            log("\(what): \(entry.kind.rawValue) not done: \(entry.words.reason)", .warning)
            record(entry, of: saved.releases[entry.generation])
        }
    }

    private func historyRecord(_ entry: HistoryEntry, _ release: RunnableRelease? = nil) -> HistoryRecord {
        let (outcome, reason) = entry.words
        return HistoryRecord(
            id: history.nextID, time: WallClock.text(WallClock.now()), who: requests[entry.request]?.who ?? .master,
            verb: entry.kind.rawValue, from: entry.from, to: entry.to, generation: entry.generation.rawValue,
            outcome: outcome, reason: reason,
            steps: entry.durations.map {
                HistoryRecord.Step(name: $0.step.name.rawValue, milliseconds: $0.took.inMilliseconds)
            }, judged: entry.judged, directory: outcome == .committed ? release?.identity : nil,
            message: release?.message)
    }

    func recordHook(_ entry: HistoryEntry, _ kind: HookKind, _ failure: HookFailure) {
        var record = historyRecord(entry)
        record.outcome = .hookFailed
        record.reason = "the \(kind) hook \(failure)"
        record.steps = []
        record.judged = nil
        record.directory = nil
        do { try history.append(record) } catch {
            log("the history cannot be written: \(error.explained)")
        }
    }

    /// Writes down that this process has become another deployd, while a generation serves.
    func recordUpgrade(
        from before: String, to program: String, serving: GenerationMachine?, by who: HistoryRecord.Who, took: Duration
    ) {
        guard let serving else { return }
        let record = HistoryRecord(
            id: history.nextID, time: WallClock.text(WallClock.now()), who: who, verb: ControlVerb.upgrade.rawValue,
            from: serving.plan.path, to: serving.plan.path, generation: serving.number.rawValue, outcome: .upgraded,
            reason: "deployd \(before) became \(Version.current), \(program)",
            steps: [HistoryRecord.Step(name: ControlVerb.upgrade.rawValue, milliseconds: took.inMilliseconds)])
        do { try history.append(record) } catch { log("the history cannot be written: \(error.explained)") }
    }

    /// Writes down that users are kept out from now on, or are let in again, while a generation serves.
    func recordMaintenance(
        _ outcome: HistoryOutcome, _ reason: String, serving: GenerationMachine?, by who: HistoryRecord.Who
    ) {
        guard let serving else { return }
        let record = HistoryRecord(
            id: history.nextID, time: WallClock.text(WallClock.now()), who: who, verb: ControlVerb.maintenance.rawValue,
            from: serving.plan.path, to: serving.plan.path, generation: serving.number.rawValue, outcome: outcome,
            reason: reason)
        do { try history.append(record) } catch { log("the history cannot be written: \(error)", .error) }
    }

    /// Writes down what became of old releases, while a generation serves.
    func recordPruning(_ removed: [String], _ reason: String, serving: GenerationMachine?) {
        guard let serving else { return }
        let record = HistoryRecord(
            id: history.nextID, time: WallClock.text(WallClock.now()), who: .master, verb: "prune",
            from: serving.plan.path, to: serving.plan.path, generation: serving.number.rawValue,
            outcome: removed.isEmpty ? .notRemoved : .pruned, reason: reason,
            removed: removed.isEmpty ? nil : removed)
        do { try history.append(record) } catch { log("the history cannot be written: \(error)", .error) }
    }
}

extension HistoryEntry {
    /// The outcome as history and hooks are told.
    var words: (outcome: HistoryOutcome, reason: String) {
        switch outcome {
        case .committed, .done: (.committed, warnings.map(\.description).joined(separator: "; "))
        case .failed(let failure): (.failed, failure.description)
        case .cancelled: (.cancelled, "")
        case .rolledBack(let failure): (.rolledBack, failure.description)
        case .refused(let refusal): (.failed, refusal.description)
        }
    }
}

extension HistoryRecord {
    /// A reason without what differs each time: pids, and which of the workers was the first to fail.
    static func withoutNumbers(_ reason: String) -> String {
        reason.replacing(/worker \d+/, with: "worker").replacing(/pid \d+/, with: "pid")
    }
}

extension HistoryRecord.Who {
    /// The master's own user, when nobody asked.
    static var master: HistoryRecord.Who { HistoryRecord.Who(uid: ThisProcess.uid, pid: 0) }

    /// A process of a user, with the user's name.
    init(uid: UInt32, pid: Int32) {
        self.init(user: UserAccount.localName(uid) ?? "\(uid)", uid: uid, pid: pid)
    }
}
