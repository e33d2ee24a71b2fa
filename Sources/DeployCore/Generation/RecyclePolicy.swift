/// When a worker that works is replaced by a fresh one. Nil limits never are.
package struct RecyclePolicy: Equatable, Codable, Sendable {
    /// Resident memory, in bytes.
    package var memory: Int?
    /// How long it has been ready. Up to a tenth less, differently for each worker, so that not all become old at once.
    package var age: Duration?
    /// From one look at the memory to the next.
    package var interval: Duration = .seconds(10)
    /// A successor that does not say READY=1 gets so long before the worker in its place is drained.
    package var settling: Duration = .seconds(10)

    package init() {}

    /// The age at which this worker is old.
    func age(of worker: WorkerNumber) -> Duration? {
        // Neighbours are spread over the tenth by the golden ratio.
        age.map { $0 - $0 * (worker.rawValue * 618 % 1_000) / 10_000 }
    }
}

/// Why a worker is replaced.
package enum RecycleCause: Equatable, Codable, Sendable, CustomStringConvertible {
    /// It had so many bytes of resident memory.
    case memory(Int, limit: Int)
    /// It had been ready for so long.
    case age(Duration)

    package var description: String {
        switch self {
        case .memory(let bytes, let limit): "had \(Self.text(bytes)) of memory, the limit is \(Self.text(limit))"
        case .age(let age): "was \(age.text) old"
        }
    }

    private static func text(_ bytes: Int) -> String {
        bytes < 1 << 20 ? "\(bytes >> 10) KiB" : "\(bytes >> 20) MiB"
    }
}
