/// A set of methods, for Allow (RFC 9110 section 10.2.1).
struct MethodSet: OptionSet, Sendable, Hashable {
    let rawValue: UInt16

    init(rawValue: UInt16) { self.rawValue = rawValue }
    init(_ method: Method) { rawValue = 1 << UInt16(method.rawValue) }

    /// GET and HEAD, which files answer.
    static let reading: MethodSet = [MethodSet(.get), MethodSet(.head)]

    /// As Allow has them: `GET, HEAD, OPTIONS`. OPTIONS is always answered.
    var names: String {
        let own = Method.allCases.filter { contains(MethodSet($0)) && $0 != .options }
        return (own + [.options]).map { "\($0.token)" }.joined(separator: ", ")
    }
}
