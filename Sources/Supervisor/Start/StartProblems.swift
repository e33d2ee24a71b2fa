internal import Linux

extension Problem {
    /// Why a listener cannot be opened.
    init(listener: ListenerSetting, _ error: SystemError, in configuration: Configuration) {
        let place = configuration.listeners.firstIndex(of: listener).map { "[\($0)]" } ?? ""
        self.init(
            file: configuration.file ?? "", keyPath: "listen\(place)", found: "\(listener.address): \(error.errno)",
            expected: "an address that this user may use and nobody else listens on",
            advice: AddressCheck.advice(on: error.errno, listener.address, StateDirectory(configuration)))
    }

    /// A state that cannot be read, told with who still serves.
    func advising(on holders: LaneHolders, _ path: String) -> Problem {
        var problem = self
        let workers = holders.workers
        let strangers = holders.strangers
        // (The pids of another deployd are a live site's.)
        let others = holders.otherDeployds.map { "\($0.description): \($0.remedy); then " }.first
        let command = "mv \(ShellWord.quoted(path)) \(ShellWord.quoted(path + ".unreadable"))"
        let before =
            strangers.isEmpty
            ? "nothing of it runs: " : "its address is held by \(others ?? "\(strangers.names): stop that, then ")"
        problem.advice =
            workers.isEmpty
            ? before + "`\(command)`, and `deployd start` uses the history"
            : "its workers serve on (\(workers.names)): `deployd stop` ends them and moves the file away, and "
                + "`deployd start` then uses the history; or put it back from a backup, and `deployd start` takes them over"
        return problem
    }
}
