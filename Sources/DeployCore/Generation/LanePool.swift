/// The lanes of one listener: which generation has which, and where each stands in the kernel's reuseport group.
///
/// A pure model of what the kernel does (net/core/sock_reuseport.c): a socket joins the group at the end when it starts to
/// listen; when one leaves (closed, or shut down), the last one takes its index. An index out of range would fall back to
/// a hash over all.
///
/// A lane belongs to one generation for ever: workers had it in their hands, and what they left alive may still have. It
/// is closed when its generation is gone and no connection can arrive in it any more. Behind the lanes of generations stand
/// fresh ones, which no worker ever had and which nobody is steered to: one of them is what the kernel moves into a gap,
/// so that no index in force changes. That one is the next generation's.
package struct LanePool: Codable, Equatable, Sendable {
    /// Whose a lane is.
    package enum Holder: Codable, Equatable, Sendable {
        /// As an earlier version left it: being opened for the generation.
        case opening(GenerationNumber)
        /// As an earlier version left it: free, after generations that are gone.
        case nobody
        /// Nobody's, and was never anybody's.
        case fresh
        /// The generation's.
        case generation(GenerationNumber)
        /// Of a generation that is gone; connections may arrive in it until then.
        case retired(until: Instant)
        /// The service manager's, which keeps it open: never given to a generation, and never closed.
        case manager
        /// Somebody else's, who opened it, or has it from a worker that is gone: it is in the group, and that is all.
        case stranger
    }

    /// How many fresh lanes stand ready at most.
    package static let mostFresh = 8
    /// How many ways in which a group may have changed are thought through.
    private static let mostOutcomes = 1000
    /// How many lanes of generations that are gone wait at most for connections under way.
    package static let mostRetired = 16

    /// The kernel's group: lanes in the order of their indices.
    package private(set) var group: [LaneNumber] = []
    /// Every lane that has a socket.
    package private(set) var holders: [LaneNumber: Holder] = [:]
    /// The lanes of the group in the order in which they began to listen; nil: as an earlier version left it, not known.
    package private(set) var joined: [LaneNumber]?
    /// The generations whose lanes the kernel's program names; nil: as an earlier version left it, not known.
    package private(set) var named: Set<GenerationNumber>?
    private var next: LaneNumber

    /// No lanes yet; their numbers begin behind `last`.
    package init(behind last: Int = 0) {
        next = LaneNumber(rawValue: last + 1)
        joined = []
    }

    /// The number of a socket that is about to be opened.
    package mutating func number() -> LaneNumber {
        defer { next = LaneNumber(rawValue: next.rawValue + 1) }
        return next
    }

    /// A socket listens, and so is the last of the group.
    package mutating func add(_ lane: LaneNumber, _ holder: Holder = .fresh) {
        guard holders[lane] == nil else { fatalError("lane \(lane) is there already") }
        next = max(next, LaneNumber(rawValue: lane.rawValue + 1))
        holders[lane] = holder
        join(lane)
    }

    /// Gives the generation, which must have none yet, a lane that no worker ever had; nil: there is none.
    package mutating func acquire(for generation: GenerationNumber) -> LaneNumber? {
        guard lane(of: generation) == nil else { fatalError("generation \(generation) has a lane already") }
        // The foremost: the fewer stand before it, the fewer can move it.
        guard let lane = group.first(where: { holders[$0] == .fresh }) else { return nil }
        holders[lane] = .generation(generation)
        return lane
    }

    /// The generation is gone. Its lane, if it had one, is closed when connections cannot arrive any more.
    @discardableResult
    package mutating func release(_ generation: GenerationNumber, until moment: Instant) -> LaneNumber? {
        guard let lane = lane(of: generation) else { return nil }
        holders[lane] = .retired(until: moment)
        return lane
    }

    /// Connections may have begun to come to a fresh lane: it is closed as that of a generation that is gone.
    package mutating func retire(_ lane: LaneNumber, until moment: Instant) {
        if holders[lane] == .fresh { holders[lane] = .retired(until: moment) }
    }

    /// A lane that is to be closed cannot be: it is tried again.
    package mutating func postpone(_ lane: LaneNumber, until moment: Instant) {
        switch holders[lane] {
        case .retired, .nobody: holders[lane] = .retired(until: moment)
        case .opening, .fresh, .generation, .manager, .stranger, nil: break
        }
    }

    /// The lanes that are to be closed now.
    package func expired(at now: Instant) -> [LaneNumber] {
        let waiting = retired.sorted { ($0.until, $0.lane) < ($1.until, $1.lane) }
        let tooMany = max(0, waiting.count - Self.mostRetired)
        return waiting.enumerated().filter { $0.offset < tooMany || $0.element.until <= now }.map(\.element.lane)
    }

    /// When the next lane is to be closed.
    package var nextDeadline: Instant? { retired.map(\.until).min() }

    package var retired: [(until: Instant, lane: LaneNumber)] {
        holders.compactMap { lane, holder in
            switch holder {
            case .retired(let moment): (moment, lane)
            case .nobody: (Instant(sinceBoot: .zero), lane)
            case .opening, .fresh, .generation, .manager, .stranger: nil
            }
        }
    }

    /// How many fresh lanes have to be opened before anything else is done to the group.
    ///
    /// Who holds a lane can take it out of the group and let it join again, at any moment and as often as he likes. Each
    /// time one that stands before the lanes in force leaves, the last one fills the gap; so as long as behind them stand
    /// as many fresh ones as others before them, theirs do not move, whatever those others do.
    ///
    /// The one that joined last must be a fresh one too: who joins again stands behind it, and so is noticed.
    package var shortage: Int {
        let hasFence = joined?.last.map { holders[$0] == .fresh } ?? false
        let top = group.lastIndex { isNamed($0) } ?? -1
        let before = group.prefix(max(0, top)).count { holders[$0] != .fresh && holders[$0] != .manager }
        let behind = group.suffix(from: top + 1).count { holders[$0] == .fresh }
        return max(hasFence ? 0 : 1, min(max(1, before), Self.mostFresh) - behind)
    }

    /// Fresh lanes that nobody needs, in the order in which they are to be closed. What the kernel moves then is a fresh one.
    package var surplus: [LaneNumber] {
        var pool = self
        var lanes: [LaneNumber] = []
        while let last = pool.group.last, holders[last] == .fresh {
            let free = pool.group.reversed().filter { holders[$0] == .fresh && $0 != pool.joined?.last }
            let isSpared = { (lane: LaneNumber) in
                var rest = pool
                rest.close(lane)
                return rest.shortage == 0
            }
            guard let lane = free.first(where: isSpared) else { break }
            pool.close(lane)
            lanes.append(lane)
        }
        return lanes
    }

    /// How many lanes that only the master and the keeper hold stand before one that is steered to.
    ///
    /// When both are killed, these leave the group one after the other, in any order. With one of them nothing can go
    /// wrong: the lane that is steered to keeps its index, or moves when it is the only one left. With two it may move while
    /// another still stands there, and what enters that by the hash is reset when it goes too.
    package var exposure: Int {
        guard let top = group.lastIndex(where: { isNamed($0) }) else { return 0 }
        return group.prefix(top).count { isLoose($0) }
    }

    /// What brings the one lane that is steered to forward, before ``exposure`` can come to two: the fresh ones behind it, to
    /// be closed from the end, and then a fresh one before it, into whose place the kernel moves it. Nil: there is no need,
    /// or somebody else's lane stands behind it.
    ///
    /// - Parameter draining: generations whose workers accept no more, and whose lanes only the master and the keeper hold
    ///   as soon as they have ended.
    package func advance(draining: Set<GenerationNumber>) -> (behind: [LaneNumber], before: LaneNumber)? {
        guard group.count(where: { isNamed($0) }) == 1, let top = group.lastIndex(where: { isNamed($0) }) else {
            return nil
        }
        let before = group.prefix(top)
        let behind = group.suffix(from: top + 1)
        let isPassedOn = { isLoose($0) || isOne(of: draining, $0) }
        guard before.count(where: isPassedOn) > 1,
            // In the moment when it moves the kernel may choose any: nobody else's who accepts.
            before.allSatisfy({ isPassedOn($0) || holders[$0] == .manager }),
            behind.allSatisfy({ holders[$0] == .fresh }), let fresh = before.first(where: { holders[$0] == .fresh })
        else { return nil }
        return (behind.reversed(), fresh)
    }

    /// The fresh lanes to be closed first, in this order, when one is closed that stands before the newest generation's, to
    /// which no users are sent yet: then the kernel moves that one into its place. Nil: there is no such generation.
    ///
    /// A fresh one in that place would be one of two before the newest when it takes over. Then a kill of the master and
    /// the keeper may move it, and who enters the older one's lane by the hash is reset when its workers end.
    ///
    /// - Parameter serving: the generations that users are sent to.
    package func fence(behind lane: LaneNumber, serving: Set<GenerationNumber>) -> [LaneNumber]? {
        guard let newest = newest(serving), let index = index(of: lane), index < newest else { return nil }
        return group.suffix(from: newest + 1).reversed()
    }

    /// A fresh lane whose place is better taken by the newest generation's: see ``fence(behind:serving:)``.
    package func gap(serving: Set<GenerationNumber>) -> LaneNumber? {
        newest(serving).flatMap { group.prefix($0).first { holders[$0] == .fresh } }
    }

    /// Where the lane of a generation stands that no users are sent to yet, behind those that they are sent to and with none
    /// but fresh ones behind it.
    private func newest(_ serving: Set<GenerationNumber>) -> Int? {
        guard let newest = group.lastIndex(where: { holders[$0] != .fresh }), case .generation = holders[group[newest]],
            let top = group.lastIndex(where: { isOne(of: serving, $0) }), top < newest
        else { return nil }
        return newest
    }

    private func isOne(of generations: Set<GenerationNumber>, _ lane: LaneNumber) -> Bool {
        if case .generation(let generation) = holders[lane] { generations.contains(generation) } else { false }
    }

    private func isLoose(_ lane: LaneNumber) -> Bool {
        switch holders[lane] {
        case .fresh, .retired, .nobody: true
        case .generation, .opening, .manager, .stranger, nil: false
        }
    }

    /// From now on the program names the lanes of these generations: see ``shortage``.
    package mutating func name(_ generations: Set<GenerationNumber>) { named = generations }

    /// Whether connections are steered to it.
    private func isNamed(_ lane: LaneNumber) -> Bool {
        if case .generation(let generation) = holders[lane] { named?.contains(generation) ?? true } else { false }
    }

    /// Whether no lane that users are sent to moves when this one is closed.
    ///
    /// - Parameter serving: the generations that users are sent to; nil: those of an earlier master's program, which names
    ///   guests' too.
    package func canClose(_ lane: LaneNumber, serving: Set<GenerationNumber>?) -> Bool {
        guard index(of: lane) != nil, let last = group.last, last != lane else { return true }
        return serving.map { !isOne(of: $0, last) } ?? !isNamed(last)
    }

    /// A socket no longer listens (a worker shut it down): the last one takes its index.
    package mutating func lost(_ lane: LaneNumber) {
        guard let index = group.firstIndex(of: lane) else { return }
        group[index] = group[group.count - 1]
        group.removeLast()
        joined?.removeAll { $0 == lane }
    }

    /// A lost socket listens again: it has joined the group, at the end.
    package mutating func relisten(_ lane: LaneNumber) {
        guard holders[lane] != nil, !group.contains(lane) else { fatalError("lane \(lane) was not lost") }
        join(lane)
    }

    private mutating func join(_ lane: LaneNumber) {
        group.append(lane)
        joined?.append(lane)
    }

    /// A socket was closed for good.
    package mutating func close(_ lane: LaneNumber) {
        lost(lane)
        holders[lane] = nil
    }

    /// Takes note of who is in the group, in the order in which each joined it: others may have left it, and joined it
    /// again. Several that moved did so in an order that nobody knows. What the pool did not know is a fresh lane.
    ///
    /// - Returns: whether the order of the group is known.
    package mutating func reconcile(with roll: [LaneNumber]) -> Bool {
        // Where who joined when is not known, at least who is there can be compared.
        let before = joined ?? roll.filter { group.contains($0) }
        var stayed = 0
        // Who did not leave stands in the roll as before, and those that joined again stand behind them.
        for lane in before where stayed < roll.count && roll[stayed] == lane { stayed += 1 }
        let left = group.filter { !roll.prefix(stayed).contains($0) }
        let back = Array(roll.dropFirst(stayed))
        let outcomes = back.isEmpty ? self.outcomes(of: left) : []
        for lane in left { lost(lane) }
        if outcomes.count == 1, let outcome = outcomes.first { group = outcome }
        for lane in back {
            // Opened by an earlier master in its last moment: no worker can have it.
            if holders[lane] == nil { add(lane) } else { relisten(lane) }
        }
        joined = roll
        return Set(left).union(back).count < 2 || outcomes.count == 1
    }

    /// How the group may look when these have left it, in any order; empty: in too many ways.
    private func outcomes(of left: [LaneNumber]) -> Set<[LaneNumber]> {
        var states: Set<[LaneNumber]> = [group]
        for _ in left {
            var next: Set<[LaneNumber]> = []
            for state in states {
                for lane in left {
                    guard let index = state.firstIndex(of: lane), next.count <= Self.mostOutcomes else { continue }
                    var rest = state
                    rest[index] = rest[rest.count - 1]
                    rest.removeLast()
                    next.insert(rest)
                }
            }
            if next.count > Self.mostOutcomes { return [] }
            states = next
        }
        return states
    }

    /// What an earlier version left: its free lanes had generations, and go; one that it was opening is there or not.
    ///
    /// - Parameter isThere: whether a lane has a socket.
    package mutating func modernize(until moment: Instant, isThere: (LaneNumber) -> Bool) {
        for (lane, holder) in holders {
            switch holder {
            case .nobody: holders[lane] = .retired(until: moment)
            case .opening(let generation):
                if isThere(lane) { holders[lane] = .generation(generation) } else { close(lane) }
            case .fresh, .generation, .retired, .manager, .stranger: break
            }
        }
    }

    /// The lane is the service manager's after all.
    package mutating func leaveToManager(_ lane: LaneNumber) {
        if holders[lane] != nil { holders[lane] = .manager }
    }

    /// Whether it is one of these lanes, or was opened behind them.
    package func mayHave(_ lane: LaneNumber) -> Bool { holders[lane] != nil || lane >= next }

    /// The lane's index in the group; nil: it does not listen.
    package func index(of lane: LaneNumber) -> Int? {
        group.firstIndex(of: lane)
    }

    /// The generation's lane, listening or not.
    package func lane(of generation: GenerationNumber) -> LaneNumber? {
        holders.first { $0.value == .generation(generation) || $0.value == .opening(generation) }?.key
    }

    /// Where connections wait as long as nobody serves: a lane that no worker has.
    package var waitingRoom: LaneNumber? {
        group.first { holders[$0] == .manager } ?? group.first { holders[$0] == .fresh }
    }

    /// Who gets connections by the target, as indices with weights; nil if one of its generations has no listening lane.
    package func indices(for target: SteeringTarget) -> [(index: Int, weight: Int)]? {
        var result: [(index: Int, weight: Int)] = []
        for share in target.shares {
            guard let lane = lane(of: share.generation), let index = index(of: lane) else { return nil }
            result.append((index, share.weight))
        }
        return result
    }
}
