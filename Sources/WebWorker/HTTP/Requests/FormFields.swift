/// Names and values of a query or of an urlencoded form, in their order (WHATWG URL section 5.1).
public struct FormFields: Sendable, Equatable, Sequence {
    /// A name and its value, decoded.
    public struct Field: Sendable, Equatable {
        /// The decoded text before the equals sign.
        public let name: String
        /// The decoded text behind the equals sign; empty without one.
        public let value: String
    }

    /// The most fields that are read unless somebody asks for more: as many as PHP and Django take.
    public static let maxFields = 1000

    private var fields: [Field] = []
    /// True if the form had more fields than were read.
    public private(set) var isCut = false

    /// A form without fields.
    public init() {}

    /// Reads `name=value&…`, up to so many fields; a percent sign that encodes nothing stays as it is.
    public init(urlencoded bytes: [UInt8], maxFields: Int = FormFields.maxFields) {
        let text = bytes.span
        var start = 0
        while start < text.count {
            let end = text.firstIndex(of: 0x26, in: start..<text.count) ?? text.count
            defer { start = end + 1 }
            if end == start { continue }
            guard fields.count < maxFields else {
                isCut = true
                return
            }
            let equals = text.firstIndex(of: 0x3d, in: start..<end) ?? end
            let value = (equals < end ? equals + 1 : end)..<end
            fields.append(Field(name: Self.text(start..<equals, text), value: Self.text(value, text)))
        }
    }

    /// Adds a field that was read elsewhere.
    mutating func add(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }

    /// The first value of a name, or nil.
    public subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// All values of a name.
    public func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// The fields in their order.
    public func makeIterator() -> some IteratorProtocol<Field> { fields.makeIterator() }

    private static func text(_ range: Range<Int>, _ bytes: Span<UInt8>) -> String {
        let decoded = PercentCoding.decode(range, bytes, plusIsSpace: true) ?? bytes.bytes(range)
        return String(decoding: decoded, as: UTF8.self)
    }
}
