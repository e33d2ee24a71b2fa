internal import DeployCore
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

extension [ProcessIdentity] {
    /// Ends the processes, and waits until they have ended: SIGTERM, by which they finish what they have, and SIGKILL. A later
    /// process of one's number is never touched. Blocks; for when nothing else is to be done meanwhile.
    ///
    /// - Parameter patience: how long they may take after SIGTERM.
    func end(within patience: Duration) {
        let processes = compactMap { identity -> ProcessBox? in
            guard let process = try? ProcessDescriptor(pid: identity.pid), identity.isPresent else { return nil }
            return ProcessBox(process)
        }
        // How long one that was killed may take to vanish.
        let vanishing = Duration.seconds(5)
        for (signal, limit) in [(Signal.term, patience), (.kill, vanishing)] {
            for box in processes { _ = try? box.process.send(signal) }
            let deadline = MonotonicClock.now() + limit
            for box in processes {
                _ = try? Poll.readable(box.process.number, timeout: Swift.max(.zero, deadline - MonotonicClock.now()))
            }
        }
    }
}
