internal import DeployCore
internal import Linux

/// The problems that `status` shows and systemd is told of, each with a command.
final class Problems {
    private unowned let master: any StatusSource
    private let listeners: ListenerSet
    private let health: Health
    private let records: DeployRecords
    private let certificates: Certificates
    private let directory: StateDirectory

    init(
        _ master: any StatusSource, _ listeners: ListenerSet, _ health: Health, _ records: DeployRecords,
        _ certificates: Certificates, _ directory: StateDirectory
    ) {
        self.master = master
        self.listeners = listeners
        self.health = health
        self.records = records
        self.certificates = certificates
        self.directory = directory
    }

    private var machine: Machine { master.machine }

    /// Listeners whose queue the kernel keeps shorter than was asked for: beyond it connections are turned away unseen.
    var ofBacklogs: [ProblemReport] {
        let path = "/proc/sys/net/core/somaxconn"
        guard let content = try? Files.read(path),
            let limit = Int(String(decoding: content, as: UTF8.self).split(separator: "\n").first ?? "")
        else { return [] }
        return listeners.current.filter { $0.setting.backlog > limit }.map { listener in
            ProblemReport(
                "\(listener.setting.address) asks for a backlog of \(listener.setting.backlog), and the kernel keeps at most "
                    + "\(limit) connections waiting (net.core.somaxconn)",
                advice: "sysctl -w net.core.somaxconn=\(listener.setting.backlog), then `deployd restart`")
        }
    }

    /// The worst of what ``all(at:)`` says, as far as it is known without looking.
    var inShort: String? {
        if let failure = master.savingFailure { return "\(ProblemReport.unwritable): \(failure)" }
        if let closed = master.maintenance { return "maintenance is on since \(closed.since)" }
        let now = EventLoop.now()
        if let looping = machine.generations.first(where: { $0.keepsCrashing(at: now) }) {
            return "the workers of \(looping.words) keep crashing"
        }
        if isDeserted { return ofAbsence(at: now)?.what }
        return ofHang?.what ?? ofFilesInShort
            ?? machine.generations.lazy.compactMap { Self.unstartable($0, at: now) }.first?.what
    }

    /// The serving generation has no worker that accepts.
    private var isDeserted: Bool {
        guard machine.phase == .running, let serving = machine.generation(machine.serving) else { return false }
        return !serving.workers.contains { $0.slot.isWeb && $0.isReady }
    }

    /// A generation has workers that could not be started when that was tried last: a limit was met, as a rule.
    private static func unstartable(_ generation: GenerationMachine, at now: Instant) -> ProblemReport? {
        let lacking = generation.workers.filter { $0.spawnFailure != nil }.sorted {
            ($0.slot, $0.number) < ($1.slot, $1.number)
        }
        guard let first = lacking.first, let reason = first.spawnFailure else { return nil }
        let next = lacking.compactMap { $0.startsIn(at: now) }.min().map { "; retried in \($0.text)" } ?? ""
        return ProblemReport(
            (lacking.count == 1 ? "worker \(first.slot)" : "\(lacking.count) workers")
                + " of \(generation.words) could not be started: \(reason)\(next)",
            advice: "raise the limit, or reduce the number: `deployd scale N`")
    }

    /// The generation that serves has no worker that is ready: who connects waits.
    private func ofAbsence(at now: Instant) -> ProblemReport? {
        guard isDeserted, let serving = machine.generation(machine.serving) else { return nil }
        let last = serving.lastEnd { $0.slot.isWeb }.map { ": the last one \($0)" } ?? ""
        let alive = serving.workers.count { $0.slot.isWeb && $0.process != nil }
        let next =
            alive > 0
            ? "; \(alive) " + (alive == 1 ? "is" : "are") + " starting"
            : serving.nextRespawn(at: now).map { "; the next is started in \($0.text)" } ?? ""
        return ProblemReport(
            "no worker of \(serving.words) is ready, so new connections wait\(last)\(next)",
            advice: serving.crashLoopAdvice(serving: serving.number))
    }

    /// The workers of the generation that serves take no connection, as long as that is so at every look.
    private var ofHang: ProblemReport? {
        guard let hang = health.hang, let serving = machine.generation(machine.serving),
            hang.generation == serving.number
        else { return nil }
        let number = serving.number
        return ProblemReport(
            "the workers of \(serving.words) hang, or are too few: \(hang.waiting) "
                + (hang.waiting == 1 ? "connection waits" : "connections wait")
                + " to be accepted, and "
                + (hang.isCounted ? "none has been for " : "their number has not fallen for ") + hang.lasting.text,
            advice: "`deployd logs \(number)`; `deployd restart` starts others, `deployd rollback` goes back")
    }

