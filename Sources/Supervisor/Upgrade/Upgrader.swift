internal import DeployCore
internal import Linux

/// The master as an upgrade needs it.
protocol UpgradeHost: AnyObject {
    /// A master that stops does not become another.
    var isStopping: Bool { get }
    var situation: UpgradeMachine.Situation { get }
    var clients: Clients { get }
    var machine: Machine { get }
    /// Writes the state down; says why when that failed.
    func save(synchronously: Bool, ahead: Int) -> SystemError?
    /// Leaves all that is open to the program that takes this one's place.
    ///
    /// - Parameter client: who waits for the answer, and gets it from there.
    func pass(to next: ExecState, _ client: ControlClientID?)
    /// Ends the master and nothing else.
    func leave()
}

/// `deployd upgrade`: the master becomes another program under the same pid, after a trial run of it.
///
/// A part of the master: it owns the trial's process and its output. `UpgradeMachine` decides.
final class Upgrader {
    /// A program that the master is to become, and the person who wants it.
    private struct Upgrade {
        let program: String
        /// The client that waits for the answer; nil if a signal asked.
        let client: ControlClientID?
        let who: HistoryRecord.Who
        let askedAt: Instant
        var machine: UpgradeMachine
        var trial: Trial?
        /// The program will be started by systemd, and not by this process, which ends when it has been tried.
        var isFarewell = false
    }

    /// The time limit of a trial run, unless the client sets one, …
    private static let trialLimit = Duration.seconds(30)
    /// … and one that systemd waits for.
    private static let farewellLimit = Duration.seconds(10)
    /// Nobody tells when what waits to be closed is closed.
    private static let closingInterval = Duration.milliseconds(20)

    /// The program that this process runs, as it was named when it was started.
    private let program: String
    private let stateDirectory: String
    private let loop: EventLoop
    private let log: MasterLog
    private let children: Children
    private let manager: ServiceManager
    weak var host: (any UpgradeHost)?
    private var upgrade: Upgrade?

    init(
        _ program: String, stateDirectory: String, _ loop: EventLoop, _ log: MasterLog, _ children: Children,
        _ manager: ServiceManager
    ) {
        self.program = program
        self.stateDirectory = stateDirectory
        self.loop = loop
        self.log = log
        self.children = children
        self.manager = manager
    }

    var pid: Int32? { upgrade?.trial?.pid }

    /// This master ends as soon as its program has been tried.
    var isFarewell: Bool { upgrade?.isFarewell ?? false }

    var nextDeadline: Instant? {
        guard let upgrade else { return nil }
        guard case .accepted = upgrade.machine.state, host?.situation.isHeldUp == true else {
            return upgrade.machine.nextDeadline
        }
        return upgrade.machine.nextDeadline.earlier(EventLoop.now() + Self.closingInterval)
    }

    /// Takes the wish for an upgrade up: a trial run now or, with `wait`, when what is under way is over.
    func begin(to named: String?, _ terms: DeployTerms, by who: HistoryRecord.Who, client: ControlClientID?) {
        guard let host else { return }
        var wish = Upgrade(
            program: named ?? program, client: client, who: who, askedAt: EventLoop.now(),
            machine: UpgradeMachine(trialLimit: terms.timeout ?? Self.trialLimit, waits: terms.wait))
        if host.isStopping { return answer(wish, .refused, Refusal.stopping.description) }
        if named != nil, who.uid != 0, who.uid != ThisProcess.uid {
            return answer(
                wish, .refused,
                "only root and the master's user may name a program; without a name it is \(program)")
        }
        if let problem = FileTrust(user: ThisProcess.uid).problem(with: wish.program, what: "a program") {
            return answer(wish, .refused, "\(problem)")
        }
        guard upgrade == nil else { return answer(wish, .busy, "another upgrade is under way") }
        let situation = host.situation
        let order = wish.machine.advance(situation, at: EventLoop.now())
        upgrade = wish
        perform(order)
        guard case .waiting = upgrade?.machine.state, let occupation = situation.occupation else { return }
        log("upgrade to \(wish.program): waiting: \(occupation)")
        host.clients.send(.note("waiting: \(occupation)"), to: client)
    }

    /// Tries the program that systemd will start, and ends the master in any case: systemd does otherwise. A restart that
    /// cannot be followed is no reason to end what serves.
    func bidFarewell(by who: HistoryRecord.Who) {
        log("the service is to be started again: trying \(program) first")
        if upgrade != nil { end(.refused, "systemd restarts the service") }
        var machine = UpgradeMachine(trialLimit: Self.farewellLimit, waits: false)
        let order = machine.advance(.idle, at: EventLoop.now())
        upgrade = Upgrade(
            program: program, client: nil, who: who, askedAt: EventLoop.now(), machine: machine, isFarewell: true)
        perform(order)
    }

