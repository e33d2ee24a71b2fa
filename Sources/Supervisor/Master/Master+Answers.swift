internal import DeployCore
internal import Linux

// The effects `report` and `finish`: news and outcomes, to the one who asked and to the journal.
extension Master {
    /// How many of a failed worker's last lines its deploy shows.
    private static let shownLines = 20

    func report(_ request: RequestNumber?, _ progress: Progress) {
        let client = requests[request]?.client
        switch progress {
        case .queued(let behind):
            send(.queued(QueuedEvent(ahead: behind, behind: deploymentInWords)), to: client)
        case .started(let step):
            announceStart(request)
            requests[request]?.step = step
            send(.step(StepEvent(step.name, .started)), to: client)
            if step == .watching || step == .canary { noteUncounted(request) }
        case .finished(let step, let took):
            requests[request]?.step = nil
            send(.step(StepEvent(step.name, .finished, milliseconds: took.inMilliseconds)), to: client)
            if let generation = requests[request]?.generation {
                log("\(name(generation)): \(step.name.rawValue) took \(took.inMilliseconds) ms")
            }
        case .failed(let step):
            requests[request]?.step = nil
            send(.step(StepEvent(step.name, .failed)), to: client)
        case .concluding(let outcome): concluding(request, outcome)
        case .note(let note):
            let note = counted(note)
            log(note.description, note.urgency)
            send(.note(note.description), to: client)
        }
    }

    /// A note with what only the workers' counters tell.
    private func counted(_ note: Note) -> Note {
        if case .waitsForRoom = note { .waitsForRoom(crowd) } else { note }
    }

    /// Who drains, and until when, by the same figures as `status`: who has no upgraded connections has the time for
    /// requests only.
    private var crowd: Crowd {
        let counters = counters()
        return machine.crowd(at: Self.now()) { counters[$0]?.upgraded != 0 }
    }

    /// Says once, as the watch begins, that answers to users are not judged, unless the release has a test of its own that
    /// does. (A restart is of a release whose deploy was told.)
    private func noteUncounted(_ request: RequestNumber?) {
        guard let pending = requests[request], !pending.isToldOfCounts, let generation = pending.generation,
            let deployment = machine.deployment, deployment.generation == generation, deployment.kind != .restart,
            deployment.evidence.errors != nil, deployment.evidence.test == nil, scoreboard(of: generation) == nil
        else { return }
        requests[request]?.isToldOfCounts = true
        log("\(name(generation)): \(Self.uncounted)")
        send(.note(Self.uncounted), to: pending.client)
    }

    private static let uncounted =
        "this program does not count its answers, so the watch cannot see a 5xx sent to a user: put it behind `web`, or "
        + "set `watch.test`"

    /// Says once which generation it is that steps are reported of.
    private func announceStart(_ request: RequestNumber?) {
        guard let pending = requests[request], pending.generation == nil, let deployment = machine.deployment,
            let plan = machine.generation(deployment.generation)?.plan
        else { return }
        requests[request]?.generation = deployment.generation
        _ = runnable(deployment.generation)
        log("\(deployment.kind.rawValue): \(plan.path) becomes \(name(deployment.generation))")
        send(
            .started(
                StartedEvent(
                    verb: pending.verb, generation: deployment.generation.rawValue, release: plan.label,
                    from: servingReport)), to: pending.client)
    }

    func finish(_ request: RequestNumber?, _ outcome: Outcome) {
        guard let request, let pending = requests[request] else { return }
        requests.remove(request)
        var answer = answer(to: pending, outcome)
        if let former = pending.former, !outcome.isCommitted {
            goBack(to: former)
            answer.message += "\nthe settings from before the reload apply again"
        }
        if let generation = pending.generation {
            let reason = answer.message.isEmpty ? "" : ": \(answer.message.replacing("\n", with: "; "))"
            let isBad = answer.outcome == .failed || answer.outcome == .rolledBack
            log("\(name(generation)): \(answer.outcome.rawValue)\(reason)", isBad ? .error : .information)
            if !pending.isConcluding { explain(outcome, pending, generation) }
        }
        send(.done(answer), to: pending.client)
        releases = releases.filter { machine.generation($0.key) != nil || machine.deployment?.generation == $0.key }
    }

    /// Tells the client of the deploy of a failed probe, if it is something new.
    func tell(_ failure: ProbeFailure, of generation: GenerationNumber) {
        guard let deployment = machine.deployment, deployment.generation == generation,
            requests[deployment.request]?.lastProbe != failure.text
        else { return }
        requests[deployment.request]?.lastProbe = failure.text
        tellJournal(failure, generation, deployment.request)
        send(
            .probe(ProbeEvent(generation: generation.rawValue, text: failure.text)),
            to: requests[deployment.request]?.client)
    }

    /// Who starts the master at a terminal has no other word of why nothing serves yet.
    private func tellJournal(_ failure: ProbeFailure, _ generation: GenerationNumber, _ request: RequestNumber?) {
        guard let request, let pending = requests[request], pending.client == nil,
            pending.probesTold.count < 5, !pending.probesTold.contains(failure.text)
        else { return }
        requests[request]?.probesTold.insert(failure.text)
        log("\(name(generation)): not yet: \(failure.text)")
    }

    /// The outcome is there, and a hook runs before it is told as the last word.
    private func concluding(_ request: RequestNumber?, _ outcome: Outcome) {
        guard let pending = requests[request], let generation = pending.generation else { return }
        explain(outcome, pending, generation)
        requests[request]?.step = nil
        requests[request]?.isConcluding = true
    }

