/// An upgrade of the master: when the program is tried, and when the master becomes it.
package struct UpgradeMachine: Equatable, Sendable {
    package enum State: Equatable, Sendable {
        /// Something else is under way. → trying, over
        case waiting
        /// The program is on trial until then. → accepted, over
        case trying(until: Instant)
        /// It can go on from here; until `patience` half-said things may hold it up. → waiting, over
        case accepted(version: String, patience: Instant)
        /// The master is told to become it, or nobody wants it any more.
        case over
    }

    /// What the master is at.
    package struct Situation: Equatable, Sendable {
        /// What is under way that would not outlive an exec, as a clause; nil: nothing.
        package let occupation: String?
        /// Whether nobody is in the middle of a word.
        let isQuiet: Bool
        /// Whether another thread waits for somebody: execve(2) would wait for it.
        package let isHeldUp: Bool

        package init(occupation: String?, isQuiet: Bool, isHeldUp: Bool) {
            self.occupation = occupation
            self.isQuiet = isQuiet
            self.isHeldUp = isHeldUp
        }
    }

    package enum Order: Equatable, Sendable {
        case nothing
        /// The trial begins, with this time limit.
        case tryProgram(within: Duration)
        /// The trial has had its time.
        case giveUpTrial
        /// Nothing is done; why, as a clause.
        case refuse(busyWith: String)
        case become(version: String)
    }

    /// How long half-said things may hold the exec up.
    static let politeness = Duration.seconds(5)

    package private(set) var state = State.waiting
    /// How long the trial may take.
    let trialLimit: Duration
    /// Whether it waits for what is under way, instead of being refused.
    package let waits: Bool

    package init(trialLimit: Duration, waits: Bool) {
        self.trialLimit = trialLimit
        self.waits = waits
    }

    /// When it must be looked at again; nil: when something has happened.
    package var nextDeadline: Instant? {
        switch state {
        case .waiting, .over: nil
        case .trying(let until): until
        case .accepted(_, let patience): patience
        }
    }

    /// The trial's verdict is that the program can go on.
    package mutating func accepted(version: String, at now: Instant) {
        guard case .trying = state else { return }
        state = .accepted(version: version, patience: now + Self.politeness)
    }

    /// What to do now: at the beginning, and whenever something has happened.
    package mutating func advance(_ situation: Situation, at now: Instant) -> Order {
        switch (state, situation.occupation) {
        case (.waiting, nil):
            state = .trying(until: now + trialLimit)
            return .tryProgram(within: trialLimit)
        case (.waiting, let occupation?), (.accepted, let occupation?):
            state = waits ? .waiting : .over
            return waits ? .nothing : .refuse(busyWith: occupation)
        case (.trying(let until), _):
            if now < until { return .nothing }
            state = .over
            return .giveUpTrial
        case (.accepted(let version, let patience), nil):
            if !situation.isQuiet, now < patience { return .nothing }
            state = .over
            // execve waits for the other threads, and closes what they have not: for as long as that takes.
            guard !situation.isHeldUp else {
                return .refuse(
                    busyWith:
                        "a worker blocks a call of the master, or descriptors that it sent are still being closed; try again"
                )
            }
            return .become(version: version)
        case (.over, _): return .nothing
        }
    }
}
