/// A number that a worker wrote, bounded where it comes in, so that nothing behind can trap on it: sums over all workers
/// and buckets, times a hundred, fit an `Int`. No honest counter comes near the bound.
///
/// A worker may write what it likes into its scoreboard. What it says of itself is its own affair; the master that adds it
/// up must live.
package struct WorkerCount: Equatable, Hashable, Sendable {
    /// The largest: 2^48.
    package static let largest = 1 << 48

    /// From 0 to `largest`.
    package private(set) var value: Int

    /// Nothing counted.
    package init() { value = 0 }

    /// What a worker wrote; more than `largest` is `largest`.
    package init(_ written: UInt64) { value = Int(min(written, UInt64(Self.largest))) }

    /// Adds another worker's; the sum, too, is bounded.
    package static func += (count: inout WorkerCount, other: WorkerCount) {
        count.value = min(count.value + other.value, largest)
    }
}
