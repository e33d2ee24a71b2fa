internal import Handoff
internal import Linux

extension WorkerLoop {
    /// SIGTERM or SIGINT: drain; while draining, end at once.
    mutating func readSignals() {
        for _ in 0..<(signals?.count() ?? 0) {
            if drain != nil { ending = .killed }
            beginDrain(within: configuration.drainTimeout, upgrades: configuration.drainTimeout)
        }
    }

    /// The master's messages. A socket whose other end is gone for good (a pair's, never a bound one's) is left.
    mutating func readControl(isBroken: Bool) {
        if isBroken, let control { try? epoll.remove(control.number) }
        while let (message, line) = control?.next() {
            switch message {
            case .drain(let requests, let upgrades, let laneIsLive):
                beginDrain(within: requests, upgrades: upgrades, laneIsLive: laneIsLive)
            case .handOver: break
            }
            if let line { useLine(owning: line) }
        }
    }

    /// Begins to drain, or moves the end of a drain that is under way nearer.
    private mutating func beginDrain(within time: Duration, upgrades: Duration, laneIsLive: Bool = false) {
        let deadline = now + Int64(time.milliseconds)
        let upgradeTime = min(Int64(upgrades.milliseconds), max(0, (drain?.upgradeDeadline ?? .max) - now))
        tunnelEnds = TunnelEnds(
            connections.compactMap { $0.flatMap { $0.machine.isTunnel ? $0.token : nil } }.shuffled(), from: now,
            within: upgradeTime)
        let previous = drain
        drain = DrainPolicy(
            deadline: min(previous?.deadline ?? .max, deadline), upgradeDeadline: now + upgradeTime)
        if previous != nil { return }
        scoreboard.set(.draining, 1)
        var notification = Notification()
        notification.isStopping = true
        notify(notification)
        for connection in connections.compactMap({ $0 }) {
            perform(connection.handle(.drainBegan), connection)
        }
        tellStreamsOfDrain()
        // What waits at the hand-over socket is still taken, as it is from the lanes, and goes on from here.
        if laneIsLive { leavePort() }
        for index in openLanes where laneIsLive || lanes[index]?.isShared == true { leaveLane(index) }
    }

    /// How a drain ends, once it does.
    mutating func drainEnding() -> Ending? {
        guard let drain else { return nil }
        endTunnels(drain)
        if now >= drain.deadline {
            for connection in connections.compactMap({ $0 }) where !connection.machine.isTunnel {
                perform(connection.handle(.drainEnded), connection)
            }
            return connections.contains { $0?.machine.isTunnel == true } ? nil : .drained
        }
        var isEmpty = false
        // What comes late may be handed over at once, and then no event tells that there is nothing any more.
        while connectionCount == 0, !isEmpty {
            isEmpty = true
            for index in openLanes where !acceptAll(from: index) { isEmpty = false }
            if !adoptAll() { isEmpty = false }
            handOver()
        }
        return drain.isOver(at: now, connections: connectionCount, nothingWaits: isEmpty) ? .drained : nil
    }

    /// Ends the upgraded connections whose time has come: each has its own, and in the end there is none.
    private mutating func endTunnels(_ drain: DrainPolicy) {
        while let token = tunnelEnds.next(at: now) {
            guard let connection = connection(token) else { continue }
            perform(connection.handle(.drainEnded), connection)
        }
        guard now >= drain.upgradeDeadline else { return }
        for connection in connections.compactMap({ $0 }) where connection.machine.isTunnel {
            perform(connection.handle(.drainEnded), connection)
        }
    }

    /// READY=1: requests are answered from now on.
    func notifyReady() {
        var notification = Notification()
        notification.isReady = true
        notification.level = control == nil ? nil : 2
        notification.takesHandover = port != nil
        notify(notification)
    }

    func notify(_ notification: Notification) {
        guard let notifySocket else { return }
        do throws(SystemError) { try notification.send(to: notifySocket) } catch {
            StandardError.line("WebWorker: the supervisor could not be told: \(error)")
        }
    }
}
