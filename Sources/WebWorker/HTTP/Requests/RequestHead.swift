/// A request's head as places in the buffer that it was parsed from. It is right only beside those bytes.
struct RequestHead: Sendable {
    /// A field line: where name and value stand; the value without the white space around it.
    struct Field: Equatable, Sendable {
        var name: ByteRange
        var value: ByteRange

        /// The field of a line without its end; nil when that is none (RFC 9112 section 5): a name of token bytes, and the
        /// colon straight behind it.
        @inline(__always)
        init?(_ line: Range<Int>, of bytes: Span<UInt8>) {
            var colon = line.lowerBound
            while colon < line.upperBound, ByteClass.token.contains(bytes[colon]) { colon += 1 }
            guard colon < line.upperBound, colon > line.lowerBound, bytes[colon] == .colon else { return nil }
            let value = bytes.trimmingWhitespace(colon + 1..<line.upperBound)
            name = ByteRange(line.lowerBound, colon)
            self.value = ByteRange(value.lowerBound, value.upperBound)
        }
    }

    /// The four forms of a target (RFC 9112 section 3.2).
    enum TargetForm: Equatable, Sendable { case origin, absolute, authority, asterisk }

    var method = KnownMethod.other
    var methodToken = ByteRange.empty
    var form = TargetForm.origin
    /// The target as it was sent.
    var target = ByteRange.empty
    /// The path, still percent-encoded. Empty for the forms without one; `/` may be missing in absolute form.
    var path = ByteRange.empty
    /// False if the path has to be normalized first (`NormalPath`), which is rare.
    var isPathNormal = true
    /// The part behind the question mark; nil without one.
    var query: ByteRange?
    /// Host and port: of the target in absolute form (which then overrides Host), else of Host. Empty when there is none.
    var authority = ByteRange.empty
    /// 0 or 1: HTTP/1.0 or HTTP/1.1. Higher minor versions count as 1 (RFC 9110 section 2.5).
    var minorVersion: UInt8 = 1
    var fields: [Field] = []
    var framing = BodyFraming.none
    /// The client lets the connection live on (RFC 9112 section 9.3).
    var isPersistent = true
    /// The client waits for 100 before it sends the body (RFC 9110 section 10.1.1).
    var expectsContinue = false

    /// Forgets everything and keeps the memory of `fields`.
    mutating func reset() {
        fields.removeAll(keepingCapacity: true)
        query = nil
        path = .empty
        isPathNormal = true
        authority = .empty
        framing = .none
        isPersistent = true
        expectsContinue = false
    }

    /// Max-Forwards forbids forwarding an OPTIONS (RFC 9110 section 7.6.2); TRACE is never forwarded.
    func goesNoFurther(_ bytes: Span<UInt8>) -> Bool {
        guard method == .options, let value = value(of: "max-forwards", in: bytes) else { return false }
        return bytes.decimal(value.range) == 0
    }

    /// The value of the first field called `name` (lower case), or nil.
    func value(of name: StaticString, in bytes: Span<UInt8>) -> ByteRange? {
        for field in fields where bytes.equalsIgnoringCase(name, at: field.name.range) { return field.value }
        return nil
    }
}
