/// A number that is given out once; kinds of them cannot be mixed up.
package protocol SerialNumber: RawRepresentable, Codable, Hashable, Comparable, Sendable, CustomStringConvertible
where RawValue == Int {}

extension SerialNumber {
    package static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }

    package var description: String { "\(rawValue)" }
}

/// The number of a generation: from 1, one more for each attempt to start one, never reused in a state directory.
package struct GenerationNumber: SerialNumber {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }
}

/// The serial number of one process instance, never reused in a state directory.
///
/// It stands for the process wherever a pid would be ambiguous. A worker has a slot (1…n in its generation) as well; when
/// the worker of a slot exits, its successor has the same slot and a new number.
package struct WorkerNumber: SerialNumber {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }
}

/// A command that waits for an answer. The loop gives the numbers and knows which client each belongs to.
package struct RequestNumber: SerialNumber {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }
}

/// One SO_REUSEPORT socket of one listener, for as long as its descriptor lives. It is no index: indices move.
package struct LaneNumber: SerialNumber {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }
}

/// The numbers that come next. Kept in the durable state, so that no number is given out twice.
package struct Numbering: Equatable, Codable, Sendable {
    /// The number of the next generation.
    package private(set) var nextGeneration: GenerationNumber
    /// The number of the next process instance.
    package private(set) var nextWorker: WorkerNumber

    package init(
        nextGeneration: GenerationNumber = .init(rawValue: 1), nextWorker: WorkerNumber = .init(rawValue: 1)
    ) {
        self.nextGeneration = nextGeneration
        self.nextWorker = nextWorker
    }

    /// Gives out the next generation's number.
    package mutating func generation() -> GenerationNumber {
        defer { nextGeneration = GenerationNumber(rawValue: nextGeneration.rawValue + 1) }
        return nextGeneration
    }

    /// Gives out the next worker's number.
    package mutating func worker() -> WorkerNumber {
        defer { nextWorker = WorkerNumber(rawValue: nextWorker.rawValue + 1) }
        return nextWorker
    }
}
