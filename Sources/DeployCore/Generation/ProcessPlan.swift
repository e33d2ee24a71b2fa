/// What the machine knows of a kind of process that a generation has beside its web workers.
package struct ProcessPlan: Equatable, Codable, Sendable {
    /// What it is called.
    package let name: String
    /// How many of them a generation has, in processes.
    package let workers: Int
    /// When they count as ready.
    package var readiness: ProcessReadiness = .auto
    /// Whether other processes of the generation connect to it: it drains when those who may are gone.
    package var isUpstream = false
    /// How long a drain may take.
    package var drain = ProcessDrain()
    /// How long one that is ready may be silent; nil: as long as it likes.
    package var watchdog: Duration?

    package init(name: String, workers: Int) {
        self.name = name
        self.workers = workers
    }
}

/// How long the drain of a kind of process may take.
package struct ProcessDrain: Equatable, Codable, Sendable {
    /// See ``DrainPolicy/requests``.
    package var requests: Duration = .seconds(30)
    /// See ``DrainPolicy/upgrades``.
    package var upgrades: Duration = .seconds(300)

    package init() {}

    var longest: Duration { max(requests, upgrades) }
}

/// When a kind of process counts as ready.
package enum ProcessReadiness: String, Equatable, Codable, Sendable {
    /// As `notify` once any of the kind has said READY=1, as `none` while none has.
    case auto
    /// Each says READY=1.
    case notify
    /// Once it runs. READY=1 means nothing.
    case none
}

// A generation's kinds of processes: who is ready when, and who drains behind whom.
extension GenerationMachine {
    /// The kind that has this place; nil: it is a web worker's.
    func process(_ slot: Slot) -> ProcessPlan? {
        slot.process.flatMap { name in plan.processes.first { $0.name == name } }
    }

    /// How long the worker in this place may be silent once it is ready; nil: as long as it likes.
    package func watchdog(of slot: Slot) -> Duration? {
        slot.isWeb ? policies.watchdog : process(slot)?.watchdog
    }

    /// Every place that the generation has, in order.
    var places: [Slot] {
        (1...wanted).map { Slot($0) }
            + plan.processes.flatMap { process in (0..<process.workers).map { Slot($0 + 1, of: process.name) } }
    }

    /// How many of each kind there should be. Of a generation on its way out only those are replaced whom others need.
    var strength: [(process: String?, count: Int)] {
        let kinds = plan.processes.map { (process: $0.name as String?, count: $0.workers) }
        switch state {
        case .retiring, .draining: return kinds.filter { isHeldBack(Slot(1, of: $0.process)) }
        case .preparing, .opening, .booting, .probing, .standingBy, .serving, .warm, .ending, .gone:
            return [(process: nil, count: wanted)] + kinds
        }
    }

    /// Whether those of its kind say READY=1, so that it is ready when it says so.
    func announces(_ slot: Slot) -> Bool {
        slot.process.map(announcing.contains) ?? announces
    }

    /// Takes up that a worker said READY=1; false: of its kind that means nothing.
    mutating func believes(_ slot: Slot) -> Bool {
        guard let name = slot.process else {
            if plan.readiness != .probe { announces = true }
            return plan.readiness != .probe
        }
        guard let process = process(slot), process.readiness != .none else { return false }
        announcing.insert(name)
        return true
    }

    /// Whether it has to stay until those are gone who may connect to it: web workers, and kinds that nobody connects to.
    func isHeldBack(_ slot: Slot) -> Bool {
        isUpstream(slot) && workers.contains { !isUpstream($0.slot) }
    }

    private func isUpstream(_ slot: Slot) -> Bool { process(slot)?.isUpstream ?? false }

    /// Until when a worker in this place may drain, if it begins now.
    package func drainDeadlines(of slot: Slot, at now: Instant) -> DrainDeadlines {
        guard let drain = process(slot)?.drain else { return drainDeadlines(at: now) }
        return DrainDeadlines(requests: now + drain.requests, upgrades: now + drain.upgrades).within(stopBy)
    }

    /// Tells those to drain who are still to be told, and whom nobody needs any more.
    mutating func drainOn(at now: Instant) -> Step {
        var step = Step()
        guard state == .draining else { return goneIfEmpty(at: now) }
        let isFree = !workers.contains { !isUpstream($0.slot) }
        for index in workers.indices where isFree && !workers[index].isLeaving {
            let deadlines = drainDeadlines(of: workers[index].slot, at: now)
            step.effects += workers[index].handle(.drain(deadlines), at: now)
        }
        dropGone()
        return step + goneIfEmpty(at: now)
    }
}
