internal import Handoff
internal import Linux

/// A drain: how long what may go on, and which upgraded connection ends when.
struct Drain {
    /// Nil before it begins.
    private var policy: DrainPolicy?
    private var tunnelEnds = TunnelEnds()

    var isOn: Bool { policy != nil }

    /// The next change that comes without an event.
    func nextDeadline(at now: Int64) -> Int64 {
        guard let policy else { return .max }
        return min(policy.nextDeadline(at: now), tunnelEnds.nextDeadline ?? .max)
    }

    /// Begins, or moves the end nearer when it is under way. True when it has just begun.
    mutating func begin(within time: Duration, upgrades: Duration, _ turn: inout Turn) -> Bool {
        let now = turn.now
        let deadline = now + Int64(time.milliseconds)
        let upgradeTime = min(Int64(upgrades.milliseconds), max(0, (policy?.upgradeDeadline ?? .max) - now))
        let tunnels = turn.connections.all.filter { $0.machine.isTunnel }
        tunnelEnds = TunnelEnds(tunnels.map(\.token).shuffled(), from: now, within: upgradeTime)
        let isFirst = policy == nil
        policy = DrainPolicy(
            deadline: min(policy?.deadline ?? .max, deadline), upgradeDeadline: now + upgradeTime)
        guard isFirst else { return false }
        turn.isDraining = true
        turn.scoreboard.set(.draining, 1)
        return true
    }

    /// Ends what has had its time. True when that are all requests.
    mutating func endOverdue(_ turn: inout Turn) -> Bool {
        guard let policy else { return false }
        while let token = tunnelEnds.next(at: turn.now) { turn.connections.find(token)?.tell(.drainEnded, &turn) }
        if turn.now >= policy.upgradeDeadline { end(tunnels: true, &turn) }
        guard turn.now >= policy.deadline else { return false }
        end(tunnels: false, &turn)
        return true
    }

    private func end(tunnels: Bool, _ turn: inout Turn) {
        for connection in turn.connections.all where connection.machine.isTunnel == tunnels {
            connection.tell(.drainEnded, &turn)
        }
    }

    func isOver(at now: Int64, connections: Int, nothingWaits: Bool) -> Bool {
        policy?.isOver(at: now, connections: connections, nothingWaits: nothingWaits) ?? false
    }
}
