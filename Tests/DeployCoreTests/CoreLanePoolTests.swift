import FoundationEssentials
import TestSupport
import Testing

@testable import DeployCore

@Suite("The lane pool")
struct CoreLanePoolTests {
    static func at(_ seconds: Int) -> Instant { Instant(sinceBoot: .seconds(seconds)) }

    /// Opens what the pool lacks.
    func stockUp(_ pool: inout LanePool) {
        while pool.shortage > 0 { pool.add(pool.number()) }
    }

    /// A pool in which these generations have lanes, opened in this order.
    func pool(_ generations: Int...) -> LanePool {
        var pool = LanePool()
        for number in generations {
            stockUp(&pool)
            let lane = pool.acquire(for: .init(rawValue: number))
            #expect(lane != nil)
            pool.name([GenerationNumber(rawValue: number)])
            stockUp(&pool)
        }
        return pool
    }

    @Test("A new lane joins the group at the end, and is nobody's")
    func joins() {
        var pool = LanePool()
        let none = pool.acquire(for: 1)
        #expect(none == nil)
        #expect(pool.shortage == 1)
        stockUp(&pool)
        #expect(pool.group == [1] && pool.waitingRoom == 1)
        let first = pool.acquire(for: 1)
        #expect(first == 1)
        #expect(pool.waitingRoom == nil && pool.shortage == 1)
        stockUp(&pool)
        #expect(pool.group == [1, 2])
        #expect(pool.indices(for: .only(1))?.map(\.index) == [0])
        #expect(pool.indices(for: .only(2)) == nil)
    }

    @Test("A lane is never used again: the fresh one that takes its place is the next generation's")
    func neverReused() {
        var pool = pool(1, 2)
        #expect(pool.group == [1, 2, 3])
        pool.release(1, until: Self.at(70))
        #expect(pool.expired(at: Self.at(69)) == [] && pool.nextDeadline == Self.at(70))
        #expect(pool.expired(at: Self.at(70)) == [1])
        pool.close(1)
        #expect(pool.group == [3, 2])
        #expect(pool.indices(for: .only(2))?.map(\.index) == [1])
        stockUp(&pool)
        #expect(pool.group == [3, 2, 4])
        let third = pool.acquire(for: 3)
        #expect(third == 3)
        #expect(pool.shortage == 0)
        let ninth = pool.release(9, until: Self.at(0))
        #expect(ninth == nil)
    }

