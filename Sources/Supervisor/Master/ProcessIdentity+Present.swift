internal import Linux

extension ProcessIdentity {
    /// Whether its number is still its own: a later process of that number has started at another time. A process that has
    /// ended has its number until it is reaped.
    var isPresent: Bool { ProcessStatus(of: pid)?.startTime == startTime }

    /// Kills the process and its group, which it leads; nobody, if its number may be a stranger's by now.
    func killGroup() {
        guard isPresent else { return }
        ThisProcess.killGroup(pid)
    }
}
