internal import DeployCore
internal import Linux

// `deployd upgrade`: the master becomes another program under the same pid, after a trial run of it.
extension Master {
    /// Takes the wish for an upgrade up: a trial run now or, with `wait`, when what is under way is over.
    func upgrade(to named: String?, _ terms: DeployTerms, by who: HistoryRecord.Who, client: ControlClientID?) {
        let wish = Upgrade(
            program: named ?? program, client: client, who: who, askedAt: Self.now(),
            timeLimit: terms.timeout ?? Upgrade.trialLimit, waits: terms.wait)
        if phaseRefusal(wish) { return }
        if named != nil, who.uid != 0, who.uid != ThisProcess.uid {
            return answer(
                wish, .refused,
                "only root and the master's user may name a program; without a name it is \(program)")
        }
        if let problem = FileTrust(user: ThisProcess.uid).problem(with: wish.program, what: "a program") {
            return answer(wish, .refused, "\(problem)")
        }
        guard upgrade == nil else { return answer(wish, .busy, "another upgrade is under way") }
        if let occupation {
            guard wish.waits else { return answer(wish, .busy, occupation) }
            upgrade = wish
            log("upgrade to \(wish.program): waiting: \(occupation)")
            return send(.note("waiting: \(occupation)"), to: client)
        }
        upgrade = wish
        tryProgram(wish)
    }

    /// Goes on with an upgrade, if there is one: to be called when the turn's events have been handled.
    func advanceUpgrade() {
        guard let upgrade, !phaseRefusal(upgrade) else { return }
        switch upgrade.stage {
        case .waiting:
            if occupation == nil { tryProgram(upgrade) }
        case .trying(let trial):
            if Self.now() >= trial.deadline { return judge(upgrade, trial, giveUp(trial)) }
        case .accepted(let version, let patience):
            guard occupation == nil else { return standBack(upgrade) }
            guard isSpoken || Self.now() >= patience else { return }
            // execve waits for the other threads, and closes what they have not: for as long as that takes.
            guard !isSomethingHanging else {
                self.upgrade = nil
                return answer(
                    upgrade, .busy,
                    "a worker blocks a call of the master, or descriptors that it sent are still being closed; try again"
                )
            }
            become(upgrade, version)
        }
    }

    /// The trial has written something, or ended.
    func advanceTrial() {
        guard let upgrade, case .trying(let trial) = upgrade.stage else { return }
        let verdict = trial.advance()
        if trial.outputEnded { loop.remove(trial.numbers.output) }
        if let verdict {
            loop.remove(trial.numbers.process)
            if !trial.outputEnded { loop.remove(trial.numbers.output) }
            judge(upgrade, trial, verdict)
        }
    }

    /// The client left before its answer: it wants no upgrade any more.
    func abandonUpgrade(of client: ControlClientID) {
        guard let upgrade, upgrade.client == client else { return }
        if case .trying(let trial) = upgrade.stage { _ = giveUp(trial) }
        self.upgrade = nil
        log("upgrade to \(upgrade.program): its client disconnected, and nothing was changed")
    }

    /// What is under way that would not outlive an exec, as a clause; nil: nothing.
    private var occupation: String? {
        if machine.deployment != nil { return "another deploy is under way: \(deploymentInWords)" }
        if !machine.queue.isEmpty { return "a deploy waits until fewer generations drain" }
        return requests.isEmpty ? nil : "the number of workers is being changed"
    }

    /// When the upgrade is looked at again. (Nobody tells when what waits to be closed is closed.)
    var upgradeDeadline: Instant? {
        guard case .accepted = upgrade?.stage, isSomethingHanging else { return upgrade?.deadline }
        return upgrade?.deadline.earlier(Self.now() + .milliseconds(20))
    }

    /// Whether a thread waits for somebody else: execve(2) would wait for it.
    private var isSomethingHanging: Bool { ClosingQueue.isBusy || BoundedCalls.isBusy }

