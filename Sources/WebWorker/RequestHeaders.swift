/// The fields of a request's head, in the order in which they came.
///
/// A view of the head's bytes: text is made of what is asked for, and of nothing else.
public struct RequestHeaders: Sendable {
    let head: RequestHead
    let bytes: [UInt8]

    /// The value of a field, without regard to case; several fields of the name come joined by commas
    /// (RFC 9110 section 5.3); nil without one.
    public subscript(_ name: String) -> String? {
        var value: String?
        for field in head.fields where isNamed(name, field) {
            let text = bytes.span.text(field.value.range)
            value = value.map { $0 + ", " + text } ?? text
        }
        return value
    }

    /// The values of all fields of a name, without regard to case, in their order.
    public func all(_ name: String) -> [String] {
        head.fields.filter { isNamed(name, $0) }.map { bytes.span.text($0.value.range) }
    }

    private func isNamed(_ name: String, _ field: RequestHead.Field) -> Bool {
        bytes.span.equalsIgnoringCase(name.utf8, at: field.name.range)
    }
}

extension RequestHeaders: RandomAccessCollection {
    /// The place of the first field.
    public var startIndex: Int { 0 }
    /// The place behind the last field.
    public var endIndex: Int { head.fields.count }

    /// A field by its place.
    public subscript(position: Int) -> HeaderField {
        let field = head.fields[position]
        return HeaderField(name: bytes.span.text(field.name.range), value: bytes.span.text(field.value.range))
    }
}