    private func explain(_ outcome: Outcome, _ pending: RequestDesk.Pending, _ generation: GenerationNumber) {
        switch outcome {
        case .committed: log("\(name(generation)) serves on \(addresses)")
        // Its output was shown as it came.
        case .failed(.hookFailed): tellWhy(pending, generation, lines: 0)
        case .failed: tellWhy(pending, generation, lines: Self.shownLines)
        case .rolledBack: tellWhy(pending, generation, lines: Self.shownLines, isMet: true)
        case .cancelled, .refused, .done: break
        }
    }

    /// Where users connect: "127.0.0.1:8080, unix:/run/web.sock".
    private var addresses: String { listeners.all.map(\.setting.address.description).joined(separator: ", ") }

    /// The failed generation's last words, before the outcome.
    private func tellWhy(
        _ pending: RequestDesk.Pending, _ generation: GenerationNumber, lines count: Int, isMet: Bool = false
    ) {
        if let step = pending.step { send(.step(StepEvent(step.name, .failed)), to: pending.client) }
        let healthPath = pending.release?.healthPath ?? Defaults.healthPath
        for line in lastWords(of: generation, count, healthPath: healthPath, isMet: isMet) {
            send(.output(OutputEvent(generation: generation.rawValue, text: line)), to: pending.client)
            // Nobody else is told why a first start fails. Else a line is what a program has to say, and no error of its own.
            let isStart = machine.serving == nil
            if pending.client == nil { log("\(name(generation)) wrote: \(line)", isStart ? .error : .information) }
        }
    }

    /// The last lines that say something new, at most `count`; of several kinds of processes each its share, each line with
    /// its kind.
    private func lastWords(
        of generation: GenerationNumber, _ count: Int, healthPath: String, isMet: Bool
    ) -> [String] {
        let names = count > 0 ? logs.names(of: generation) : []
        let share = max(1, count / max(1, names.count))
        return names.flatMap { name in
            let lines = logs.lines(of: generation, process: name.process)
            let shown = LogExcerpt(lines, healthPath: healthPath, isMet: isMet).last(share)
            return names.count == 1 ? shown : shown.map { "\(name.kind) | \($0)" }
        }
    }

    private func answer(to pending: RequestDesk.Pending, _ outcome: Outcome) -> DoneEvent {
        let (word, message): (ControlOutcome, String) =
            switch outcome {
            case .committed: (.committed, pending.news.joined(separator: "\n"))
            case .failed(let failure): (.failed, failure.description + hint(on: failure, of: pending.generation))
            case .cancelled: (.cancelled, pending.isOverdue ? "the cut-over did not come within --timeout" : "")
            case .rolledBack(let failure):
                (.rolledBack, failure.description + hint(on: failure, of: pending.generation))
            case .refused(.busy(let generation)):
                (.busy, Refusal.busy(generation).description + ": " + deploymentInWords)
            case .refused(.tooManyDrain): (.busy, Refusal.tooManyDrain(crowd).description)
            case .refused(let refusal): (.refused, refusal.description)
            case .done: (.completed, "")
            }
        return DoneEvent(
            word, message: message, serving: servingReport,
            milliseconds: (Self.now() - pending.askedAt).inMilliseconds)
    }

    /// What may have ended a worker, and what to do; empty where nothing points to it.
    private func hint(on failure: Failure, of generation: GenerationNumber?) -> String {
        guard let generation else { return "" }
        switch failure {
        case .exitedEarly(let worker): return portHint(worker, generation) + limitHint(worker, generation)
        case .exitedDuringWatch(let worker): return limitHint(worker, generation)
        case .notSaved, .hookFailed, .noLanes, .notSpawned, .neverReady, .notAnswering, .answersBadly, .notSteered,
            .evidence, .deserted, .nowhereToGoBack, .notCommitted, .undoneByOperator, .masterStopped, .machineDied,
            .masterDied:
            return ""
        }
    }

    private func limitHint(_ worker: LostWorker, _ generation: GenerationNumber) -> String {
        guard let release = runnable(generation) else { return "" }
        let order = worker.slot.process.flatMap { release.process($0)?.order } ?? release.order
        return LimitHint.text(on: worker.end, limits: order.limits, generation: release.groupLimits)
    }

    /// That a worker ended since its port was taken, by the old generation for instance; empty where that is not what it
    /// wrote.
    private func portHint(_ worker: LostWorker, _ generation: GenerationNumber) -> String {
        let lines = logs.lines(of: generation, process: worker.slot.process)
        let isTaken = lines.contains { line in
            let line = line.lowercased()
            return line.contains("eaddrinuse") || line.contains("address already in use")
        }
        return isTaken ? "; its address was in use; \(Probe.portHint)" : ""
    }

    /// The deploy under way: "deploy of v2, probing since 4 s".
    var deploymentInWords: String {
        guard let report = deploymentReport(at: Self.now()) else { return "generations that drain" }
        return "\(report.verb.words(report.release)), \(report.step.rawValue) since \(report.stepSeconds) s"
    }
}

extension Note {
    /// How much it matters to who reads the journal.
    var urgency: Urgency {
        switch self {
        case .crashLoop, .commitFailed, .steeringBackFailed: .error
        case .exited, .notSpawned, .slowRespawn, .queueNotEmpty, .drainDeadline, .killed, .exitedRecycled, .warned,
            .notTakenBack, .steeringFailed, .hookFailed:
            .warning
        case .waitsForRoom, .canary, .recycled, .deployWaits: .information
        }
    }
}

extension DeployStep {
    /// The step as the control protocol calls it.
    var name: StepName {
        switch self {
        case .beforeHook: .beforeHook
        case .booting: .booting
        case .probing: .probing
        case .canary: .canary
        case .cuttingOver: .cutOver
        case .watching: .watching
        case .committing: .committing
        case .undoing: StepName(rawValue: "steering back")
        case .afterHook: .afterHook
        case .failureHook: .failureHook
        }
    }
}
