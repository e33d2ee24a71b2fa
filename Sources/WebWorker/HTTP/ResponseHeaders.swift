/// The fields of a response that its handler sets, in their order.
///
/// Date, Content-Length, Connection and Transfer-Encoding are the server's own: set here they are left out.
public struct ResponseHeaders: Sendable, Hashable {
    private var fields: [HeaderField] = []

    /// An empty list of fields.
    public init() {}

    /// The value of a field, without regard to case; setting it replaces all fields of that name.
    public subscript(_ name: String) -> String? {
        get { fields.first { $0.name.isSameField(as: name) }?.value }
        set {
            fields.removeAll { $0.name.isSameField(as: name) }
            if let newValue { add(name, newValue) }
        }
    }

    /// The values of all fields of a name, without regard to case, in their order.
    public func all(_ name: String) -> [String] {
        fields.filter { $0.name.isSameField(as: name) }.map(\.value)
    }

    /// Adds a field beside others of the same name, as Set-Cookie needs it.
    public mutating func add(_ name: String, _ value: String) { fields.append(HeaderField(name: name, value: value)) }

    /// Appends the fields to `bytes`. False when a name is no token or a value has a control character: such an answer
    /// could be split in two by whoever chose the value, so it must not be sent.
    func write(to bytes: inout [UInt8]) -> Bool {
        for field in fields {
            let (name, value) = (field.name, field.value)
            if Self.isOurs(name) { continue }
            guard !name.isEmpty, name.utf8.allSatisfy({ ByteClass.token.contains($0) }),
                value.utf8.allSatisfy({ $0 == .tab || $0 >= 0x20 && $0 != 0x7f })
            else { return false }
            bytes.append(contentsOf: name.utf8)
            bytes.append(ascii: ": ")
            bytes.append(contentsOf: value.utf8)
            bytes.append(ascii: "\r\n")
        }
        return true
    }

    private static func isOurs(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4: name.isSameField(as: "date")
        case 10: name.isSameField(as: "connection")
        case 14: name.isSameField(as: "content-length")
        case 17: name.isSameField(as: "transfer-encoding")
        default: false
        }
    }
}

extension ResponseHeaders: RandomAccessCollection {
    /// The place of the first field.
    public var startIndex: Int { 0 }
    /// The place behind the last field.
    public var endIndex: Int { fields.count }

    /// A field by its place.
    public subscript(position: Int) -> HeaderField { fields[position] }
}
