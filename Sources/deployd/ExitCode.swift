/// What the command says to the shell. Source: sysexits.h for those above 1.
enum ExitCode: Int32, CaseIterable {
    /// Done.
    case done = 0
    /// Refused, failed or rolled back: what served before still serves.
    case refused = 1
    /// The command line is wrong (EX_USAGE).
    case usage = 64
    /// No master listens (EX_UNAVAILABLE).
    case noMaster = 69
    /// The master went away, or says nothing, after it was asked: what came of it is not known (EX_SOFTWARE).
    case unknown = 70
    /// It was done, but what it says could not be written (EX_IOERR).
    case noOutput = 74
    /// Another deploy is under way; the same command may work later (EX_TEMPFAIL).
    case busy = 75
    /// A start that cannot succeed before a person has changed something: a mistake in the configuration or the release, an
    /// address that another program has (EX_CONFIG).
    case misconfigured = 78
    /// Left at the second Ctrl-C, without waiting for the outcome (128 and SIGINT).
    case interrupted = 130

    /// Of the number that the master sent; a number that this version does not know is a refusal.
    init(number: Int) {
        self = ExitCode(rawValue: Int32(clamping: number)) ?? .refused
    }

    /// One line for the pages and for `help`.
    var meaning: String {
        switch self {
        case .done: "done"
        case .refused: "refused, failed or rolled back; what served before still serves"
        case .usage: "the command line is wrong"
        case .noMaster: "no master listens"
        case .unknown: "the outcome is unknown: the master went away; see `deployd status` and `deployd history`"
        case .noOutput: "done, but its output could not be written (a full disk)"
        case .busy: "another deploy is under way, or too many generations drain"
        case .misconfigured: "`start`: an error in the configuration or the release, or an address in use"
        case .interrupted: "left at the second Ctrl-C, without waiting for the outcome"
        }
    }
}
