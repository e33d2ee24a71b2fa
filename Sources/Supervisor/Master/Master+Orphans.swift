internal import Linux

// The first process of a pid namespace, as a container's is, becomes the parent of whoever loses his own.
extension Master {
    /// Reaps children that are nobody's. Those that the master started are reaped by who waits for them, since their status
    /// is wanted.
    func reapOrphans() {
        let own = ownChildren
        for pid in ThisProcess.children() where !own.contains(pid) { ThisProcess.reap(pid) }
    }

    private var ownChildren: Set<Int32> {
        var own = Set(workers.values.map(\.pid))
        own.formUnion(helpers.values.map(\.pid))
        if let process = keeper.process { own.insert(process.pid) }
        if let hook { own.insert(hook.session.pid) }
        if let test { own.insert(test.session.pid) }
        if let question { own.insert(question.pid) }
        if let upgrade, case .trying(let trial) = upgrade.stage { own.insert(trial.pid) }
        return own
    }
}
