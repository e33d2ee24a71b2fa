/// A set of methods of one `RouteTable`, for Allow (RFC 9110 section 10.2.1).
struct MethodSet: OptionSet, Sendable, Hashable {
    let rawValue: UInt64

    /// The place of the first method that the parser does not know.
    static let firstOther = KnownMethod.other.rawValue
    static let maxOthers = Int(UInt64.bitWidth) - Int(firstOther)

    init(rawValue: UInt64) { self.rawValue = rawValue }
    init(place: UInt8) { rawValue = 1 << UInt64(place) }
    init(_ method: KnownMethod) { self.init(place: method.rawValue) }

    /// GET and HEAD, which files answer.
    static let reading: MethodSet = [MethodSet(.get), MethodSet(.head)]
}
