/// The fields of a response that its handler sets, in their order.
///
/// Date, Content-Length, Connection and Transfer-Encoding are the server's own: set here they are left out.
public struct Headers: Sendable, Equatable {
    private(set) var fields: [(name: String, value: String)] = []

    /// No fields.
    public init() {}

    /// The value of a field, without regard to case; setting it replaces all fields of that name.
    public subscript(_ name: String) -> String? {
        get { fields.first { $0.name.lowercased() == name.lowercased() }?.value }
        set {
            fields.removeAll { $0.name.lowercased() == name.lowercased() }
            if let newValue { fields.append((name, newValue)) }
        }
    }

    /// Adds a field beside others of the same name, as Set-Cookie needs it.
    public mutating func add(_ name: String, _ value: String) { fields.append((name, value)) }

    /// Whether two lists have the same fields in the same order.
    public static func == (one: Headers, other: Headers) -> Bool {
        one.fields.elementsEqual(other.fields) { $0 == $1 }
    }

    /// Appends the fields to `bytes`. False when a name is no token or a value has a control character: such an answer
    /// could be split in two by whoever chose the value, so it must not be sent.
    func write(to bytes: inout [UInt8]) -> Bool {
        for (name, value) in fields {
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
        case 4: name.lowercased() == "date"
        case 10: name.lowercased() == "connection"
        case 14: name.lowercased() == "content-length"
        case 17: name.lowercased() == "transfer-encoding"
        default: false
        }
    }
}
