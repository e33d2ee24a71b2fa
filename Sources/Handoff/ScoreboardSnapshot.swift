package import Linux

/// Counters as they were at one moment, bounded: see ``WorkerCount``.
package struct ScoreboardSnapshot: Equatable, Sendable {
    private var values: [Scoreboard.Counter: WorkerCount] = [:]
    /// How long answers took.
    package private(set) var latency = LatencyHistogram()

    /// All zero.
    package init() {}

    /// Reads a mapped scoreboard; nil when no worker has begun to count in it.
    package init?(_ mapping: borrowing SharedMapping) {
        guard mapping.load(0) == Scoreboard.magic else { return nil }
        for counter in Scoreboard.Counter.allCases { values[counter] = WorkerCount(mapping.load(counter.rawValue)) }
        latency = LatencyHistogram(
            (0..<Scoreboard.latencyBuckets).map { mapping.load(Scoreboard.latencyStart + $0) })
    }

    /// Reads a scoreboard's file without mapping it; nil when no worker has begun to count in it, or the file is too
    /// short. The way for whoever must outlive the worker: a mapped file that its worker cuts short kills the reader
    /// with SIGBUS.
    package init?(reading file: borrowing FileDescriptor) throws(SystemError) {
        let bytes = try file.read(at: 0, count: Scoreboard.byteCount)
        guard bytes.count == Scoreboard.byteCount else { return nil }
        func number(_ index: Int) -> UInt64 {
            unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) }
        }
        guard number(0) == Scoreboard.magic else { return nil }
        for counter in Scoreboard.Counter.allCases { values[counter] = WorkerCount(number(counter.rawValue)) }
        latency = LatencyHistogram((0..<Scoreboard.latencyBuckets).map { number(Scoreboard.latencyStart + $0) })
    }

    /// One counter.
    package subscript(_ counter: Scoreboard.Counter) -> Int { values[counter]?.value ?? 0 }

    /// Adds another worker's counters.
    package mutating func add(_ other: ScoreboardSnapshot) {
        for counter in Scoreboard.Counter.allCases {
            values[counter, default: WorkerCount()] += other.values[counter] ?? WorkerCount()
        }
        latency.add(other.latency)
    }
}
