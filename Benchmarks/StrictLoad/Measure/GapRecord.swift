/// The longest time that passed between two good answers: what a user who reloads all the time would have waited.
package struct GapRecord {
    private var previous: Nanoseconds?

    /// The longest gap; 0 before the second answer.
    package private(set) var longest: Nanoseconds = 0

    /// When the longest gap began, since the start of the run; 0 before the second answer.
    package private(set) var beganAt: Nanoseconds = 0

    package init() {}

    /// Notes a good answer at `now`, since the start of the run; the order of the calls is the order of the answers.
    package mutating func answered(at now: Nanoseconds) {
        if let previous, now - previous > longest {
            longest = now - previous
            beganAt = previous
        }
        previous = now
    }
}