    /// Goes on with an upgrade, if there is one: to be called when the turn's events have been handled.
    func advance(at now: Instant) {
        guard let upgrade, let host else { return }
        if host.isStopping {
            // Somebody stopped all of it meanwhile.
            if upgrade.isFarewell { return abandon() }
            return end(.refused, Refusal.stopping.description)
        }
        let situation = upgrade.isFarewell ? .idle : host.situation
        if let order = self.upgrade?.machine.advance(situation, at: now) { perform(order) }
    }

    private func perform(_ order: UpgradeMachine.Order) {
        switch order {
        case .nothing: break
        case .tryProgram(let limit): tryProgram(within: limit)
        case .giveUpTrial: if let trial = upgrade?.trial { judge(giveUp(trial)) }
        case .refuse(let occupation): end(.busy, occupation)
        case .become(let version):
            guard let failure = become(version) else { return }
            end(.failed, "the program passed its trial, but \(failure)")
        }
    }

    private func tryProgram(within limit: Duration) {
        guard let upgrade, let host else { return }
        // The trial reads what is on disk.
        if let failure = host.save(synchronously: true, ahead: 0) {
            return end(.refused, "the state cannot be written: \(failure)")
        }
        do {
            let trial = try Trial(
                upgrade.program, [TrialRun.verb, stateDirectory] + CommandLine.arguments.dropFirst(), timeLimit: limit)
            try loop.add(trial.numbers.process, .readable, Token(.trial))
            try loop.add(trial.numbers.output, .readable, Token(.trial))
            self.upgrade?.trial = trial
        } catch {
            end(.refused, Trial.refusal(of: upgrade.program, error))
        }
    }

    /// The trial has written something, or ended.
    func ready() {
        guard let trial = upgrade?.trial else { return }
        let verdict = trial.advance()
        if trial.outputEnded { loop.remove(trial.numbers.output) }
        guard let verdict else { return }
        forget(trial)
        judge(verdict)
    }

    private func judge(_ verdict: Trial.Verdict) {
        switch verdict {
        case .accepted where isFarewell: leave(nil)
        case .accepted(let version): upgrade?.machine.accepted(version: version, at: EventLoop.now())
        case .refused(let reason): end(.refused, reason)
        }
    }

    private func forget(_ trial: Trial) {
        upgrade?.trial = nil
        loop.remove(trial.numbers.process)
        if !trial.outputEnded { loop.remove(trial.numbers.output) }
    }

    /// Ends a trial that is no longer wanted, and has it reaped.
    private func giveUp(_ trial: Trial) -> Trial.Verdict {
        forget(trial)
        let verdict = trial.end()
        children.adopt(HelperProcess(adopting: trial))
        return verdict
    }

    /// The client left before its answer: it wants no upgrade any more.
    func abandon(of client: ControlClientID) {
        guard let upgrade, upgrade.client == client else { return }
        abandon()
        log("upgrade to \(upgrade.program): its client disconnected, and nothing was changed")
    }

    private func abandon() {
        if let trial = upgrade?.trial { _ = giveUp(trial) }
        upgrade = nil
    }

    /// This image lives on.
    private func end(_ outcome: ControlOutcome, _ reason: String) {
        guard let upgrade else { return }
        abandon()
        if upgrade.isFarewell { leave(reason) } else { answer(upgrade, outcome, reason) }
    }

    private func answer(_ upgrade: Upgrade, _ outcome: ControlOutcome, _ reason: String) {
        for line in reason.split(separator: "\n") {
            log("upgrade to \(upgrade.program): \(outcome.rawValue): \(line)", .warning)
        }
        guard let host else { return }
        host.clients.send(
            .done(
                DoneEvent(
                    outcome, message: reason, serving: ServingReport(host.machine),
                    milliseconds: (EventLoop.now() - upgrade.askedAt).inMilliseconds)), to: upgrade.client)
    }

    private func leave(_ problem: String?) {
        if let problem {
            log(
                "\(program) cannot take over: \(problem)\nthe workers serve on, without a master: replace it with a program that "
                    + "works; systemd starts it, or `systemctl restart` does", .error)
        }
        log("the master ends; workers and sockets stay")
        host?.leave()
    }

    /// Leaves everything to the program and becomes it; returns only when that failed: why, as a clause. Then nothing was
    /// let go of.
    private func become(_ version: String) -> String? {
        guard let upgrade, let host else { return nil }
        if let failure = host.save(synchronously: true, ahead: 0) { return "the state cannot be written: \(failure)" }
        log("becoming \(upgrade.program) (deployd \(version)) under pid \(ThisProcess.pid)")
        let next = ExecState()
        next.who = upgrade.who
        next["asked"] = "\(upgrade.askedAt.sinceBoot.microseconds)"
        host.pass(to: next, upgrade.client)
        manager.announceReload()
        let failure = next.execute(upgrade.program)
        return "it could not be executed: \(failure.errno)"
    }
}

extension UpgradeMachine.Situation {
    /// Nothing else is to be regarded.
    fileprivate static var idle: Self { Self(occupation: nil, isQuiet: true, isHeldUp: false) }
}
