internal import Linux

/// Children that are no workers: all that is wanted of them is their end.
///
/// A part of the master: it reaps them, and, where the master is the first process of a pid namespace, those that have become
/// its children by losing their parents.
final class Children {
    private let loop: EventLoop
    private var helpers: [UInt64: HelperProcess] = [:]

    init(_ loop: EventLoop) { self.loop = loop }

    /// Has a child reaped when it has ended. It may be watched already, under another token.
    func adopt(_ helper: HelperProcess) {
        let token = Token(.helper, loop.nextSerial())
        helpers[token.serial] = helper
        if (try? loop.add(helper.number, .readable, token)) == nil {
            try? loop.modify(helper.number, .readable, token)
        }
    }

    /// A child has ended, or says so without having; in the first case it is returned.
    func ended(_ serial: UInt64) -> HelperProcess? {
        guard let helper = helpers[serial], helper.reap() else { return nil }
        helpers[serial] = nil
        return helper
    }

    /// A helper is running whose report somebody waits for.
    var isReportAwaited: Bool { helpers.values.contains { $0.report != nil } }

    /// Children that the image before this one started, and that nobody else here waits for.
    func adoptAll(but known: Set<Int32>) {
        for pid in ThisProcess.children() where !known.contains(pid) {
            if let helper = try? HelperProcess(pid: pid) { adopt(helper) }
        }
    }

    /// Reaps children that are nobody's. Those that the master started are reaped by who waits for them, since their status
    /// is wanted.
    func reapOrphans(but known: Set<Int32>) {
        let own = known.union(helpers.values.map(\.pid))
        for pid in ThisProcess.children() where !own.contains(pid) { ThisProcess.reap(pid) }
    }
}
