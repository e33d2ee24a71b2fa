import TestSupport

@testable import DeployCore

/// A machine under test, the time, and the words in which its scripts are written.
struct CoreScript {
    var machine: Machine
    var now = Instant(sinceBoot: .seconds(1_000))
    private var nextPid: Int32 = 100

    init(policies: Policies = Self.plain) {
        machine = Machine(policies: policies)
    }

    /// The policies, but that only exits count during the watch: most scripts are about something else.
    static let plain: Policies = {
        var policies = Policies()
        policies.evidence = .exitsOnly
        return policies
    }()

    /// An event, now.
    mutating func send(_ event: Event) -> [Effect] {
        machine.handle(event, at: now)
    }

    /// The next deadline's tick. Nothing, if the machine waits for no time.
    mutating func tick() -> [Effect] {
        guard let deadline = machine.nextDeadline else { return [] }
        now = max(now, deadline)
        return machine.handle(.tick, at: now)
    }

    /// Time goes by, and the machine gets the ticks that it asks for.
    mutating func pass(_ duration: Duration) -> [Effect] {
        let end = now + duration
        var effects: [Effect] = []
        while let deadline = machine.nextDeadline, deadline <= end {
            effects += tick()
        }
        now = end
        return effects
    }

    /// The worker's process is there.
    mutating func spawned(_ worker: Int) -> [Effect] {
        nextPid += 1
        return send(.spawned(.init(rawValue: worker), .init(pid: nextPid, startTime: 1)))
    }

    /// A release that says READY=1, and is probed.
    static func plan(_ label: String = "v1", workers: Int = 1, readiness: Readiness = .both) -> ReleasePlan {
        ReleasePlan(path: "/srv/\(label)", label: label, workers: workers, readiness: readiness)
    }

    /// Brings a deploy to its cut-over; returns what followed the last answer.
    mutating func bringUp(
        _ generation: Int, plan: ReleasePlan, workers: [Int], kind: DeployKind = .deploy, request: Int? = nil
    ) -> [Effect] {
        let number = GenerationNumber(rawValue: generation)
        _ = send(.deploy(request.map { RequestNumber(rawValue: $0) }, plan, kind, wait: false))
        _ = send(.saved(number))
        _ = send(.lanesOpened(number))
        for worker in workers { _ = spawned(worker) }
        for worker in workers { _ = send(.ready(.init(rawValue: worker), .drains)) }
        for _ in 1...3 { _ = send(.probeSucceeded(number)) }
        return send(.saved(number))
    }

    /// Brings the first generation to serve.
    mutating func start(plan: ReleasePlan = plan(), workers: [Int] = [1]) -> [Effect] {
        _ = bringUp(1, plan: plan, workers: workers, kind: .start)
        _ = send(.steered(.only(.init(rawValue: 1))))
        return send(.committed(.init(rawValue: 1)))
    }
}

extension [Effect] {
    /// Without news, and what workers are told of kept connections, which most scripts are not about.
    var deeds: [Effect] {
        filter { effect in
            switch effect {
            case .report, .share: false
            default: true
            }
        }
    }

    /// What workers are told of kept connections.
    var shared: [SteeringTarget] {
        compactMap { if case .share(let target) = $0 { target } else { nil } }
    }
}

/// What an effect is about, or nil when it is another effect: for `#require`, so that no test passes by not looking.
extension Effect {
    var committedEntry: HistoryEntry? {
        if case .commit(let entry) = self { entry } else { nil }
    }

    var recordedEntry: HistoryEntry? {
        if case .record(let entry) = self { entry } else { nil }
    }

    var drainedWorker: WorkerNumber? {
        if case .drain(let worker, _) = self { worker } else { nil }
    }

    func warning(of generation: GenerationNumber, to request: RequestNumber) -> Failure? {
        if case .report(request, .note(.warned(generation, let failure))) = self { failure } else { nil }
    }
}