    /// Nobody is in the middle of a word: no answer waits to be read, no straggler's bytes wait to be carried, no
    /// connection waits to be passed on, and nothing that a worker sent waits to be closed.
    private var isSpoken: Bool {
        !control.hasUnsent && attention.waiting.isEmpty && listeners.stragglers.isQuiet
            && forwards.isEmpty && !isSomethingHanging
    }

    /// Answers that a master that stops does not become another; true when that is so.
    private func phaseRefusal(_ upgrade: Upgrade) -> Bool {
        guard machine.phase != .running else { return false }
        if case .trying(let trial) = upgrade.stage { _ = giveUp(trial) }
        self.upgrade = nil
        // Somebody stopped all of it meanwhile.
        if upgrade.isFarewell { return true }
        answer(upgrade, .refused, Refusal.stopping.description)
        return true
    }

    func tryProgram(_ upgrade: Upgrade) {
        // The trial reads what is on disk.
        if let failure = save(synchronously: true) {
            self.upgrade = nil
            return answer(upgrade, .refused, "the state cannot be written: \(failure)")
        }
        do {
            let trial = try Trial(
                upgrade.program, [TrialRun.verb, directory.root] + CommandLine.arguments.dropFirst(),
                timeLimit: upgrade.timeLimit, at: Self.now())
            try loop.add(trial.numbers.process, .readable, Token(.trial))
            try loop.add(trial.numbers.output, .readable, Token(.trial))
            self.upgrade?.stage = .trying(trial)
        } catch {
            self.upgrade = nil
            answer(upgrade, .refused, Trial.refusal(of: upgrade.program, error))
        }
    }

    private func judge(_ upgrade: Upgrade, _ trial: Trial, _ verdict: Trial.Verdict) {
        switch verdict {
        case .accepted where upgrade.isFarewell: bidFarewell(nil)
        case .accepted(let version):
            self.upgrade?.stage = .accepted(version: version, patience: Self.now() + Upgrade.politeness)
        case .refused(let reason):
            self.upgrade = nil
            answer(upgrade, .refused, reason)
        }
    }

    /// Ends a trial that is no longer wanted, and has it reaped.
    private func giveUp(_ trial: Trial) -> Trial.Verdict {
        loop.remove(trial.numbers.process)
        if !trial.outputEnded { loop.remove(trial.numbers.output) }
        let verdict = trial.end()
        children.adopt(HelperProcess(adopting: trial))
        return verdict
    }

    /// Something else comes first.
    func dismiss(_ upgrade: Upgrade) {
        if case .trying(let trial) = upgrade.stage { _ = giveUp(trial) }
        self.upgrade = nil
        answer(upgrade, .refused, "systemd restarts the service")
    }

    /// A deploy began while the program was on trial.
    private func standBack(_ upgrade: Upgrade) {
        guard upgrade.waits else {
            self.upgrade = nil
            return answer(upgrade, .busy, occupation ?? "")
        }
        self.upgrade?.stage = .waiting
    }

    /// Becomes the program. When that works, nothing of this image is left; when not, it goes on as before.
    private func become(_ upgrade: Upgrade, _ version: String) {
        let failure = leaveAll(to: upgrade, version)
        self.upgrade = nil
        answer(upgrade, .failed, "the program passed its trial, but \(failure)")
    }

    /// The answer when this image lives on.
    private func answer(_ upgrade: Upgrade, _ outcome: ControlOutcome, _ reason: String) {
        guard !upgrade.isFarewell else { return bidFarewell(reason) }
        for line in reason.split(separator: "\n") {
            log("upgrade to \(upgrade.program): \(outcome.rawValue): \(line)", .warning)
        }
        send(
            .done(
                DoneEvent(
                    outcome, message: reason, serving: servingReport,
                    milliseconds: (Self.now() - upgrade.askedAt).inMilliseconds)), to: upgrade.client)
    }
}
