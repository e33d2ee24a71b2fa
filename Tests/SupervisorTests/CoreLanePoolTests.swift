import Testing

@testable import Supervisor

@Suite("The lane pool")
struct CoreLanePoolTests {
    /// A pool in which these generations have lanes, opened in this order.
    func pool(_ generations: Int...) -> LanePool {
        var pool = LanePool()
        for number in generations {
            pool.opened(pool.acquire(for: .init(rawValue: number)).lane)
        }
        return pool
    }

    @Test("A new lane joins the group at the end, when it listens")
    func joins() {
        var pool = pool(1)
        #expect(pool.acquire(for: 2) == .open(2))
        #expect(pool.index(of: 2) == nil)
        #expect(pool.indices(for: .only(2)) == nil)
        pool.opened(2)
        #expect(pool.group == [1, 2])
        #expect(pool.indices(for: .only(2))?.map(\.index) == [1])
    }

    @Test("A lane is reused after its generation is gone, and keeps its index")
    func reuse() {
        var pool = pool(1, 2)
        #expect(pool.release(1) == 1)
        #expect(pool.acquire(for: 3) == .reuse(1))
        #expect(pool.index(of: 1) == 0)
        #expect(pool.lane(of: 3) == 1)
        #expect(pool.release(1) == nil)
    }

    @Test("The last lane takes the index of one that was shut down, which listens again at the end")
    func lost() {
        var pool = pool(1, 2, 3)
        pool.lost(1)
        #expect(pool.group == [3, 2])
        #expect(pool.indices(for: .only(1)) == nil)
        #expect(pool.indices(for: .only(3))?.map(\.index) == [0])
        pool.lost(1)
        pool.relisten(1)
        #expect(pool.group == [3, 2, 1])
    }

    @Test("When several are shut down at once, the order of two others is not known, that of one is")
    func lostTogether() {
        for (lanes, lost, isKnown) in [(3, [1, 2], true), (4, [2], true), (4, [1, 2], false)] {
            var pool = LanePool()
            for number in 1...lanes { pool.opened(pool.acquire(for: .init(rawValue: number)).lane) }
            let answer = pool.lost(lost.map { LaneNumber(rawValue: $0) })
            #expect(answer == isKnown)
            #expect(pool.group.count == lanes - lost.count)
        }
    }

    @Test("After a kill there are no lanes but those whose sockets are left")
    func recover() {
        var pool = pool(1, 2, 3)
        _ = pool.acquire(for: 4)
        pool.release(1)
        let isOrderKnown = pool.recover { lane in lane == 2 ? true : nil }
        #expect(isOrderKnown)
        #expect(pool.group == [2])
        #expect(pool.holders == [2: .generation(2)])
        #expect(pool.acquire(for: 5) == .open(5))
    }

    @Test("A free lane that was shut down is listened on again, if no other is free")
    func listenAgain() {
        var pool = pool(1, 2)
        pool.release(1)
        pool.lost(1)
        #expect(pool.acquire(for: 3) == .listenAgain(1))
        pool.relisten(1)
        #expect(pool.group == [2, 1])
        pool.release(2)
        pool.release(3)
        pool.lost(1)
        #expect(pool.acquire(for: 4) == .reuse(2))
    }

    @Test("A lane that cannot be opened leaves nothing behind")
    func openFailed() {
        var pool = pool(1)
        let lane = pool.acquire(for: 2).lane
        pool.openFailed(lane)
        #expect(pool.lane(of: 2) == nil)
        #expect(pool.holders.count == 1)
        #expect(pool.acquire(for: 2) == .open(3))
    }

    @Test("A closed lane is forgotten")
    func closed() {
        var pool = pool(1, 2, 3)
        pool.release(2)
        pool.closed(2)
        #expect(pool.group == [1, 3])
        #expect(pool.holders.keys.sorted() == [1, 3])
    }

    @Test("A lane that listened before is free, and the next generation's")
    func adopt() {
        var pool = LanePool()
        #expect(pool.adopt() == 1)
        #expect(pool.adopt() == 2)
        #expect(pool.acquire(for: 7) == .reuse(1))
        #expect(pool.acquire(for: 8) == .reuse(2))
        #expect(pool.acquire(for: 9) == .open(3))
        pool.opened(3)
        #expect(pool.group == [1, 2, 3])
    }

    @Test("Any number of deploys, two lanes")
    func bounded() {
        var pool = pool(1)
        for number in 2...1_000 {
            let acquired = pool.acquire(for: .init(rawValue: number))
            if case .open(let lane) = acquired { pool.opened(lane) }
            #expect(pool.indices(for: .only(.init(rawValue: number)))?.count == 1)
            pool.release(.init(rawValue: number - 1))
        }
        #expect(pool.group == [1, 2])
    }
}
