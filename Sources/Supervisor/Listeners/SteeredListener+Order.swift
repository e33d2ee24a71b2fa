internal import DeployCore
internal import Linux

// Whether the kernel's group is as the pool has it: workers can take their lane out of it, and let it join again.
extension SteeredListener {
    /// Connections that are held while a group is put right.
    private static let mostRescued = 1024

    /// Counts who is in the group, and puts right what others did to it.
    func repair() {
        guard !isLockedUp else { return }
        // (The service manager may have bound its own, as it was told to.)
        for (number, lane) in lanes where lane.isAstray && !lanes.isManagers(number) { bringBack(lane) }
        count()
        reorder(keeping: target)
        let lost = lanes.keys.filter { lanePool.index(of: $0) == nil }.sorted()
        guard !lost.isEmpty || lanePool.shortage > 0 else { return }
        // Before one of them listens again: it joins at the end, where the index that was the serving lane's may be now.
        try? attach()
        // None may stay outside: it could come, and go, and nobody would see what it moved meanwhile.
        for number in lost { if isNeeded(number) { listenAgain(number) } else { close(number, isExposed: true) } }
        stockUp()
        for number in lanePool.surplus where number != filler?.lane { close(number, isExposed: false) }
        try? attach()
    }

    /// Takes a lane out of service that left the group for a network device of its own, where it gets everybody who comes by
    /// that device. If it cannot be freed of the device it listens no more.
    private func bringBack(_ lane: Lane) {
        let isFree = (try? lane.unbindDevice()) != nil
        try? lane.shutDown()
        if !isFree { try? lane.disown() }
        StandardError.line(
            "deployd: \(setting.address): a worker has bound its lane to a network device"
                + (isFree ? "" : "; nothing arrives there any more"), .warning)
    }

    /// Whether a lane has to listen. Of one whose generation is gone, those who were on the way to it are gone too when it
    /// was shut down.
    private func isNeeded(_ number: LaneNumber) -> Bool {
        switch lanePool.holders[number] {
        case .generation, .opening, .fresh, .manager: true
        case .retired, .nobody, .stranger, nil: false
        }
    }

    func listenAgain(_ number: LaneNumber) {
        guard !isLockedUp, let lane = lanes[number], lanePool.index(of: number) == nil else { return }
        // One that could not be freed of a device would get everybody who comes by that.
        guard lanes.isManagers(number) || (try? lane.socket.boundDevice()) == 0 else { return }
        lanes.letOthersBind()
        if (try? lane.listen()) != nil { lanePool.relisten(number) }
    }

    /// Takes note of who listens. Where the kernel tells it, the order in which each joined is looked at: it cannot be
    /// faked. Else who was shut down is known, but not who listened again meanwhile.
    private func count() {
        var own: [UInt64: LaneNumber] = [:]
        for (number, lane) in lanes { if let inode = lane.inode { own[inode] = number } }
        guard own.count == lanes.count, let inodes = ListenerRoll.inodes(at: setting.address) else {
            let lost = lanes.keys.filter { lanePool.index(of: $0) != nil && lanes[$0]?.isListening == false }.sorted()
            if !lanePool.reconcile(with: (lanePool.joined ?? lanePool.group).filter { !lost.contains($0) }) {
                isOrderKnown = false
            }
            return
        }
        let unknown = inodes.filter { own[$0] == nil && strangers[$0] == nil }
        for (inode, number) in strangers where !inodes.contains(inode) {
            strangers[inode] = nil
            lanePool.close(number)
        }
        let known = inodes.compactMap { own[$0] ?? strangers[$0] }
        if !lanePool.reconcile(with: known) { isOrderKnown = false }
        for inode in unknown { meet(inode) }
    }

    private func meet(_ inode: UInt64) {
        let number = lanePool.number()
        strangers[inode] = number
        lanePool.add(number, .stranger)
        StandardError.line(
            "deployd: \(setting.address): another process listens there too, with the master's own user; it gets no "
                + "connections now, but only root can prevent it from getting some: `ss -ltnp` shows it", .warning)
    }

    /// Makes the pool agree with what an earlier master really left: it was killed between an action and its note, or all
    /// who held a lane were killed.
    func recover() {
        let gone = lanePool.holders.keys.filter { lanes[$0] == nil }
        // What one that stood behind all others leaves is known. Of more, or one before others, it is not: the last state
        // that was saved may not name all that stood there, and what filled which gap went too.
        if lanes.count > 1, gone.count > 1 || gone.first.map({ $0 != lanePool.group.last }) == true {
            isOrderKnown = false
        }
        // They are not in the roll, and so have left.
        count()
        for number in gone { lanePool.close(number) }
    }

    /// An earlier version let in only probes for a while, and had the service manager's socket as a lane like others.
    func takeFromOldVersion() {
        for (number, lane) in lanes {
            try? lane.socket.removeFilter()
            if case .retired = lanePool.holders[number], lanes.isManagers(number) { lanePool.leaveToManager(number) }
        }
    }

    /// Takes what waits in a lane; false: somebody may still wait there.
    func rescue(from lane: Lane) -> Bool { lane.empty(into: &rescued, atMost: Self.mostRescued) }

    /// Puts a group whose order is not known into one that is: but for the lane that most users of the target enter, all
    /// leave it, and join it again one after the other. What waits in their queues is taken out first.
    func reorder(keeping target: SteeringTarget?) {
        guard !isOrderKnown, let share = target?.shares.max(by: { $0.weight < $1.weight }) else { return }
        let wanted = lanePool.lane(of: closure == nil ? share.generation : .maintenance)
        let kept = wanted.flatMap { lanePool.index(of: $0) == nil ? nil : $0 } ?? lanePool.group.first
        let others = lanePool.group.filter { $0 != kept && lanes[$0] != nil }
        for number in others {
            // Who cannot be taken out yet, and who keeps it from leaving, puts this off.
            guard lanes[number].map(rescue) ?? true else { return }
            do { try lanes[number]?.shutDown() } catch {
                guard error.errno != .busy else { return }
            }
            lanePool.lost(number)
        }
        try? attach(for: target)
        for number in others { if isNeeded(number) { listenAgain(number) } else { close(number, isExposed: true) } }
        isOrderKnown = true
    }
}
