internal import DeployCore
internal import Linux

/// News and outcomes of what was asked for, to the one who asked and to the journal.
///
/// A part of the master: it performs `report` and `finish`.
final class Answers {
    /// The number of a failed worker's last lines that its deploy shows.
    private static let shownLines = 20

    private unowned let master: any MasterView
    private let requests: Requests
    private let reloader: Reloader
    private let listeners: ListenerSet
    private let diagnosis: Diagnosis
    private let log: MasterLog

    init(
        _ master: any MasterView, _ requests: Requests, _ reloader: Reloader, _ listeners: ListenerSet,
        _ logs: GenerationLogs, _ log: MasterLog
    ) {
        self.master = master
        self.requests = requests
        self.reloader = reloader
        self.listeners = listeners
        diagnosis = Diagnosis(logs: logs)
        self.log = log
    }

    private var machine: Machine { master.machine }

    func report(_ request: RequestNumber?, _ progress: Progress) {
        switch progress {
        case .queued(let behind):
            requests.send(.queued(QueuedEvent(ahead: behind, behind: machine.deploymentInWords)), to: request)
        case .started(let step):
            announceStart(request)
            requests[request]?.step = step
            requests.send(.step(StepEvent(step.name, .started)), to: request)
            if step == .watching || step == .canary { noteUncounted(request) }
        case .finished(let step, let took):
            requests[request]?.step = nil
            let detail = requests[request]?.detail
            requests[request]?.detail = nil
            requests.send(
                .step(StepEvent(step.name, .finished, milliseconds: took.inMilliseconds, detail: detail)), to: request)
            if let generation = requests[request]?.generation {
                let words = detail.map { ": \($0)" } ?? ""
                log("\(master.name(generation)): \(step.name.rawValue) took \(took.inMilliseconds) ms\(words)")
            }
        case .failed(let step):
            requests[request]?.step = nil
            requests.send(.step(StepEvent(step.name, .failed)), to: request)
        case .concluding(let outcome): concluding(request, outcome)
        case .judged(let words): requests[request]?.detail = words
        case .seen(let summary, let awaited):
            guard let deployment = machine.deployment else { return }
            requests.send(.seen(summary.words(of: deployment, in: machine, awaited: awaited)), to: request)
        case .note(let note):
            let note = counted(note)
            log(note.description, note.urgency)
            requests.send(.note(note.description), to: request)
        }
    }

    /// A note with what only the workers' counters tell.
    private func counted(_ note: Note) -> Note {
        if case .waitsForRoom = note { .waitsForRoom(crowd) } else { note }
    }

    /// Who drains, and until when, by the same figures as `status`: who has no upgraded connections has the time for
    /// requests only.
    private var crowd: Crowd {
        let counters = master.counters
        return machine.lineage.crowd(at: EventLoop.now()) { counters[$0]?.upgraded != 0 }
    }

    /// Says once, as the watch begins, that answers to users are not judged, unless the release has a test of its own that
    /// does. (A restart is of a release whose deploy was told.)
    private func noteUncounted(_ request: RequestNumber?) {
        guard let pending = requests[request], !pending.isToldOfCounts, let generation = pending.generation,
            let deployment = machine.deployment, deployment.generation == generation, deployment.kind != .restart,
            deployment.evidence.errors != nil, deployment.evidence.test == nil,
            master.scoreboard(of: generation) == nil, let obstacle = master.countingObstacle(of: generation)
        else { return }
        requests[request]?.isToldOfCounts = true
        let note =
            "this program does not count its answers, and neither does the kernel (\(obstacle)), so the watch cannot see a "
            + "5xx sent to a user: put it behind `web`, or set `watch.test`"
        log("\(master.name(generation)): \(note)")
        requests.send(.note(note), to: request)
    }

    /// Says once which generation it is that steps are reported of.
    private func announceStart(_ request: RequestNumber?) {
        guard let pending = requests[request], pending.generation == nil, let deployment = machine.deployment,
            let plan = machine.generation(deployment.generation)?.plan
        else { return }
        requests[request]?.generation = deployment.generation
        _ = master.runnable(deployment.generation)
        log("\(deployment.kind.rawValue): \(plan.path) becomes \(master.name(deployment.generation))")
        requests.send(
            .started(
                StartedEvent(
                    verb: pending.verb, generation: deployment.generation.rawValue, release: plan.label,
                    from: ServingReport(machine))), to: request)
    }

    func finish(_ request: RequestNumber?, _ outcome: Outcome) -> [Event] {
        guard let request, let pending = requests[request] else { return [] }
        var answer = answer(to: pending, outcome)
        var events: [Event] = []
        if let former = pending.former, !outcome.isCommitted {
            events = reloader.goBack(to: former)
            answer.message += "\nthe settings from before the reload apply again"
        }
        if let generation = pending.generation {
            let reason = answer.message.isEmpty ? "" : ": \(answer.message.replacing("\n", with: "; "))"
            let isBad = answer.outcome == .failed || answer.outcome == .rolledBack
            log("\(master.name(generation)): \(answer.outcome.rawValue)\(reason)", isBad ? .error : .information)
            if !pending.isConcluding { explain(outcome, request, pending, generation) }
        }
        requests.send(.done(answer), to: request)
        requests.remove(request)
        return events
    }

