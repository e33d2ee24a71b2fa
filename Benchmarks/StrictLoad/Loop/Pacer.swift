/// When requests are due: at an even rate over all clients, and after each client's think time.
struct Pacer {
    private let interval: Double?
    private let start: Nanoseconds
    private let think: ClosedRange<Nanoseconds>
    private var taken = 0
    private var random: SplitMix64

    init(plan: LoadPlan, start: Nanoseconds) {
        interval = plan.rate.map { 1e9 / Double($0) }
        self.start = start
        think = plan.think
        random = SplitMix64(seed: plan.seed)
    }

    /// When the next request of a client that is free since `now` is due. With a rate it may lie in the past: all
    /// clients were busy when its turn came, and its latency counts from there.
    mutating func due(freeSince now: Nanoseconds) -> Nanoseconds {
        let rested = think.upperBound == 0 ? now : now + Nanoseconds.random(in: think, using: &random)
        guard let interval else { return rested }
        let turn = start + Nanoseconds(Double(taken) * interval)
        taken += 1
        return rested > now ? max(rested, turn) : turn
    }
}

/// A small generator of random numbers that repeats itself for a seed. Source: Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