    @Test("Behind the lanes in force stand as many fresh ones as others before them, and one at least")
    func shortage() {
        #expect(pool(1).group == [1, 2])
        #expect(pool(1, 2).group == [1, 2, 3])
        #expect(pool(1, 2, 3).group == [1, 2, 3, 4, 5])
        let many = pool(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
        #expect(many.group.count == 12 + LanePool.mostFresh)
    }

    @Test("Fresh lanes that nobody needs any more are closed, and no lane in force moves")
    func surplus() {
        var pool = pool(1, 2, 3, 4)
        for number in 1...3 { pool.release(GenerationNumber(rawValue: number), until: Self.at(0)) }
        for lane in pool.expired(at: Self.at(1)) { pool.close(lane) }
        stockUp(&pool)
        // The one that serves is the last but one: what is before it has to stay.
        #expect(pool.group == [7, 6, 5, 4, 8] && pool.surplus == [])
        _ = pool.acquire(for: 5)
        pool.name([5])
        pool.release(4, until: Self.at(0))
        pool.close(4)
        #expect(pool.shortage == 0)
        for lane in pool.surplus { pool.close(lane) }
        #expect(pool.group == [7, 8])
        #expect(pool.shortage == 0 && pool.surplus == [])
        #expect(pool.indices(for: .only(5))?.map(\.index) == [0])
    }

    @Test("Who leaves and joins again is noticed, and the others' order is known")
    func reconcile() throws {
        var pool = pool(1, 2)
        // The worker of generation 1 shuts its lane down, and lets it listen again.
        let isKnown = pool.reconcile(with: [2, 3, 1])
        #expect(isKnown)
        #expect(pool.group == [3, 2, 1])
        let isKnownThen = pool.reconcile(with: [2, 3])
        #expect(isKnownThen)
        #expect(pool.group == [3, 2])
        #expect(pool.indices(for: .only(1)) == nil)
        pool.relisten(1)
        #expect(pool.group == [3, 2, 1])
        // Nothing has happened.
        let isKnownAtLast = pool.reconcile(with: [2, 3, 1])
        #expect(isKnownAtLast)
    }

    @Test("Of several that left the order of the others is not known, unless there is one")
    func lostTogether() {
        let cases = [
            ([3, 4, 5], false), ([5], true), ([3, 4, 5, 1], false), ([2, 4, 5, 1, 3], false),
            // Of the two that are left it is the same who went first.
            ([2, 3], true), ([1, 2], true),
        ]
        for (roll, isKnown) in cases {
            var pool = pool(1, 2, 3)
            let lanes = roll.map { LaneNumber(rawValue: $0) }
            let answer = pool.reconcile(with: lanes)
            #expect(answer == isKnown, "\(roll)")
            #expect(Set(pool.group) == Set(lanes))
        }
    }

    @Test("What an earlier master opened in its last moment is a fresh lane")
    func unknown() {
        var pool = pool(1)
        #expect(pool.mayHave(3) && pool.mayHave(1))
        let isKnown = pool.reconcile(with: [1, 2, 3])
        #expect(isKnown)
        #expect(pool.holders[3] == .fresh)
        let next = pool.number()
        #expect(next == 4)
    }

    @Test("A state of before there were fresh lanes is read, and its free lanes go")
    func oldState() throws {
        let text = """
            {"group":[1,2,3],"holders":[1,{"generation":{"_0":4}},2,{"nobody":{}},3,{"opening":{"_0":5}}],"next":4}
            """
        var pool = try JSONDecoder().decode(LanePool.self, from: Data(text.utf8))
        #expect(pool.joined == nil)
        pool.modernize(until: Self.at(60)) { $0 != 3 }
        #expect(pool.holders == [1: .generation(4), 2: .retired(until: Self.at(60))])
        let isKnown = pool.reconcile(with: [1, 2])
        #expect(isKnown)
        #expect(pool.joined == [1, 2] && pool.shortage == 1)
    }

    @Test("Any number of deploys, three lanes")
    func bounded() {
        var pool = pool(1)
        for number in 2...1_000 {
            stockUp(&pool)
            _ = pool.acquire(for: .init(rawValue: number))
            pool.name([.init(rawValue: number)])
            stockUp(&pool)
            #expect(pool.indices(for: .only(.init(rawValue: number)))?.count == 1)
            pool.release(.init(rawValue: number - 1), until: Self.at(0))
            for lane in pool.expired(at: Self.at(0)) { pool.close(lane) }
            for lane in pool.surplus { pool.close(lane) }
        }
        #expect(pool.group.count <= 3)
        #expect(pool.holders.count == pool.group.count)
    }

    @Test("However many generations are gone, only so many of their lanes wait")
    func boundedRetired() {
        var pool = LanePool()
        for number in 1...(LanePool.mostRetired + 10) {
            stockUp(&pool)
            _ = pool.acquire(for: .init(rawValue: number))
            pool.release(.init(rawValue: number), until: Self.at(1000 + number))
        }
        #expect(pool.expired(at: Self.at(0)).count == 10)
        #expect(pool.expired(at: Self.at(0)).first == 1)
    }

    /// Whether, in some order in which the loose lanes can leave the group, users enter one that has yet to leave.
    static func canStray(_ group: [LaneNumber], loose: Set<LaneNumber>, index: Int) -> Bool {
        loose.contains { gone in
            var rest = group
            guard let place = rest.firstIndex(of: gone), let last = rest.popLast() else { return false }
            if place < rest.count { rest[place] = last }
            let left = loose.subtracting([gone])
            let entered = index < rest.count ? [rest[index]] : rest
            return entered.contains(where: left.contains) || canStray(rest, loose: left, index: index)
        }
    }

    @Test("With one loose lane before it, the lane that users enter is safe in whatever order the loose ones leave")
    func exposure() throws {
        // All groups of up to six lanes: which are loose (the rest are workers'), and which is steered to.
        for count in 1...6 {
            for top in 0..<count {
                for bits in 0..<(1 << count) where bits & (1 << top) == 0 {
                    var pool = LanePool()
                    for index in 0..<count {
                        let holder: LanePool.Holder =
                            bits & (1 << index) != 0 ? .fresh : .generation(.init(rawValue: index + 1))
                        pool.add(pool.number(), holder)
                    }
                    pool.name([.init(rawValue: top + 1)])
                    let loose = Set(pool.group.indices.filter { bits & (1 << $0) != 0 }.map { pool.group[$0] })
                    let strays = Self.canStray(pool.group, loose: loose, index: top)
                    let exposed = pool.exposure > 1
                    #expect(exposed || !strays, "\(pool.group), loose \(loose), steered to \(top)")
                    // Workers' lanes behind it fill gaps, and stay.
                    guard loose.isSuperset(of: pool.group.dropFirst(top + 1)) else { continue }
                    #expect(strays == exposed, "\(pool.group), loose \(loose), steered to \(top)")
                }
            }
        }
    }

    @Test("The newest generation's lane fills the place of one that stood before it, and a fresh one does not")
    func newestFills() throws {
        var pool = pool(1, 2)
        _ = pool.acquire(for: 3)
        // It is probed.
        pool.name([2, 3])
        stockUp(&pool)
        #expect(pool.group == [1, 2, 3, 4, 5] && pool.gap(serving: [2]) == nil)
        pool.release(1, until: Self.at(0))
        var hasty = pool
        #expect(pool.fence(behind: 1, serving: [2]) == [5, 4])
        #expect(pool.fence(behind: 3, serving: [2]) == nil && pool.fence(behind: 4, serving: [2]) == nil)
        for lane: LaneNumber in [5, 4, 1] { pool.close(lane) }
        stockUp(&pool)
        #expect(pool.group.prefix(2) == [3, 2] && pool.gap(serving: [2]) == nil)
        // A kill of those who hold the fresh ones moves neither, whichever users enter now.
        for generations: Set<GenerationNumber> in [[2, 3], [3]] {
            pool.name(generations)
            #expect(pool.exposure == 0)
        }

        // Where a fresh one filled it, it is the newest's turn as soon as that may move.
        hasty.close(1)
        stockUp(&hasty)
        #expect(hasty.group.prefix(3) == [5, 2, 3] && hasty.gap(serving: [2]) == 5)
        for lane in try #require(hasty.fence(behind: 5, serving: [2])) + [5] { hasty.close(lane) }
        stockUp(&hasty)
        #expect(hasty.group.prefix(2) == [3, 2] && hasty.gap(serving: [2]) == nil)
        #expect(hasty.indices(for: .only(2))?.map(\.index) == [1])
    }

    @Test("No lane that users are sent to moves into a gap")
    func servingStay() {
        var pool = pool(1, 2)
        _ = pool.acquire(for: 3)
        stockUp(&pool)
        pool.release(1, until: Self.at(0))
        for serving: Set<GenerationNumber> in [[2, 3], [3], []] {
            #expect(pool.fence(behind: 1, serving: serving) == nil)
        }
        pool.close(1)
        stockUp(&pool)
        for serving: Set<GenerationNumber> in [[2, 3], [3], []] { #expect(pool.gap(serving: serving) == nil) }
    }

    @Test("A lane with loose ones before it is brought forward")
    func advance() throws {
        var pool = pool(1, 2, 3, 4)
        #expect(pool.exposure == 0 && pool.advance(draining: []) == nil)
        for number in 1...3 {
            pool.release(.init(rawValue: number), until: Self.at(0))
            for lane in pool.expired(at: Self.at(0)) { pool.close(lane) }
        }
        stockUp(&pool)
        let lane = try #require(pool.lane(of: 4))
        #expect(pool.index(of: lane) == 3 && pool.exposure == 3)
        let plan = try #require(pool.advance(draining: []))
        for number in plan.behind + [plan.before] { pool.close(number) }
        #expect(pool.index(of: lane) == 0 && pool.exposure == 0)
    }

    @Test("A lane before which a fresh one and one of a generation that drains stand is brought forward in time")
    func advanceInTime() throws {
        var pool = pool(1, 2, 3)
        pool.release(2, until: Self.at(0))
        for lane in pool.expired(at: Self.at(0)) { pool.close(lane) }
        stockUp(&pool)
        let lane = try #require(pool.lane(of: 3))
        #expect(pool.index(of: lane) == 2 && pool.exposure == 1)
        #expect(pool.advance(draining: []) == nil)
        let plan = try #require(pool.advance(draining: [1]))
        for number in plan.behind + [plan.before] { pool.close(number) }
        #expect(pool.index(of: lane) == 1 && pool.exposure == 0)
        pool.release(1, until: Self.at(9))
        #expect(pool.exposure == 1)
    }

    @Test("A lane behind which another generation's stands is not brought forward, nor is one of two that users enter")
    func noAdvance() {
        var pool = pool(1, 2, 3, 4, 5)
        for number in 1...3 {
            pool.release(.init(rawValue: number), until: Self.at(0))
            for lane in pool.expired(at: Self.at(0)) { pool.close(lane) }
        }
        stockUp(&pool)
        #expect(pool.advance(draining: [4]) != nil)
        // Its workers accept, and in the moment when the other moves users may come to them.
        #expect(pool.exposure > 1 && pool.advance(draining: []) == nil)
        pool.name([4, 5])
        #expect(pool.exposure > 1 && pool.advance(draining: [4]) == nil)
        pool.name([4])
        #expect(pool.exposure > 1 && pool.advance(draining: []) == nil)
    }
}
