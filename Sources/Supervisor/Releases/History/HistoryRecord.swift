package import Linux

/// A deploy, a restart or a rollback that is over, or an upgrade of the master: one line of the history.
package struct HistoryRecord: Codable, Sendable, Equatable {
    /// Counts from 1; never used twice.
    package var id: Int
    /// The end of the deploy: RFC 3339, UTC.
    package var time: String
    /// The person who asked for it.
    package var who: Who
    /// The verb: `start`, `deploy`, `restart`, `rollback`; `upgrade`, `prune` and `maintenance` change no release that serves.
    package var verb: String
    /// The release that served before, absolute; nil when none did.
    package var from: String?
    /// The release that was to serve, absolute.
    package var to: String
    /// The generation that was started for it.
    package var generation: Int
    /// The outcome that the client was told.
    package var outcome: HistoryOutcome
    /// Why it ended so; of a committed one, what spoke against it and did not decide. Mostly empty then. Of an upgrade,
    /// the versions.
    package var reason: String
    /// The duration of each step, in the order of the steps.
    package var steps: [Step]
    /// By what a committed release was judged, in words; nil: nobody counted its answers.
    package var judged: String?
    /// Releases that were removed, absolute; nil: none was.
    package var removed: [String]?
    /// Which directory `to` was when the deploy was asked for; nil: it was not committed, or nobody knows. Only that one is
    /// ever removed.
    package var directory: DirectoryIdentity?

    /// What the person said of it, one line; nil: nothing.
    package var message: String?

    /// A person who asked for something over the control socket.
    package struct Who: Codable, Sendable, Equatable {
        /// The name of the user, or the number where it has no name.
        package var user: String
        /// The number of the user.
        package var uid: UInt32
        /// The process that asked; 0 when nobody did.
        package var pid: Int32

        /// A person by name, user and process.
        package init(user: String, uid: UInt32, pid: Int32) {
            self.user = user
            self.uid = uid
            self.pid = pid
        }
    }

    /// A step of a deploy, with its duration.
    package struct Step: Codable, Sendable, Equatable {
        /// The name of the step in the output of `deploy`.
        package var name: String
        /// The duration in milliseconds.
        package var milliseconds: Double

        /// A step and its duration.
        package init(name: String, milliseconds: Double) {
            self.name = name
            self.milliseconds = milliseconds
        }
    }

    /// A record; see its parts.
    package init(
        id: Int, time: String, who: Who, verb: String, from: String?, to: String, generation: Int,
        outcome: HistoryOutcome, reason: String = "", steps: [Step] = [], judged: String? = nil,
        removed: [String]? = nil, directory: DirectoryIdentity? = nil, message: String? = nil
    ) {
        self.id = id
        self.time = time
        self.who = who
        self.verb = verb
        self.from = from
        self.to = to
        self.generation = generation
        self.outcome = outcome
        self.reason = reason
        self.steps = steps
        self.judged = judged
        self.removed = removed
        self.directory = directory
        self.message = message
    }
}

/// The outcome of a deploy. Words of later versions are kept as they are.
package struct HistoryOutcome: RawRepresentable, Codable, Hashable, Sendable {
    /// The word in the file.
    package let rawValue: String

    /// The outcome of this word, known or not.
    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// It serves, and is recorded.
    package static let committed = HistoryOutcome(rawValue: "committed")
    /// The new release never served.
    package static let failed = HistoryOutcome(rawValue: "failed")
    /// Somebody gave it up before it served.
    package static let cancelled = HistoryOutcome(rawValue: "cancelled")
    /// It served during its watch, and was taken back.
    package static let rolledBack = HistoryOutcome(rawValue: "rolled back")
    /// No outcome of a deploy: a hook failed after its deploy, the one recorded before it, had ended.
    package static let hookFailed = HistoryOutcome(rawValue: "hook failed")
    /// The master became another deployd.
    package static let upgraded = HistoryOutcome(rawValue: "upgraded")
    /// No outcome of a deploy: old releases were removed. Earlier versions wrote it of ``notRemoved`` too.
    package static let pruned = HistoryOutcome(rawValue: "pruned")
    /// No outcome of a deploy: from then on users got the page of maintenance.
    package static let maintenanceOn = HistoryOutcome(rawValue: "on")
    /// No outcome of a deploy: users got the site again.
    package static let maintenanceOff = HistoryOutcome(rawValue: "off")
    /// No outcome of a deploy: old releases were to be removed, and every one of them is still there, or a part of it.
    package static let notRemoved = HistoryOutcome(rawValue: "not removed")
}
