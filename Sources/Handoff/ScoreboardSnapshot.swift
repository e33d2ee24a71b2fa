package import Linux

/// Counters as they were at one moment, bounded: see ``WorkerCount``.
package struct ScoreboardSnapshot: Equatable, Sendable {
    private var values: [Scoreboard.Counter: WorkerCount] = [:]
    /// How long answers took.
    package private(set) var latency = LatencyHistogram()
    /// The counts of `Scoreboard.sites` sites; empty without a worker.
    package private(set) var sites: [SiteCount] = []

    /// What was answered for one site.
    package struct SiteCount: Equatable, Sendable {
        /// All of its answers.
        package private(set) var answers = WorkerCount()
        /// Of these, those that `Scoreboard.isServerError` means.
        package private(set) var serverErrors = WorkerCount()

        fileprivate init(_ answers: UInt64, _ serverErrors: UInt64) {
            (self.answers, self.serverErrors) = (WorkerCount(answers), WorkerCount(serverErrors))
        }

        fileprivate static func += (count: inout Self, other: Self) {
            count.answers += other.answers
            count.serverErrors += other.serverErrors
        }
    }

    /// All zero.
    package init() {}

    /// Reads a mapped scoreboard; nil when no worker has begun to count in it.
    package init?(_ mapping: borrowing SharedMapping) {
        guard mapping.load(0) == Scoreboard.magic else { return nil }
        for counter in Scoreboard.Counter.allCases { values[counter] = WorkerCount(mapping.load(counter.rawValue)) }
        latency = LatencyHistogram(
            (0..<Scoreboard.latencyBuckets).map { mapping.load(Scoreboard.latencyStart + $0) })
        for site in 0..<Scoreboard.sites {
            let place = Scoreboard.sitesStart + 2 * site
            sites.append(SiteCount(mapping.load(place), mapping.load(place + 1)))
        }
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
        sites = (0..<Scoreboard.sites).map { site in
            SiteCount(number(Scoreboard.sitesStart + 2 * site), number(Scoreboard.sitesStart + 2 * site + 1))
        }
    }

    /// One counter.
    package subscript(_ counter: Scoreboard.Counter) -> Int { values[counter]?.value ?? 0 }

    /// Adds another worker's counters.
    package mutating func add(_ other: ScoreboardSnapshot) {
        for counter in Scoreboard.Counter.allCases {
            values[counter, default: WorkerCount()] += other.values[counter] ?? WorkerCount()
        }
        latency.add(other.latency)
        guard !sites.isEmpty else { return sites = other.sites }
        for site in other.sites.indices { sites[site] += other.sites[site] }
    }
}
