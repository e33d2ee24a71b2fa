internal import DeployCore
internal import Linux

// What `status` calls a problem, and systemd is told of: what a person should look at, and what to type.
extension Master {
    /// Listeners whose queue the kernel keeps shorter than was asked for: beyond it connections are turned away unseen.
    var backlogProblems: [ProblemReport] {
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

    /// The worst of what `problems` says, as far as it is known without looking.
    var problemInShort: String? {
        if let savingFailure { return "\(ProblemReport.unwritable): \(savingFailure)" }
        let now = Self.now()
        if let looping = machine.generations.first(where: { $0.crashes.isLooping(at: now) }) {
            return "the workers of generation \(looping.number) (\(looping.plan.label)) keep crashing"
        }
        if isDeserted { return absenceProblem(MachineView(machine, at: now))?.what }
        return hangProblem?.what ?? surroundingsProblem
            ?? unstartableInShort(at: now)
    }

    /// Whether the generation that serves has no worker that accepts.
    private var isDeserted: Bool {
        guard machine.phase == .running, let serving = machine.generation(machine.serving) else { return false }
        return !serving.workers.contains { $0.slot.isWeb && $0.isReady }
    }

    /// The same of ``unstartableProblem``, which is asked for in every turn of the loop.
    private func unstartableInShort(at now: Instant) -> String? {
        let isLacking = machine.generations.contains { $0.workers.contains { $0.spawnFailure != nil } }
        guard isLacking else { return nil }
        return MachineView(machine, at: now).generations.compactMap(Self.unstartableProblem).first?.what
    }

    /// A generation has workers that could not be started when that was tried last: a limit was met, as a rule.
    private static func unstartableProblem(_ generation: GenerationView) -> ProblemReport? {
        let lacking = generation.workers.filter { $0.spawnFailure != nil }
        guard let first = lacking.first, let reason = first.spawnFailure else { return nil }
        let next = lacking.compactMap(\.startsIn).min().map { "; retried in \($0.text)" } ?? ""
        return ProblemReport(
            (lacking.count == 1 ? "worker \(first.slot)" : "\(lacking.count) workers")
                + " of generation \(generation.number) (\(generation.label)) could not be started: \(reason)\(next)",
            advice: "raise the limit, or reduce the number: `deployd scale N`")
    }

    /// The generation that serves has no worker that is ready: who connects waits.
    private func absenceProblem(_ view: MachineView) -> ProblemReport? {
        guard isDeserted, let serving = view.generations.first(where: { $0.number == view.serving }) else { return nil }
        let web = serving.workers.filter(\.slot.isWeb)
        let last = web.compactMap(\.lastEnd).last.map { ": the last one \($0)" } ?? ""
        let alive = web.count { $0.pid != nil }
        let next =
            alive > 0
            ? "; \(alive) " + (alive == 1 ? "is" : "are") + " starting"
            : serving.nextRespawnIn.map { "; the next is started in \($0.text)" } ?? ""
        return ProblemReport(
            "no worker of generation \(serving.number) (\(serving.label)) is ready, so new connections wait\(last)\(next)",
            advice: serving.crashLoopAdvice(serving: view.serving))
    }

    /// The workers of the generation that serves take no connection, as long as that is so at every look.
    private var hangProblem: ProblemReport? {
        guard let hang = attention.hang, let serving = machine.generation(machine.serving),
            hang.generation == serving.number
        else { return nil }
        let number = serving.number
        return ProblemReport(
            "the workers of generation \(number) (\(serving.plan.label)) hang, or are too few: \(hang.waiting) "
                + (hang.waiting == 1 ? "connection waits" : "connections wait")
                + " to be accepted, and "
                + (hang.isCounted ? "none has been for " : "their number has not fallen for ") + hang.lasting.text,
            advice: "`deployd logs \(number)`; `deployd restart` starts others, `deployd rollback` goes back")
    }

    /// What was found gone when it was looked last, in short.
    private var surroundingsProblem: String? {
        attention.missing.min { $0.key < $1.key }.map { "\(name($0.key)): \($0.value) is gone" }
    }

    /// Releases whose files were taken away while their workers serve.
    private var missingProblems: [ProblemReport] {
        attention.missing.sorted { $0.key < $1.key }.map { generation, path in
            ProblemReport(
                "\(path) is gone, from which \(name(generation)) runs: a worker that exits cannot be restarted",
                advice: "put it back, or deploy a release that is there: `deployd deploy RELEASE`")
        }
    }

    /// What others may write to of what the next master goes by.
    private var trustProblems: [ProblemReport] {
        FileTrust(user: ThisProcess.uid).problems(with: directory).map { problem in
            ProblemReport(
                "\(problem.file): found \(problem.found), expected \(problem.expected); no master would start with it",
                advice: problem.advice)
        }
    }

    /// What a person should look at, and what to type.
    func problems(_ view: MachineView) -> [ProblemReport] {
        var problems: [ProblemReport] = []
        if view.isStopping {
            let what = waitedFor.dropLast().joined(separator: "; ")
            problems.append(
                ProblemReport(
                    "the master is stopping, and new connections are refused" + (what.isEmpty ? "" : "; \(what)"),
                    advice: "`deployd stop --now` does not wait; `deployd start` afterwards serves again"))
        }
        if let serving = machine.serving, machine.deployment == nil, !view.isStopping {
            problems += listeners.current.filter { $0.lane(of: serving) == nil }.map {
                ProblemReport(
                    "nobody accepts at \($0.setting.address): it is newer than the workers",
                    advice: "`deployd restart` starts workers that do")
            }
        }
        problems += listeners.all.compactMap(\.trouble).map { ProblemReport($0.text, advice: $0.advice) }
        problems += backlogProblems + trustProblems
        problems += startNotes.map { note in
            let parts = note.split(separator: ";", maxSplits: 1).map(String.init)
            return ProblemReport(parts[0], advice: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        if let savingFailure {
            problems.append(
                ProblemReport(
                    "\(ProblemReport.unwritable): \(savingFailure)",
                    advice: "make room or repair the directory; deploys are refused until then"))
        }
        problems += [absenceProblem(view), hangProblem].compactMap(\.self) + missingProblems
        problems += view.generations.compactMap(Self.unstartableProblem)
        if view.serving == nil && !view.isStopping {
            problems.append(
                ProblemReport(
                    "nothing serves", advice: "`deployd logs` shows why; `deployd deploy RELEASE` deploys another"))
        }
        for generation in view.generations {
            if generation.crashLoop != nil {
                problems.append(
                    ProblemReport(
                        "the workers of generation \(generation.number) (\(generation.label)) keep crashing"
                            + (generation.workers.compactMap(\.lastEnd).last.map { ": the last one \($0)" } ?? ""),
                        advice: generation.crashLoopAdvice(serving: view.serving)))
            }
        }
        return problems
    }
}
