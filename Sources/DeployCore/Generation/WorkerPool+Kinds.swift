// The kinds of processes: who is ready when, and who drains behind whom.
extension WorkerPool {
    /// The kind that has this place; nil: it is a web worker's.
    private func process(_ slot: Slot) -> ProcessPlan? {
        slot.process.flatMap { name in plan.processes.first { $0.name == name } }
    }

    /// How long the worker in this place may be silent once it is ready; nil: as long as it likes.
    func watchdog(of slot: Slot) -> Duration? {
        slot.isWeb ? policies.watchdog : process(slot)?.watchdog
    }

    /// The kinds of which no other generation may have one beside this one.
    var exclusiveKinds: Set<String> { Set(plan.processes.filter { $0.isExclusive == true }.map(\.name)) }

    func isExclusive(_ slot: Slot) -> Bool { process(slot)?.isExclusive == true }

    /// Every place that the generation has from its beginning, in order.
    var places: [Slot] {
        (1...wanted).map { Slot($0) }
            + plan.processes.filter { $0.isExclusive != true }.flatMap { process in
                (0..<process.workers).map { Slot($0 + 1, of: process.name) }
            }
    }

    /// How many of each kind there should be. Of a generation on its way out only those are replaced whom others need.
    func strength(isLeaving: Bool) -> [(process: String?, count: Int)] {
        let present = plan.processes.filter { $0.isExclusive != true || heldJobs.contains($0.name) }
        let kinds = present.map { (process: $0.name as String?, count: $0.workers) }
        if isLeaving { return kinds.filter { isHeldBack(Slot(1, of: $0.process)) } }
        return [(process: nil, count: wanted)] + kinds
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

    /// Workers that say READY=1 are waited for, whatever the probes say; without that word, an answer has to do.
    var waitsForWord: Bool {
        workers.contains { !$0.isReady && announces($0.slot) }
    }

    /// Whose word, or answer, is wanting.
    var awaited: [Slot] {
        workers.filter { !$0.isReady && ($0.slot.isWeb || announces($0.slot)) }.map(\.slot).sorted()
    }

    /// Whether it has to stay until those are gone who may connect to it: web workers, and kinds that nobody connects to.
    func isHeldBack(_ slot: Slot) -> Bool {
        isUpstream(slot) && workers.contains { !isUpstream($0.slot) }
    }

    private func isUpstream(_ slot: Slot) -> Bool { process(slot)?.isUpstream ?? false }

    /// Until when a worker in this place may drain, if it begins now.
    func drainDeadlines(of slot: Slot, at now: Instant) -> DrainDeadlines {
        let drain = process(slot)?.drain
        return DrainDeadlines(
            requests: now + (drain?.requests ?? policies.drain.requests),
            upgrades: now + (drain?.upgrades ?? policies.drain.upgrades)
        ).within(stopBy)
    }

    /// Lets all finish what they have; those whom others of them need begin when these are gone.
    mutating func drain(at now: Instant) -> [Effect] {
        let held = Set(workers.filter { isHeldBack($0.slot) }.map(\.number))
        let effects = workers.map(\.number).filter { !held.contains($0) }.flatMap { drain($0, at: now) }
        dropGone()
        return effects + drainOn(at: now)
    }

    /// Tells those to drain who are still to be told, and whom nobody needs any more.
    mutating func drainOn(at now: Instant) -> [Effect] {
        let isFree = !workers.contains { !isUpstream($0.slot) }
        guard isFree else { return [] }
        let effects = workers.filter { !$0.isLeaving }.flatMap { drain($0.number, at: now) }
        dropGone()
        return effects
    }

    private mutating func drain(_ worker: WorkerNumber, at now: Instant) -> [Effect] {
        guard let index = index(of: worker) else { return [] }
        return workers[index].handle(.drain(drainDeadlines(of: workers[index].slot, at: now)), at: now)
    }

    /// All exit at once.
    mutating func terminate(at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        for index in workers.indices {
            workers[index].isLeaving = true
            effects += workers[index].handle(.terminate, at: now)
        }
        dropGone()
        return effects
    }

    /// When the last of those who drain is asked to exit at once, at the latest; nil: nobody drains.
    func drainsUntil(hasUpgrades: Bool) -> Instant? {
        let told = workers.compactMap { $0.leavesBy(hasUpgrades: hasUpgrades) }.max()
        // Those who are held back begin when the others are gone.
        let held = workers.filter { !$0.isLeaving }.compactMap { process($0.slot)?.drain.longest }.max()
        return (told.map { $0 + (held ?? .zero) }).map { end in stopBy.map { min($0, end) } ?? end }
    }
}
