/// Names and values of a query or of an urlencoded form, in their order (WHATWG URL section 5.1).
public struct FormFields: Sendable, Equatable, Sequence {
    /// A name and its value, decoded.
    public struct Field: Sendable, Equatable {
        /// What stands before the equals sign.
        public let name: String
        /// What stands behind it; empty without one.
        public let value: String
    }

    private var fields: [Field] = []

    /// No fields.
    public init() {}

    /// Reads `name=value&…`; a percent sign that encodes nothing stays as it is.
    public init(urlencoded bytes: [UInt8]) {
        for pair in bytes.split(separator: 0x26) {
            let parts = pair.split(separator: 0x3d, maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? Array(parts[1]) : []
            fields.append(Field(name: Self.text(Array(parts[0])), value: Self.text(value)))
        }
    }

    /// The first value of a name, or nil.
    public subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// All values of a name.
    public func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// The fields in their order.
    public func makeIterator() -> some IteratorProtocol<Field> { fields.makeIterator() }

    private static func text(_ raw: [UInt8]) -> String {
        let decoded = PercentCoding.decode(0..<raw.count, raw.span, plusIsSpace: true) ?? raw
        return String(decoding: decoded, as: UTF8.self)
    }
}
