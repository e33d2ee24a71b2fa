internal import Linux

/// What all workers of a generation together may use of the machine. Keys are those of `limits.generation` in both files.
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

    /// What is written there. Processor time is counted in periods of 100 ms.
    package func text(_ value: UInt64) -> String {
        self == .cpu ? "\(value * 1000) 100000" : "\(value)"
    }
}

extension ObjectReader {
    /// Reads the object `generation` in `limits`.
    mutating func groupLimits(_ key: String) -> GroupLimit.Values {
        object(key) { reader in
            var limits: GroupLimit.Values = [:]
            for limit in GroupLimit.allCases { limits[limit] = reader.groupLimit(limit) }
            return limits
        }
    }

    private mutating func groupLimit(_ limit: GroupLimit) -> UInt64? {
        let key = limit.rawValue
        if value(key) == .text("unlimited") { return ResourceLimit.unlimited }
        switch limit {
        case .memory: return size(key, atLeast: 1 << 20).map(UInt64.init)
        case .tasks: return integer(key, in: 1...Int.max).map(UInt64.init)
        case .cpu:
            return read(key, expected: "a share of one processor such as \"150%\", of at least 1%") {
                guard let text = $0.text, text.last == "%", let percent = UInt64(text.dropLast()),
                    (1...1_000_000).contains(percent)
                else { return nil }
                return percent
            }
        }
    }
}
