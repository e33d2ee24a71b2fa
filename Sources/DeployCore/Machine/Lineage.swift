/// The generations that there are, the one that serves, and the numbers that are given out to them and their workers.
///
/// A generation moves only by ``change(_:_:)``, which lends it the numbering: so no number is given out twice, and no news of it
/// is overheard.
package struct Lineage: Equatable, Sendable {
    /// Generations that have, or are about to have, lanes or processes, oldest first.
    package private(set) var generations: [GenerationMachine] = []
    /// The generation that new connections are steered to.
    package internal(set) var serving: GenerationNumber?
    private(set) var numbering: Numbering

    init(numbering: Numbering) {
        self.numbering = numbering
    }

    /// The generations as another master left them.
    init(
        resuming state: DurableState, survivors: Set<WorkerNumber>, policies: Policies, at now: Instant
    ) {
        numbering = state.numbering
        serving = state.serving
        generations = state.generations.map {
            GenerationMachine(resuming: $0, survivors: survivors, policies: policies, at: now)
        }
    }

    /// When a generation, or one of its workers, wants a tick.
    var nextDeadline: Instant? {
        generations.reduce(nil) { $0.earlier($1.nextDeadline) }
    }

    subscript(_ number: GenerationNumber?) -> GenerationMachine? {
        number.flatMap(index(of:)).map { generations[$0] }
    }

    /// The worker of this number, if it is not gone.
    func worker(_ number: WorkerNumber) -> WorkerMachine? {
        generations.lazy.compactMap { $0.worker(number) }.first
    }

    /// Adds a generation that has nothing yet.
    ///
    /// - Parameter workers: how many web workers it is to have; nil: as many as its release says.
    mutating func add(_ plan: ReleasePlan, _ policies: Policies, workers: Int?, at now: Instant) -> GenerationNumber {
        let number = numbering.generation()
        generations.append(
            GenerationMachine(
                number: number, plan: plan, policies: policies, workers: workers ?? plan.workers, at: now))
        return number
    }

    /// Lets a generation move. One that is gone does nothing.
    mutating func change(
        _ number: GenerationNumber, _ transition: (inout GenerationMachine, inout Numbering) -> GenerationStep
    ) -> GenerationStep {
        guard let index = index(of: number) else { return GenerationStep() }
        return transition(&generations[index], &numbering)
    }

    mutating func dropGone() {
        if generations.contains(where: { $0.state == .gone }) { generations.removeAll { $0.state == .gone } }
    }

    private func index(of number: GenerationNumber) -> Int? {
        generations.firstIndex { $0.number == number }
    }
}

// Generations that lose their users.
extension Lineage {
    /// Generations that lost their users and finish what they have.
    private var leaving: [GenerationMachine] {
        generations.filter { $0.stage == .retiring || $0.stage == .draining }
    }

    var leavingCount: Int { leaving.count }

    /// The generations that leave, and when the first of them is gone.
    ///
    /// - Parameter hasUpgrades: whether a generation may have upgraded connections, as far as its workers count them.
    package func crowd(at now: Instant, hasUpgrades: (GenerationNumber) -> Bool = { _ in true }) -> Crowd {
        let ends = leaving.compactMap { $0.drainsUntil(hasUpgrades: hasUpgrades($0.number)) }
        return Crowd(count: leaving.count, first: ends.min().map { max(.zero, $0 - now) })
    }

    /// Generations that users have been steered away from, and in which nobody takes what waits.
    func deserted(at now: Instant) -> [GenerationNumber] {
        generations.filter { generation in
            let hasLostUsers = generation.stage == .warm || generation.stage == .retiring
            return hasLostUsers && generation.number != serving && !generation.mayServe(at: now)
        }.map(\.number)
    }

    /// Has what waits at a generation passed on; said once.
    mutating func evacuate(_ number: GenerationNumber) -> [Effect] {
        guard let index = index(of: number), !generations[index].isEvacuated else { return [] }
        generations[index].isEvacuated = true
        return [.evacuate(number)]
    }

    /// Users who are steered to a generation are not passed on from there any more, whether the steering succeeds or not.
    mutating func giveBack(to target: SteeringTarget) {
        for number in target.generations {
            if let index = index(of: number) { generations[index].isEvacuated = false }
        }
    }
}
