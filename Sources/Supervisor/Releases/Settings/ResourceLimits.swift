package import Linux

/// Limits on what a worker may use of the machine. Keys are those of `limits` in both files.
package struct ResourceLimits: Hashable, Sendable {
    /// The limits that were asked for, soft and hard alike, each in the unit of its resource; `ResourceLimit.unlimited`
    /// for none. A resource that is absent keeps the master's limit.
    package var values: [ResourceLimit: UInt64]
    /// Limits of a generation as a whole.
    package var generation: GroupLimit.Values

    /// These limits, and no others.
    package init(_ values: [ResourceLimit: UInt64] = [:], generation: GroupLimit.Values = [:]) {
        self.values = values
        self.generation = generation
    }

    /// These limits, but those of `other` where it has any.
    package func overridden(by other: ResourceLimits) -> ResourceLimits {
        ResourceLimits(
            values.merging(other.values) { $1 }, generation: generation.merging(other.generation) { $1 })
    }
}

extension ResourceLimits {
    init(reading reader: inout ObjectReader) {
        self.init()
        for resource in ResourceLimit.allCases { values[resource] = Self.limit(resource, from: &reader) }
        generation = reader.object("generation") { GroupLimit.values(reading: &$0) }
    }

    private static func limit(_ resource: ResourceLimit, from reader: inout ObjectReader) -> UInt64? {
        let key = resource.rawValue
        if reader.value(key) == .text("unlimited") { return ResourceLimit.unlimited }
        switch resource {
        case .files, .processes: return reader.integer(key, in: 1...Int.max).map(UInt64.init)
        case .core, .memory, .locked, .fileSize, .stack: return reader.size(key).map(UInt64.init)
        case .processorTime:
            return reader.duration(key, atLeast: .seconds(1)).map { UInt64($0.components.seconds) }
        }
    }
}
