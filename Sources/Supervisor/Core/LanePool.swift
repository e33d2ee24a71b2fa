/// The lanes of one listener: which generation has which, and where each stands in the kernel's reuseport group.
///
/// A pure model of what the kernel does (net/core/sock_reuseport.c): a socket joins the group at the end when it starts to
/// listen; when one leaves (closed, or shut down), the last one takes its index. Lanes are reused, not closed, so indices
/// move only by such accidents; an index out of range would fall back to a hash over all.
package struct LanePool: Codable, Equatable, Sendable {
    /// Whose a lane is.
    package enum Holder: Codable, Equatable, Sendable {
        /// Being opened for the generation; not yet in the group.
        case opening(GenerationNumber)
        /// The generation's.
        case generation(GenerationNumber)
        /// Nobody's: to be reused.
        case nobody
    }

    /// What has to be done so that the generation has a lane.
    package enum Acquisition: Equatable, Sendable {
        /// Nothing: this one is free, and listens.
        case reuse(LaneNumber)
        /// This one is free, but has been shut down: `listen`, then `relisten(_:)`.
        case listenAgain(LaneNumber)
        /// A new socket: open it, then `opened(_:)` or `openFailed(_:)`.
        case open(LaneNumber)

        /// The lane.
        package var lane: LaneNumber {
            switch self {
            case .reuse(let lane), .listenAgain(let lane), .open(let lane): lane
            }
        }
    }

    /// The kernel's group: lanes in the order of their indices.
    package private(set) var group: [LaneNumber] = []
    /// Every lane that has, or is about to have, a socket.
    package private(set) var holders: [LaneNumber: Holder] = [:]
    private var next: LaneNumber

    /// No lanes yet; their numbers begin behind `last`.
    package init(behind last: Int = 0) {
        next = LaneNumber(rawValue: last + 1)
    }

    /// Gives the generation a lane. It must have none yet.
    package mutating func acquire(for generation: GenerationNumber) -> Acquisition {
        guard lane(of: generation) == nil else { fatalError("generation \(generation) has a lane already") }
        let free = holders.filter { $0.value == .nobody }.map(\.key).sorted()
        // A listening lane is preferred: it needs no system call, and moves no index.
        if let lane = free.first(where: { index(of: $0) != nil }) {
            holders[lane] = .generation(generation)
            return .reuse(lane)
        }
        if let lane = free.first {
            holders[lane] = .generation(generation)
            return .listenAgain(lane)
        }
        let lane = next
        next = LaneNumber(rawValue: lane.rawValue + 1)
        holders[lane] = .opening(generation)
        return .open(lane)
    }

    /// The socket of a lane that was to be opened listens: it has joined the group, at the end.
    package mutating func opened(_ lane: LaneNumber) {
        guard case .opening(let generation) = holders[lane] else { fatalError("lane \(lane) was not being opened") }
        holders[lane] = .generation(generation)
        group.append(lane)
    }

    /// The socket of a lane could not be opened: there is no such lane.
    package mutating func openFailed(_ lane: LaneNumber) {
        guard case .opening = holders[lane] else { fatalError("lane \(lane) was not being opened") }
        holders[lane] = nil
    }

    /// A lane whose socket listened before this pool knew of it: it is the last of the group, and nobody's.
    package mutating func adopt() -> LaneNumber {
        let lane = next
        next = LaneNumber(rawValue: lane.rawValue + 1)
        holders[lane] = .nobody
        group.append(lane)
        return lane
    }

    /// The generation is gone; its lane waits for the next one. Returns the lane, nil if the generation had none.
    @discardableResult
    package mutating func release(_ generation: GenerationNumber) -> LaneNumber? {
        guard let lane = lane(of: generation) else { return nil }
        if case .opening = holders[lane] { fatalError("lane \(lane) is still being opened") }
        holders[lane] = .nobody
        return lane
    }

    /// The socket no longer listens (a worker shut it down): the last one takes its index.
    package mutating func lost(_ lane: LaneNumber) {
        guard let index = group.firstIndex(of: lane) else { return }
        group[index] = group[group.count - 1]
        group.removeLast()
    }

    /// Several sockets no longer listen, and nobody knows which of them left first.
    ///
    /// - Returns: whether the order of the others is known for all that.
    package mutating func lost(_ lanes: [LaneNumber]) -> Bool {
        let left = lanes.filter { group.contains($0) }
        for lane in left { lost(lane) }
        return left.count < 2 || group.count < 2
    }

    /// A lost socket listens again: it has joined the group, at the end.
    package mutating func relisten(_ lane: LaneNumber) {
        guard holders[lane] != nil, !group.contains(lane) else { fatalError("lane \(lane) was not lost") }
        group.append(lane)
    }

    /// Makes the pool agree with what an earlier master really left: it was killed between an action and its note. A lane
    /// that was being opened is in the group, at the end, if its socket listens; else there is no such lane. Nor is there
    /// one whose socket is gone, since all who held it were killed.
    ///
    /// - Parameter isListening: whether a lane's socket listens; nil: there is none.
    /// - Returns: whether the order of the group is known: see `lost`.
    package mutating func recover(isListening: (LaneNumber) -> Bool?) -> Bool {
        for (lane, holder) in holders.sorted(by: { $0.key < $1.key }) {
            guard case .opening = holder else { continue }
            if isListening(lane) == true { opened(lane) } else { openFailed(lane) }
        }
        let gone = holders.keys.filter { isListening($0) == nil }.sorted()
        let isOrderKnown = lost(gone)
        for lane in gone { holders[lane] = nil }
        return isOrderKnown
    }

    /// The socket of a free lane was closed for good.
    package mutating func closed(_ lane: LaneNumber) {
        guard holders[lane] == .nobody else { fatalError("lane \(lane) is not free") }
        lost(lane)
        holders[lane] = nil
    }

    /// The lane's index in the group; nil: it does not listen.
    package func index(of lane: LaneNumber) -> Int? {
        group.firstIndex(of: lane)
    }

    /// The generation's lane, listening or not.
    package func lane(of generation: GenerationNumber) -> LaneNumber? {
        holders.first { $0.value == .generation(generation) || $0.value == .opening(generation) }?.key
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
