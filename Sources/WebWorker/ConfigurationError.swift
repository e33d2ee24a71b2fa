/// All that is wrong with an application as it was put together. It does not serve with any of it.
public struct ConfigurationError: Error, Sendable, Equatable {
    /// One thing that is wrong.
    public struct Mistake: Sendable, Hashable {
        /// The setting as the application wrote it: `files("public")`, `configuration.trustedProxies`.
        public let setting: String
        /// The value that is wrong, or the state that was found.
        public let found: String
        /// The value or state that was expected.
        public let expected: String
        /// A suggestion for what to do.
        public let remedy: String

        init(_ setting: String, found: String, expected: String, remedy: String) {
            self.setting = setting
            self.found = found
            self.expected = expected
            self.remedy = remedy
        }
    }

    /// The mistakes, at least one, in the order in which they were made or found.
    public let mistakes: [Mistake]
}

extension ConfigurationError: CustomStringConvertible {
    /// A line for each mistake.
    public var description: String { mistakes.map(\.description).joined(separator: "\n") }
}

extension ConfigurationError.Mistake: CustomStringConvertible {
    /// `hosts: found a second call; expected one; put all hosts into one call`.
    public var description: String { "\(setting): found \(found); expected \(expected); \(remedy)" }
}

extension ConfigurationError.Mistake {
    /// A second call where one is taken.
    static func second(_ call: String, _ found: String, remedy: String) -> Self {
        Self(call, found: found, expected: "one call", remedy: remedy)
    }
}
