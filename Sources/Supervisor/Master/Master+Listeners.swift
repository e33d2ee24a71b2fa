internal import Linux

// Listeners that come and go while the master runs.
extension Master {
    /// The generation's lanes, in the order of its workers' descriptors, with their listeners. A listener that came later
    /// has none.
    func lanes(of generation: GenerationNumber) -> [(listener: ListenerSetting, lane: Lane)] {
        let own = listeners.compactMap { listener in
            listener.lane(of: generation).map { (listener: listener.setting, lane: $0) }
        }
        guard let names = releases[generation]?.listeners else { return own }
        return names.compactMap { name in own.first { $0.listener.name == name } }
    }

    /// Opens what is new in the settings; on the first that cannot be had all are given up again.
    func openListeners(_ settings: [ListenerSetting], of new: Configuration) throws(ProblemsFound) -> [any Listener] {
        var opened: [any Listener] = []
        var problems: [Problem] = []
        // One that is still leaving comes back.
        for setting in settings where !listeners.contains(where: { $0.serves(setting) }) {
            let behind = listeners.filter { $0.setting.name == setting.name }.map(\.lastLane).max() ?? 0
            do {
                opened.append(
                    try makeListener(
                        setting, isV6Only: new.isV6Only(setting), keeper: keeper, left: nil, behind: behind))
            } catch {
                problems.append(Problem(listener: setting, error, in: new))
            }
        }
        guard problems.isEmpty else {
            for listener in opened { listener.close() }
            throw ProblemsFound(problems)
        }
        return opened
    }

    /// Has the listeners of these settings and no others: what is not among them leaves, what was leaving comes back.
    func arrangeListeners(by settings: [ListenerSetting], _ opened: [any Listener] = []) {
        var rest = listeners + opened
        var arranged: [any Listener] = []
        for setting in settings {
            guard let index = rest.firstIndex(where: { $0.serves(setting) }) else { continue }
            let listener = rest.remove(at: index)
            listener.isLeaving = false
            if listener.setting.backlog != setting.backlog { listener.setBacklog(setting.backlog) }
            arranged.append(listener)
        }
        for listener in rest { listener.isLeaving = true }
        listeners = arranged + rest
        sweepListeners()
    }

    /// Lets go what nobody uses: lanes that the master watched and that are no listener's any more, lanes at an address
    /// where nobody serves, and listeners that were leaving.
    func sweepListeners() {
        if machine.serving != nil, machine.phase == .running {
            for listener in listeners where listener.isUnused {
                for (lane, _) in listener.watchable { takeStragglers(from: lane, listener) }
                listener.closeFreeLanes()
            }
        }
        for watched in watchedLanes.values where !watched.listener.has(watched.lane) { unwatch(watched.lane) }
        for listener in listeners where listener.isLeaving && listener.isUnused {
            log("nobody listens on \(listener.setting.address) any more")
            listener.close()
        }
        listeners.removeAll { $0.isLeaving && $0.isUnused }
    }
}