    /// Files that were missing at the last look, in short.
    private var ofFilesInShort: String? {
        health.missing.min { $0.key < $1.key }.map { "\(master.name($0.key)): \($0.value) is gone" }
    }

    /// Releases whose files were taken away while their workers serve.
    private var ofFiles: [ProblemReport] {
        health.missing.sorted { $0.key < $1.key }.map { generation, path in
            ProblemReport(
                "\(path) is gone, from which \(master.name(generation)) runs: a worker that exits cannot be restarted",
                advice: "put it back, or deploy a release that is there: `deployd deploy RELEASE`")
        }
    }

    /// Files that the next master relies on, and that others may write to.
    private var ofTrust: [ProblemReport] {
        FileTrust(user: ThisProcess.uid).problems(with: directory).map { problem in
            ProblemReport(
                "\(problem.file): found \(problem.found), expected \(problem.expected); no master would start with it",
                advice: problem.advice)
        }
    }

    func all(at now: Instant) -> [ProblemReport] {
        let isStopping = machine.phase != .running
        var all: [ProblemReport] = isStopping ? [ofStop] : []
        if let closed = master.maintenance, !isStopping { all.append(ProblemReport(of: closed)) }
        if let serving = machine.serving, machine.deployment == nil, !isStopping { all += ofAddresses(serving) }
        all += listeners.all.compactMap(\.trouble).map { ProblemReport($0.text, advice: $0.advice) }
        all += ofBacklogs + ofTrust + ofStart + [records.settings.ofFile].compactMap(\.self) + certificates.problems()
        if let failure = master.savingFailure {
            all.append(
                ProblemReport(
                    "\(ProblemReport.unwritable): \(failure)",
                    advice: "make room or repair the directory; deploys are refused until then"))
        }
        all += [ofAbsence(at: now), ofHang].compactMap(\.self) + ofFiles + master.jobs.compactMap(\.problem)
        all += machine.generations.compactMap { Self.unstartable($0, at: now) }
        if machine.serving == nil && !isStopping {
            all.append(
                ProblemReport(
                    "nothing serves", advice: "`deployd logs` shows why; `deployd deploy RELEASE` deploys another"))
        }
        return all + machine.generations.filter { $0.keepsCrashing(at: now) }.map(ofCrashes)
    }

    /// The workers were started with other listeners than the configuration has now.
    private func ofAddresses(_ serving: GenerationNumber) -> [ProblemReport] {
        listeners.current.filter { $0.lane(of: serving) == nil }.map {
            ProblemReport(
                "nobody accepts at \($0.setting.address): it is newer than the workers",
                advice: "`deployd restart` starts workers that do")
        }
            + listeners.all.filter { $0.isLeaving && $0.lane(of: serving) != nil }.map {
                ProblemReport(
                    "\(master.name(serving)) still serves at \($0.setting.address), which is not in `listen` any more",
                    advice: "`deployd restart` ends that; if it is to stay, put it back into deployd.json, and "
                        + "`deployd reload`")
            }
    }

    private var ofStop: ProblemReport {
        let what = master.waitedFor.dropLast().joined(separator: "; ")
        return ProblemReport(
            "the master is stopping, and new connections are refused" + (what.isEmpty ? "" : "; \(what)"),
            advice: "`deployd stop --now` does not wait; `deployd start` afterwards serves again")
    }

    private var ofStart: [ProblemReport] {
        records.notes.map { note in
            let parts = note.split(separator: ";", maxSplits: 1).map(String.init)
            return ProblemReport(parts[0], advice: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
    }

    private func ofCrashes(_ generation: GenerationMachine) -> ProblemReport {
        ProblemReport(
            "the workers of \(generation.words) keep crashing"
                + (generation.lastEnd().map { ": the last one \($0)" } ?? ""),
            advice: generation.crashLoopAdvice(serving: machine.serving))
    }
}

extension GenerationMachine {
    /// The form is "generation 3 (v2)".
    fileprivate var words: String { "generation \(number) (\(plan.label))" }

    /// The end of the predecessor in the last of these places that had one.
    fileprivate func lastEnd(_ isMeant: (WorkerMachine) -> Bool = { _ in true }) -> WorkerEnd? {
        workers.filter(isMeant).sorted { ($0.slot, $0.number) < ($1.slot, $1.number) }.compactMap(\.lastEnd).last
    }
}
