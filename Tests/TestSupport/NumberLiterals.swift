package import DeployCore

// Numbers of the core as literals: a test says 2 where it means generation 2.

extension GenerationNumber: ExpressibleByIntegerLiteral {
    /// A number as a test writes it.
    package init(integerLiteral value: Int) { self.init(rawValue: value) }
}

extension WorkerNumber: ExpressibleByIntegerLiteral {
    /// A number as a test writes it.
    package init(integerLiteral value: Int) { self.init(rawValue: value) }
}

extension RequestNumber: ExpressibleByIntegerLiteral {
    /// A number as a test writes it.
    package init(integerLiteral value: Int) { self.init(rawValue: value) }
}

extension LaneNumber: ExpressibleByIntegerLiteral {
    /// A number as a test writes it.
    package init(integerLiteral value: Int) { self.init(rawValue: value) }
}

extension Slot: ExpressibleByIntegerLiteral {
    /// A number as a test writes it.
    package init(integerLiteral value: Int) { self.init(value) }
}
