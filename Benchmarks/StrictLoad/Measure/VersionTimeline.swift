/// Which version of the site answered when, from the bodies of the answers: in the order of completion, and as epochs.
///
/// Answers complete out of order at a cut-over: one that was asked of the old version may arrive after the first of the
/// new. Epochs leave these out. An epoch begins with an answer of another version on a connection that was opened after
/// the present epoch's first answer was complete (or that had already brought an answer of the present epoch), so with
/// a cut-over that is atomic there is one epoch for each deploy and one before, however many connections there are.
package struct VersionTimeline {
    /// Answers of one version without another between them. Times are since the start of the run.
    package struct Stretch: Equatable, Sendable {
        /// The body, without its line end.
        package let version: String
        /// When the first of the answers was complete.
        package let first: Nanoseconds
        /// When the last of them was complete.
        package private(set) var last: Nanoseconds
        /// How many there were.
        package private(set) var count: Int

        fileprivate init(of version: String, at time: Nanoseconds) {
            self.version = version
            first = time
            last = time
            count = 1
        }

        fileprivate mutating func extend(to time: Nanoseconds) {
            last = time
            count += 1
        }
    }

    /// What the answers before this one on the same connection were.
    package struct Connection {
        /// When the opening of the connection began, since the start of the run.
        package let opened: Nanoseconds
        fileprivate var rank = -1
        fileprivate var epoch = -1

        package init(opened: Nanoseconds) { self.opened = opened }
    }

    /// What is kept of either list, at the most: a site whose bodies all differ must not fill the memory.
    package static let maxStretches = 100_000

    /// Stretches in the order in which answers were completed.
    package private(set) var completions: [Stretch] = []
    /// Stretches in the order of cut-overs.
    package private(set) var epochs: [Stretch] = []
    /// True when `maxStretches` were not enough, so that the lists lack their ends.
    package private(set) var isCut = false

    private var names = VersionNames()
    private var hadEpoch: [Bool] = []
    private var lastCompleted = -1
    private var lastEpoch = -1

    package init() {}

    /// Notes a good answer.
    ///
    /// - Parameters:
    ///   - body: the whole body; one that is no version (see `VersionNames`) is passed over.
    ///   - completed: when the answer was complete.
    ///   - connection: the connection that it came by; kept by the caller as long as the connection lives.
    /// - Returns: true when the version had been replaced before: by an answer that was complete when this connection
    ///   was opened, or by an answer on this connection.
    package mutating func note(body: Span<UInt8>, completed: Nanoseconds, on connection: inout Connection) -> Bool {
        guard let rank = names.rank(of: body, guess: lastEpoch) else { return false }
        if rank == hadEpoch.count { hadEpoch.append(false) }
        complete(rank, at: completed)
        let wentBack = advance(to: rank, at: completed, on: &connection) || rank < connection.rank
        connection.rank = rank
        return wentBack
    }

    private mutating func complete(_ rank: Int, at time: Nanoseconds) {
        if rank == lastCompleted {
            completions[completions.count - 1].extend(to: time)
        } else if completions.count < Self.maxStretches {
            completions.append(Stretch(of: names[rank], at: time))
            lastCompleted = rank
        } else {
            isCut = true
        }
    }

    /// Returns true when this answer begins an epoch of a version that had one before.
    private mutating func advance(to rank: Int, at time: Nanoseconds, on connection: inout Connection) -> Bool {
        let current = epochs.count - 1
        if rank == lastEpoch {
            epochs[current].extend(to: time)
            connection.epoch = current
            return false
        }
        let isNew = !hadEpoch[rank]
        guard isNew || connection.epoch == current || connection.opened > epochs[current].first else { return false }
        guard epochs.count < Self.maxStretches else {
            isCut = true
            return false
        }
        epochs.append(Stretch(of: names[rank], at: time))
        hadEpoch[rank] = true
        lastEpoch = rank
        connection.epoch = current + 1
        return !isNew
    }
}
