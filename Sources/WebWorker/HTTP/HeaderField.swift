/// A field of a head: a name and its value (RFC 9110 section 5).
public struct HeaderField: Sendable {
    /// The name, as it was written.
    public let name: String
    /// The value, without white space around it.
    public let value: String

    /// Makes a field of a name and a value.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

extension HeaderField: Hashable {
    /// Compares values exactly, and names without regard to case.
    public static func == (one: HeaderField, other: HeaderField) -> Bool {
        one.name.isSameField(as: other.name) && one.value == other.value
    }

    /// Hashes the name without regard to case.
    public func hash(into hasher: inout Hasher) {
        for byte in name.utf8 { hasher.combine(byte.asciiLowercase) }
        hasher.combine(value)
    }
}

extension String {
    /// Compares names without regard to case.
    func isSameField(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        return zip(utf8, other.utf8).allSatisfy { $0.asciiLowercase == $1.asciiLowercase }
    }
}
