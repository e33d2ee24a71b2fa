import Testing

@testable import WebWorker

@Suite struct UpstreamPoolTests {
    private func pool(connections: Int = 4, kept: Int = 2, waiting: Int = 8) -> UpstreamPool {
        var limits = UpstreamPool.Limits()
        (limits.maxConnections, limits.maxKept, limits.maxWaiting) = (connections, kept, waiting)
        (limits.patience, limits.pause) = (1000, 25)
        return UpstreamPool(limits)
    }

    @Test func aRequestTakesTheConnectionThatWasKeptLast() {
        var pool = pool()
        for request: UInt64 in 1...2 {
            let isTaken = pool.add(request, at: 0)
            #expect(isTaken)
        }
        #expect(pool.next(at: 0) == .connect && pool.next(at: 0) == .connect && pool.next(at: 0) == nil)
        pool.connected(11)
        #expect(pool.next(at: 0) == .send(request: 1, over: 11))
        pool.connected(12)
        #expect(pool.next(at: 0) == .send(request: 2, over: 12))
        #expect(pool.released(11) == nil && pool.released(12) == nil)
        #expect(pool.add(3, at: 0) && pool.next(at: 0) == .send(request: 3, over: 12))
        #expect(pool.nextDeadline(at: 0) == nil)
    }

    @Test func moreThanShouldBeKeptAreClosed() {
        var pool = pool(kept: 1)
        for request: UInt64 in 1...2 { _ = pool.add(request, at: 0) }
        _ = (pool.next(at: 0), pool.next(at: 0))
        pool.connected(11)
        pool.connected(12)
        _ = (pool.next(at: 0), pool.next(at: 0))
        #expect(pool.released(11) == nil && pool.released(12) == 11)
        pool.closed(11)
        pool.closed(12)
        #expect(pool.add(3, at: 0) && pool.next(at: 0) == .connect)
    }

    @Test func atTheLimitRequestsWaitInOrder() {
        var pool = pool(connections: 1, kept: 0, waiting: 2)
        #expect(pool.add(1, at: 0) && pool.next(at: 0) == .connect)
        pool.connected(11)
        #expect(pool.next(at: 0) == .send(request: 1, over: 11))
        #expect(pool.add(2, at: 0) && pool.add(3, at: 5) && !pool.add(4, at: 5))
        #expect(pool.next(at: 5) == nil && pool.nextDeadline(at: 5) == 1000)
        #expect(pool.released(11) == nil && pool.next(at: 9) == .send(request: 2, over: 11))
        pool.closed(11)
        #expect(pool.next(at: 9) == .connect)
        pool.connected(12)
        #expect(pool.next(at: 9) == .send(request: 3, over: 12))
        #expect(pool.released(12) == 12)
    }

    @Test func aServerThatIsAwayIsTriedOneAtATime() {
        var pool = pool()
        for request: UInt64 in 1...3 { _ = pool.add(request, at: 0) }
        #expect(pool.next(at: 0) == .connect)
        pool.connectFailed(.unreachable, at: 0)
        #expect(pool.next(at: 0) == nil && pool.nextDeadline(at: 0) == 25)
        #expect(pool.next(at: 25) == .connect && pool.next(at: 25) == nil)
        pool.connectFailed(.unreachable, at: 25)
        #expect(pool.next(at: 50) == .connect)
        pool.connected(11)
        #expect(pool.next(at: 50) == .send(request: 1, over: 11) && pool.next(at: 50) == .connect)
    }

    @Test func aRequestWhoseTimeIsOverHearsWhy() {
        var away = pool()
        _ = away.add(1, at: 0)
        _ = away.next(at: 0)
        away.connectFailed(.unreachable, at: 0)
        #expect(away.expire(at: 999).isEmpty)
        #expect(away.expire(at: 1000).map(\.failure) == [.unreachable])
        var slow = pool()
        _ = slow.add(1, at: 0)
        _ = slow.next(at: 0)
        #expect(slow.expire(at: 1000).map(\.failure) == [.tooSlow])
        var busy = pool(connections: 1)
        _ = busy.add(1, at: 0)
        _ = busy.next(at: 0)
        busy.connected(11)
        _ = busy.next(at: 0)
        _ = busy.add(2, at: 0)
        #expect(busy.expire(at: 1000).map(\.failure) == [.busy])
    }

    @Test func aRequestThatIsCancelledDoesNotWait() {
        var pool = pool()
        _ = pool.add(1, at: 0)
        _ = pool.next(at: 0)
        pool.remove(1)
        pool.connected(11)
        #expect(pool.next(at: 0) == nil && pool.nextDeadline(at: 0) == nil)
        #expect(pool.add(2, at: 0) && pool.next(at: 0) == .send(request: 2, over: 11))
    }
}
