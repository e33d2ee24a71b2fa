import Testing

@testable import Supervisor

/// The kernel's group, in words: what net/core/sock_reuseport.c does.
private struct KernelGroup {
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
private struct LaneWorld {
    var pool = LanePool()
    var kernel = KernelGroup()
    var random: SplitMix
    var generation = 0
    /// Generations that have a lane.
    var living: [Int] = []
    var serving: Int?
    /// The index that the kernel's program names.
    var named: Int?
    /// Lanes that workers have or had: each of them may be anywhere, at any moment.
    var exposed: Set<LaneNumber> = []
    /// Lanes that a generation had once.
    var used: Set<LaneNumber> = []
    var reorders = 0

    mutating func stockUp() {
        while pool.shortage > 0 {
            let lane = pool.number()
            kernel.join(lane)
            pool.add(lane)
        }
    }

    /// What the master does before anything else.
    mutating func count() {
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

    mutating func steer() {
        guard let serving else { return }
        pool.name([GenerationNumber(rawValue: serving)])
        stockUp()
        named = pool.indices(for: .only(GenerationNumber(rawValue: serving)))?.first?.index
    }

    mutating func deploy() throws {
        count()
        generation += 1
        let acquired = pool.acquire(for: GenerationNumber(rawValue: generation))
        let lane = try #require(acquired)
        #expect(!used.contains(lane), "lane \(lane) is used again")
        used.insert(lane)
        exposed.insert(lane)
        stockUp()
        living.append(generation)
        serving = generation
        steer()
    }

    mutating func retire() {
        guard let gone = living.filter({ $0 != serving }).randomElement(using: &random) else { return }
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

    mutating func strike() {
        let own = serving.flatMap { pool.lane(of: GenerationNumber(rawValue: $0)) }
        guard let lane = exposed.filter({ $0 != own }).sorted().randomElement(using: &random) else { return }
        if kernel.members.contains(lane) { kernel.leave(lane) } else { kernel.join(lane) }
    }

    /// Users enter the lane of who serves, and no other.
    func check(_ seed: UInt64, _ what: String) {
        guard let serving, let named else { return }
        let lane = pool.lane(of: GenerationNumber(rawValue: serving))
        let reached = named < kernel.members.count ? kernel.members[named] : nil
        #expect(
            reached == lane,
            "seed \(seed): after \(what) index \(named) of \(kernel.members) is not \(String(describing: lane))")
    }
}

/// Numbers by a seed.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}

@Suite("Lanes among hostile workers")
struct CoreLaneHostilityTests {
    @Test("Whatever others do with their lanes, users enter that of who serves", arguments: 0..<UInt64(300))
    func indices(seed: UInt64) throws {
        var world = LaneWorld(random: SplitMix(state: seed))
        try world.deploy()
        for _ in 0..<200 {
            let dice = Int.random(in: 0..<20, using: &world.random)
            switch dice {
            case 0 where world.living.count < 6: try world.deploy()
            case 1, 2: world.retire()
            case 3: world.count()
            default: world.strike()
            }
            world.check(seed, dice < 4 ? "an action of the master" : "a strike")
        }
        #expect(world.pool.holders.count <= 7 + 3 * LanePool.mostFresh)
    }
}
