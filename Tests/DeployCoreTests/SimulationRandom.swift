/// The simulation's only source of chance: SplitMix64 from a seed, or a recorded sequence of draws played again.
///
/// A draw of 0 always stands for the plainest choice (nothing goes wrong, the shortest delay), and a sequence that has
/// run out goes on with zeros. So a history can be shrunk by removing draws and by setting them to 0.
struct SimulationRandom {
    private var state: UInt64
    private let replay: [UInt64]?
    /// All draws so far.
    private(set) var draws: [UInt64] = []

    init(seed: UInt64) {
        state = seed
        replay = nil
    }

    init(replaying draws: [UInt64]) {
        state = 0
        replay = draws
    }

    private mutating func draw() -> UInt64 {
        let value: UInt64
        if let replay {
            value = draws.count < replay.count ? replay[draws.count] : 0
        } else {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            // Small numbers are enough for every choice, and easy on the eye in a printed history.
            value = (mixed ^ (mixed >> 31)) >> 44
        }
        draws.append(value)
        return value
    }

    /// A number from 0 to below `bound`.
    mutating func number(below bound: Int) -> Int {
        Int(draw() % UInt64(bound))
    }

    /// True in so many cases of a hundred.
    mutating func chance(_ percent: Int) -> Bool {
        draw() % 100 >= UInt64(100 - percent)
    }

    /// One of the choices; the first is the plainest.
    mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
        choices[number(below: choices.count)]
    }

    /// A delay up to the limit; half of them are short.
    mutating func delay(upTo limit: Duration) -> Duration {
        let value = draw()
        let part = Int((value >> 1) % 1_000)
        return value & 1 == 0 ? limit * part / 20_000 : limit * part / 1_000
    }
}
