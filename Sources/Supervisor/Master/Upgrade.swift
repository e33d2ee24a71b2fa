internal import DeployCore

/// An upgrade under way: who wants the master to become which program, and how far it has come.
struct Upgrade {
    /// Where it stands.
    enum Stage {
        /// Something else is under way. → trying
        case waiting
        /// The program is on trial. → accepted
        case trying(Trial)
        /// It can go on from here; what is half said to somebody is being said. The version, and until when that may take.
        case accepted(version: String, patience: Instant)
    }

    /// How long a program may take for its trial run, unless the client says otherwise.
    static let trialLimit = Duration.seconds(30)
    /// How long half-said things may hold the exec up.
    static let politeness = Duration.seconds(5)

    /// The program, absolute.
    let program: String
    /// Who waits for the answer; nil: a signal asked.
    let client: ControlClientID?
    /// For the history.
    let who: HistoryRecord.Who
    /// When it was asked.
    let askedAt: Instant
    /// How long the trial may take.
    let timeLimit: Duration
    /// Whether it waits for what is under way, instead of being refused.
    let waits: Bool
    /// Where it stands.
    var stage = Stage.waiting
    /// The program will be started by systemd, and not by this process, which ends when it has been tried.
    var isFarewell = false

    /// When the loop must look at it.
    var deadline: Instant? {
        switch stage {
        case .waiting: nil
        case .trying(let trial): trial.deadline
        case .accepted(_, let patience): patience
        }
    }
}
