internal import Handoff
internal import Linux

// Connections to the servers behind: what becomes of them, what epoll watches, and how long they may wait.
extension WorkerLoop {
    /// The connect of a link is decided.
    mutating func finishConnecting(_ link: UpstreamLink) {
        do throws(SystemError) {
            if let errno = try link.socket.takeError() {
                throw SystemError(call: "connect", errno: errno, subject: "\(upstreams[link.upstream].address)")
            }
            linkConnected(link)
            settle(link)
        } catch {
            sayUnreached(link.upstream, error)
            connectingFailed(link, .unreachable)
        }
    }

    private mutating func connectingFailed(_ link: UpstreamLink, _ failure: UpstreamPool.Failure) {
        _ = link.handle(.failed)
        links[link.descriptorIndex] = nil
        upstreams[link.upstream].pool.connectFailed(failure, at: now)
    }

    /// Does what a link's machine asks for.
    mutating func perform(_ effect: UpstreamMachine.Effect, _ link: UpstreamLink) {
        if effect == .none { return }
        let exchange = link.exchange.take()
        exchange?.link = nil
        if effect == .keep { keep(link) } else { drop(link) }
        guard let exchange else { return }
        switch effect {
        case .none, .close: break
        case .keep, .finish: finishAnswer(exchange)
        case .retry:
            exchange.rewind()
            forward(exchange)
        case .answerBadGateway: fail(exchange, .unreachable)
        case .answerTimeout: fail(exchange, .tooSlow)
        case .breakOff:
            scoreboard.add(.upstreamErrors)
            breakAnswer(exchange.token)
        }
    }

    private mutating func keep(_ link: UpstreamLink) {
        if let surplus = upstreams[link.upstream].pool.released(link.token), let oldest = self.link(surplus) {
            perform(oldest.handle(.cancelled), oldest)
        }
        upstreamsAreDue = true
    }

    private mutating func drop(_ link: UpstreamLink) {
        links[link.descriptorIndex] = nil
        link.deadline = .max
        upstreams[link.upstream].pool.closed(link.token)
        upstreamsAreDue = true
    }

    /// Brings epoll and the deadline in line with what a link waits for.
    mutating func settle(_ link: UpstreamLink) {
        guard !link.machine.isClosed else { return }
        var wanted = link.isPaused ? Epoll.Interest() : .readable
        if link.isBlocked || link.machine.isConnecting { wanted.insert(.writable) }
        if wanted != link.interest ?? Epoll.Interest() { watch(link, wanted) }
        let limit = upstreams[link.upstream].limit(link.machine.wait(isBlocked: link.isBlocked))
        link.deadline = limit.map { link.isPaused && !link.isBlocked ? .max : now + $0 } ?? .max
        if link.deadline != .max { schedule(link) }
    }

    /// Watches for `wanted`; for nothing not at all, since epoll tells of errors and hang-ups in any case.
    private mutating func watch(_ link: UpstreamLink, _ wanted: Epoll.Interest) {
        do throws(SystemError) {
            if wanted.isEmpty {
                try epoll.remove(link.socket.number)
            } else if link.interest == nil {
                try epoll.add(link.socket.number, wanted, token: link.token)
            } else {
                try epoll.modify(link.socket.number, wanted, token: link.token)
            }
            link.interest = wanted.isEmpty ? nil : wanted
        } catch {
            StandardError.line("WebWorker: \(error)")
            perform(link.handle(.failed), link)
        }
    }

    private mutating func schedule(_ link: UpstreamLink) {
        let tick = wheel.tick(for: link.deadline)
        guard tick < link.scheduled else { return }
        wheel.insert(link.token, at: tick)
        link.scheduled = tick
    }

    /// A link's entry of the wheel has come up.
    mutating func linkIsDue(_ token: UInt64, _ tick: TimerWheel.Tick) {
        guard let link = link(token), link.scheduled == tick else { return }
        link.scheduled = .max
        guard link.deadline <= now else {
            if link.deadline != .max { schedule(link) }
            return
        }
        if link.machine.isConnecting {
            say(link.upstream, "no connection in time")
            connectingFailed(link, .tooSlow)
            return
        }
        if link.exchange != nil { say(link.upstream, "no answer in time") }
        perform(link.handle(.timedOut), link)
    }

    /// At the end of a turn: requests that wait get what connections there are now, or hear that their time is over.
    mutating func runUpstreams() {
        upstreamsAreDue = false
        for index in upstreams.indices {
            guard let deadline = upstreams[index].pool.nextDeadline(at: now) else { continue }
            if deadline <= now {
                for (request, failure) in upstreams[index].pool.expire(at: now) {
                    if failure == .unreachable, let error = upstreams[index].contact.unsaid { say(index, "\(error)") }
                    if let exchange = upstreams[index].waiting.removeValue(forKey: request) { fail(exchange, failure) }
                }
            }
            pump(index)
        }
    }

    /// When a pool may do something by itself; nil: never.
    func upstreamDeadline() -> Int64? {
        if upstreamsAreDue { return now }
        return upstreams.compactMap { $0.pool.nextDeadline(at: now) }.min()
    }
}
