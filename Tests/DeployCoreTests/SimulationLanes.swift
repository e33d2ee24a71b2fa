@testable import DeployCore

/// The kernel's group, in words: what net/core/sock_reuseport.c does.
struct SimulationKernelGroup {
    private(set) var members: [LaneNumber] = []
    /// In the order in which they joined.
    private(set) var roll: [LaneNumber] = []

    mutating func join(_ lane: LaneNumber) {
        members.append(lane)
        roll.append(lane)
    }

    mutating func leave(_ lane: LaneNumber) {
        guard let index = members.firstIndex(of: lane) else { return }
        members[index] = members[members.count - 1]
        members.removeLast()
        roll.removeAll { $0 == lane }
    }
}

/// A master and hostile workers, who take turns at one group in an order that a seed decides.
struct SimulationLanes {
    private var pool = LanePool()
    private var kernel = SimulationKernelGroup()
    private var random: SimulationRandom
    private var generation = 0
    /// Generations that have a lane.
    private var living: [Int] = []
    private var serving: Int?
    /// The index that the kernel's program names.
    private var named: Int?
    /// Lanes that workers have or had: each of them may be anywhere, at any moment.
    private var exposed: Set<LaneNumber> = []
    /// Lanes that a generation had once.
    private var used: Set<LaneNumber> = []
    private var reorders = 0

    private init(seed: UInt64) { random = SimulationRandom(seed: seed) }

    /// Plays two hundred turns; what went wrong in them, if anything did.
    static func violation(seed: UInt64) -> SimulationViolation? {
        var world = SimulationLanes(seed: seed)
        do {
            try world.play()
            return nil
        } catch {
            return error
        }
    }

    private mutating func play() throws(SimulationViolation) {
        try deploy()
        for _ in 0..<200 {
            let dice = random.number(below: 20)
            switch dice {
            case 0 where living.count < 6: try deploy()
            case 1, 2: retire()
            case 3: count()
            default: strike()
            }
            try check(dice < 4 ? "an action of the master" : "a strike")
        }
        if pool.holders.count > 7 + 3 * LanePool.mostFresh {
            throw SimulationViolation("\(pool.holders.count) lanes for \(living.count) generations")
        }
    }

    private mutating func stockUp() {
        while pool.shortage > 0 {
            let lane = pool.number()
            kernel.join(lane)
            pool.add(lane)
        }
    }

    /// What the master does before anything else.
    private mutating func count() {
        if !pool.reconcile(with: kernel.roll) {
            reorders += 1
            let kept = serving.flatMap { pool.lane(of: GenerationNumber(rawValue: $0)) }
            let others = pool.group.filter { $0 != kept }
            for lane in others {
                kernel.leave(lane)
                pool.lost(lane)
            }
            for lane in others {
                kernel.join(lane)
                pool.relisten(lane)
            }
        }
        for lane in pool.holders.keys.sorted() where pool.index(of: lane) == nil {
            kernel.join(lane)
            pool.relisten(lane)
        }
        steer()
        stockUp()
        for lane in pool.surplus {
            kernel.leave(lane)
            pool.close(lane)
        }
        steer()
    }

    private mutating func steer() {
        guard let serving else { return }
        pool.name([GenerationNumber(rawValue: serving)])
        stockUp()
        named = pool.indices(for: .only(GenerationNumber(rawValue: serving)))?.first?.index
    }

    private mutating func deploy() throws(SimulationViolation) {
        count()
        generation += 1
        guard let lane = pool.acquire(for: GenerationNumber(rawValue: generation)) else {
            throw SimulationViolation("there is no lane for generation \(generation)")
        }
        if used.contains(lane) { throw SimulationViolation("lane \(lane) is used again") }
        used.insert(lane)
        exposed.insert(lane)
        stockUp()
        living.append(generation)
        serving = generation
        steer()
    }

    private mutating func retire() {
        guard let gone = one(of: living.filter { $0 != serving }) else { return }
        count()
        living.removeAll { $0 == gone }
        pool.release(GenerationNumber(rawValue: gone), until: Instant(sinceBoot: .zero))
        for lane in pool.expired(at: Instant(sinceBoot: .zero)) {
            stockUp()
            kernel.leave(lane)
            pool.close(lane)
            // It is shut down and disowned: nobody can bring it back.
            exposed.remove(lane)
        }
        steer()
    }

    private mutating func strike() {
        let own = serving.flatMap { pool.lane(of: GenerationNumber(rawValue: $0)) }
        guard let lane = one(of: exposed.filter { $0 != own }.sorted()) else { return }
        if kernel.members.contains(lane) { kernel.leave(lane) } else { kernel.join(lane) }
    }

    /// Users enter the lane of who serves, and no other.
    private func check(_ what: String) throws(SimulationViolation) {
        guard let serving, let named else { return }
        let lane = pool.lane(of: GenerationNumber(rawValue: serving))
        let reached = named < kernel.members.count ? kernel.members[named] : nil
        if reached != lane {
            throw SimulationViolation(
                "after \(what) index \(named) of \(kernel.members) is not \(lane.map(\.description) ?? "there")")
        }
    }

    private mutating func one<Element>(of elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[random.number(below: elements.count)]
    }
}