    /// Tells the client of the deploy of a failed probe, if it is something new.
    func tell(_ failure: ProbeFailure, of generation: GenerationNumber) {
        guard let deployment = machine.deployment, deployment.generation == generation,
            requests[deployment.request]?.lastProbe != failure.text
        else { return }
        requests[deployment.request]?.lastProbe = failure.text
        tellJournal(failure, generation, deployment.request)
        requests.send(
            .probe(ProbeEvent(generation: generation.rawValue, text: failure.text)), to: deployment.request)
    }

    /// A start at a terminal has no other word of why nothing serves yet.
    private func tellJournal(_ failure: ProbeFailure, _ generation: GenerationNumber, _ request: RequestNumber?) {
        guard let request, let pending = requests[request], pending.client == nil,
            pending.probesTold.count < 5, !pending.probesTold.contains(failure.text)
        else { return }
        requests[request]?.probesTold.insert(failure.text)
        log("\(master.name(generation)): not yet: \(failure.text)")
    }

    /// The outcome is there, and a hook runs before it is told as the last word.
    private func concluding(_ request: RequestNumber?, _ outcome: Outcome) {
        guard let request, let pending = requests[request], let generation = pending.generation else { return }
        explain(outcome, request, pending, generation)
        requests[request]?.step = nil
        requests[request]?.isConcluding = true
    }

    private func explain(
        _ outcome: Outcome, _ request: RequestNumber, _ pending: Requests.Pending, _ generation: GenerationNumber
    ) {
        switch outcome {
        case .committed: log("\(master.name(generation)) serves on \(addresses)")
        // Its output was shown as it came.
        case .failed(.hookFailed): tellWhy(request, pending, generation, lines: 0)
        case .failed: tellWhy(request, pending, generation, lines: Self.shownLines)
        case .rolledBack: tellWhy(request, pending, generation, lines: Self.shownLines, isMet: true)
        case .cancelled, .refused, .done: break
        }
    }

    /// The listeners' addresses: "127.0.0.1:8080, unix:/run/web.sock".
    private var addresses: String { listeners.all.map(\.setting.address.description).joined(separator: ", ") }

    /// The failed generation's last words, before the outcome.
    private func tellWhy(
        _ request: RequestNumber, _ pending: Requests.Pending, _ generation: GenerationNumber, lines count: Int,
        isMet: Bool = false
    ) {
        if let step = pending.step { requests.send(.step(StepEvent(step.name, .failed)), to: request) }
        let healthPath = pending.release?.healthPath ?? Defaults.healthPath
        for line in diagnosis.lastWords(of: generation, count, healthPath: healthPath, isMet: isMet) {
            requests.send(.output(OutputEvent(generation: generation.rawValue, text: line)), to: request)
            // Nobody else is told why a first start fails. Else a line is what a program has to say, and no error of its own.
            let urgency: Urgency = machine.serving == nil ? .error : .information
            if pending.client == nil { log("\(master.name(generation)) wrote: \(line)", urgency) }
        }
    }

    private func answer(to pending: Requests.Pending, _ outcome: Outcome) -> DoneEvent {
        let (word, message): (ControlOutcome, String) =
            switch outcome {
            case .committed: (.committed, pending.news.joined(separator: "\n"))
            case .failed(let failure): (.failed, failure.description + hint(on: failure, of: pending.generation))
            case .cancelled: (.cancelled, pending.isOverdue ? "the cut-over did not come within --timeout" : "")
            case .rolledBack(let failure):
                (.rolledBack, failure.description + hint(on: failure, of: pending.generation))
            case .refused(.busy(let generation)):
                (.busy, Refusal.busy(generation).description + ": " + machine.deploymentInWords)
            case .refused(.tooManyDrain): (.busy, Refusal.tooManyDrain(crowd).description)
            case .refused(let refusal): (.refused, refusal.description)
            case .done: (.completed, pending.verb == .scale ? kindsNotScaled : "")
            }
        return DoneEvent(
            word, message: message, serving: ServingReport(machine),
            milliseconds: (EventLoop.now() - pending.askedAt).inMilliseconds)
    }

    /// That a scale is one of the web workers, where there are others.
    private var kindsNotScaled: String {
        let kinds = machine.generation(machine.serving)?.plan.processes.map(\.name) ?? []
        guard !kinds.isEmpty else { return "" }
        return "of the web workers: the number of \(kinds.joined(separator: ", ")) is set in the release's `processes`"
    }

    private func hint(on failure: Failure, of generation: GenerationNumber?) -> String {
        guard let generation else { return "" }
        return diagnosis.hint(on: failure, of: generation, master.runnable(generation))
    }

    /// To the one who asked for the deploy under way, what its commands print.
    func tellPrinted(_ lines: [String], _ generation: GenerationNumber) {
        let request = machine.deployment?.request
        for line in lines {
            requests.send(.output(OutputEvent(generation: generation.rawValue, text: line)), to: request)
        }
    }
}

extension Note {
    /// The urgency for a reader of the journal.
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
