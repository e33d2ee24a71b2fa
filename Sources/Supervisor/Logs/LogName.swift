package import DeployCore

/// A file among the logs: what the processes of one kind wrote in one generation.
package struct LogName: Hashable, Sendable {
    package let generation: GenerationNumber
    /// The kind, by its name in the release; nil: the web workers, and what deployd itself adds.
    package let process: String?

    /// The log of a kind, or (nil) of the web workers.
    package init(_ generation: GenerationNumber, _ process: String? = nil) {
        self.generation = generation
        self.process = process
    }

    /// The log that a file is; nil: it is none.
    package init?(file: String) {
        let parts = file.split(separator: ".", omittingEmptySubsequences: false)
        guard 2...3 ~= parts.count, parts.last == "log", let number = Int(parts[0]), number > 0,
            parts.count == 2 || !parts[1].isEmpty
        else { return nil }
        self.init(GenerationNumber(rawValue: number), parts.count == 3 ? String(parts[1]) : nil)
    }

    /// The name of the file: "7.log", "7.queue.log".
    package var file: String { process.map { "\(generation).\($0).log" } ?? "\(generation).log" }

    /// The kind's name for people.
    package var kind: String { process ?? "web" }
}

extension LogName: Comparable {
    /// By generation; the web workers' first, then the kinds by their names.
    package static func < (left: Self, right: Self) -> Bool {
        (left.generation.rawValue, left.process ?? "") < (right.generation.rawValue, right.process ?? "")
    }
}
