/// One key of `deployd.json` that says something other than what the master goes by.
package struct ConfigurationChange: Equatable, Sendable {
    /// The time from which a new value counts.
    package enum Moment: Equatable, Sendable {
        /// As soon as the reload is done.
        case now
        /// From the cut-over of a restart, which the reload orders.
        case atRestart
        /// For what is started from now on. What runs stays as it is, and so do its respawned workers.
        case nextStart
        /// At the start of a master that has never committed a release.
        case firstStart
        /// Not while this master runs.
        case never
    }

    /// The key, as in the file.
    package let key: String
    /// The values in words: `5 → 3`; of variables only the names, since a value may be a secret.
    package let words: String
    /// The time from which the new value counts.
    package let moment: Moment

    /// A change of this key.
    package init(key: String, words: String, moment: Moment) {
        self.key = key
        self.words = words
        self.moment = moment
    }
}

extension ConfigurationChange: CustomStringConvertible {
    /// One line for a person.
    package var description: String { line(restarts: false) }

    /// The same, of a reload that starts what serves anew, if `restarts`: then that is no more to be done.
    ///
    /// - Parameter scaled: the number of workers that an operator has scaled to, which goes before the file's; nil: nobody has.
    package func line(restarts: Bool, scaled: Int? = nil) -> String {
        if key == "workers", let scaled {
            return "\(key): \(words), but it was scaled to \(scaled), which holds for later deploys, too, until "
                + "`deployd stop`; `deployd scale N` sets another number now"
        }
        return switch moment {
        case .nextStart where restarts: "\(key): \(words)"
        case .now: "\(key): \(words), from now on"
        case .atRestart: "\(key): \(words)"
        case .nextStart: "\(key): \(words), from the next deploy on; `deployd restart` applies it now"
        case .firstStart: "\(key): \(words), which only a first start uses"
        case .never: "\(key): \(words), not while this master runs"
        }
    }
}
