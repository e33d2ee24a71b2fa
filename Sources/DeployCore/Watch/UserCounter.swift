/// Makes of what the workers of a generation count what users got: without the master's own probes.
///
/// Workers count an answer when they have sent it, and the master learns of it a moment later. So every probe that was sent
/// is left out, answered or not, and no figure falls: what users got is rather counted late than too high.
struct UserCounter: Equatable, Sendable {
    /// What the workers counted at the last look, and what of it was for users.
    private var last: (counted: TrafficCounts, users: TrafficCounts)?

    /// Takes a look; nil: the workers do not count.
    mutating func users(_ seen: GenerationCounts) -> TrafficCounts? {
        guard let counted = seen.traffic else {
            last = nil
            return nil
        }
        let probes = seen.probes
        var users = counted
        users.accepted -= probes.sent
        users.answers -= probes.sent
        users.serverErrors -= probes.serverErrors + probes.inFlight
        users.bytes -= probes.bytes
        users.inFlight = max(0, counted.inFlight - probes.inFlight)
        // (Counts that have fallen are those of other workers.)
        if let last, counted.since(last.counted) != nil {
            users.accepted = max(users.accepted, last.users.accepted)
            users.answers = max(users.answers, last.users.answers)
            users.serverErrors = max(users.serverErrors, last.users.serverErrors)
            users.bytes = max(users.bytes, last.users.bytes)
        }
        last = (counted, users)
        return users
    }

    static func == (one: Self, other: Self) -> Bool {
        one.last?.counted == other.last?.counted && one.last?.users == other.last?.users
    }
}
