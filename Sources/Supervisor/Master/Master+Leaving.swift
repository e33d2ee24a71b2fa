internal import DeployCore
internal import Linux

// The master's own end, which is not that of its workers: SIGUSR1, and a restart of the service whose ExecStop= could not
// say so, because the program that it runs is broken, or gone.
extension Master {
    /// How long the program that is to follow may take for its trial run.
    private static let trialLimit = Duration.seconds(10)

    /// Ends this master and nothing else.
    func leave() {
        // systemd may be unable to run what else makes way for the next one.
        try? ServiceGroup.admitMaster()
        isLeaving = true
        exitCode = 0
    }

    /// Whether SIGTERM came from systemd, which has to say first whether the service is to be started again. It is asked;
    /// what it says decides. Only once: it says nothing new by a second signal.
    func asksSystemd(_ received: SignalDescriptor.Received) -> Bool {
        guard machine.phase == .running, received.pid == 1 || received.pid == manager.pid, let unit = manager.unit
        else {
            return false
        }
        guard question == nil, upgrade?.isFarewell != true else { return true }
        log("\(received.signal) from systemd: asking it whether \(unit) is to be started again")
        do {
            let question = try ServiceQuestion(jobsOf: unit)
            try loop.add(question.number, .readable, Token(.job))
            self.question = question
            return true
        } catch {
            log("systemd cannot be asked: \(error)", .warning)
            return false
        }
    }

    /// When systemd is not waited for any longer.
    var questionDeadline: Instant? { question.map { Instant(sinceBoot: $0.deadline) } }

    func expireQuestion(at now: Instant) {
        guard let deadline = questionDeadline, deadline <= now else { return }
        log("systemd does not say whether the service is to be started again", .warning)
        answered(.other)
    }

    /// systemd has said something.
    func advanceQuestion() {
        guard let question, let unit = manager.unit, let text = question.answer() else { return }
        answered(ServiceJob(in: text, of: unit))
    }

    private func answered(_ job: ServiceJob) {
        guard let question else { return }
        self.question = nil
        loop.remove(question.number)
        let child = question.end()
        children.adopt(child)
        guard machine.phase == .running else { return }
        guard job == .restart else {
            log("stopping")
            return feed(.stop(nil, now: false))
        }
        log("the service is to be started again: trying \(program) first")
        if let upgrade { dismiss(upgrade) }
        let who = HistoryRecord.Who(uid: 0, pid: 1)
        var farewell = Upgrade(
            program: program, client: nil, who: who, askedAt: Self.now(), timeLimit: Self.trialLimit, waits: false)
        farewell.isFarewell = true
        upgrade = farewell
        tryProgram(farewell)
    }

    /// The program that is to follow was tried: this master leaves in any case, since systemd ends it otherwise. A restart
    /// that cannot be followed is no reason to end what serves.
    func bidFarewell(_ problem: String?) {
        if let problem {
            log(
                "\(program) cannot take over: \(problem)\nthe workers serve on, without a master: replace it with a program that "
                    + "works; systemd starts it, or `systemctl restart` does", .error)
        }
        log("the master ends; workers and sockets stay")
        leave()
    }
}
