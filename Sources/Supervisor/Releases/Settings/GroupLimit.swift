internal import Linux

/// Limits on all workers of a generation together. Keys are those of `limits.generation` in both files.
package enum GroupLimit: String, CaseIterable, Sendable {
    /// Memory, in bytes: beyond it the kernel kills one of them.
    case memory
    /// Processor time, in percent of one processor.
    case cpu
    /// Processes and threads, a number.
    case tasks

    /// Limits by key; `ResourceLimit.unlimited` for none. What is absent is not limited.
    package typealias Values = [GroupLimit: UInt64]

    /// The part of the kernel that keeps it. Source: Documentation/admin-guide/cgroup-v2.rst.
    package var controller: String {
        switch self {
        case .memory: "memory"
        case .cpu: "cpu"
        case .tasks: "pids"
        }
    }

    /// The file of a control group that has it.
    package var file: String {
        switch self {
        case .memory: "memory.max"
        case .cpu: "cpu.max"
        case .tasks: "pids.max"
        }
    }

    /// The content of the file for a value. Processor time is counted in periods of 100 ms.
    package func text(_ value: UInt64) -> String {
        self == .cpu ? "\(value * 1000) 100000" : "\(value)"
    }
}

extension GroupLimit {
    /// Reads the object `generation` in `limits`.
    static func values(reading reader: inout ObjectReader) -> Values {
        var values: Values = [:]
        for limit in allCases { values[limit] = limit.value(from: &reader) }
        return values
    }

    private func value(from reader: inout ObjectReader) -> UInt64? {
        if reader.value(rawValue) == .text("unlimited") { return ResourceLimit.unlimited }
        switch self {
        case .memory: return reader.size(rawValue, atLeast: 1 << 20).map(UInt64.init)
        case .tasks: return reader.integer(rawValue, in: 1...Int.max).map(UInt64.init)
        case .cpu:
            return reader.read(rawValue, expected: "a share of one processor such as \"150%\", of at least 1%") {
                guard let text = $0.text, text.last == "%", let percent = UInt64(text.dropLast()),
                    (1...1_000_000).contains(percent)
                else { return nil }
                return percent
            }
        }
    }
}
