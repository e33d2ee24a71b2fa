/// One look at what users got.
struct Look: Equatable, Sendable {
    let at: Instant
    let new: TrafficCounts?
    let old: TrafficCounts?

    /// What the new generation did since an earlier look; nil: nobody knows.
    func new(since earlier: Look?) -> TrafficCounts? { Self.gain(new, since: earlier?.new) }

    /// What the old generation did since an earlier look; nil: nobody knows.
    func old(since earlier: Look?) -> TrafficCounts? { Self.gain(old, since: earlier?.old) }

    private static func gain(_ later: TrafficCounts?, since earlier: TrafficCounts?) -> TrafficCounts? {
        guard let later, let earlier else { return nil }
        return later.since(earlier)
    }
}

/// The looks of a watch, as far as they are needed: the first, those of the last second, and the blocks of answers that the
/// tests take.
struct Looks: Equatable, Sendable {
    /// So long a block lasts at the least, and as long as there is no answer to a user in it.
    static let blockLength = Duration.milliseconds(200)

    private let window: Duration
    /// What the old generation had counted when the deploy began; nil: nobody looked.
    let before: TrafficCounts?
    /// The first look; again the first one after counters have fallen.
    private(set) var first: Look?
    /// Looks within the window, the oldest first, and one that is just older.
    private(set) var recent: [Look] = []
    /// The look with which the block under way began.
    private var blockStart: Look?
    /// What the new generation did in the block that ended with the last look; nil: none did.
    private(set) var block: TrafficCounts?

    init(window: Duration, before: TrafficCounts?) {
        self.window = window
        self.before = before
    }

    /// The last look.
    var last: Look? { recent.last }

    mutating func take(_ look: Look) {
        block = nil
        // (What has not fallen since the last look has not fallen since the first.)
        guard first != nil, look.new(since: recent.last) != nil else {
            // The first look, or a worker was replaced, and its counts went with it.
            first = look
            recent = [look]
            blockStart = look
            return
        }
        recent.append(look)
        while recent.count > 1, look.at - recent[1].at >= window { recent.removeFirst() }
        guard let start = blockStart, look.at - start.at >= Self.blockLength, let gain = look.new(since: start),
            gain.answers > 0
        else { return }
        block = gain
        blockStart = look
    }

    /// What the old generation did from the deploy's beginning to the first look of the watch.
    var justBefore: TrafficCounts? {
        guard let before else { return nil }
        return first?.old?.since(before)
    }

    /// What the old generation does at the same time as the new one: in the last second, or else since the watch began.
    var meanwhile: TrafficCounts? {
        let counts = [recent.first, first].compactMap { last?.old(since: $0) }
        return counts.first { $0.answers >= Self.comparable } ?? counts.last
    }

    /// With fewer answers the old generation's share is no share.
    static let comparable = 20
}
