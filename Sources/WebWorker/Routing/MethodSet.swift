/// A set of methods, for Allow (RFC 9110 section 10.2.1).
struct MethodSet: OptionSet, Sendable, Hashable {
    let rawValue: UInt16

    init(rawValue: UInt16) { self.rawValue = rawValue }
    init(_ method: Method) { rawValue = 1 << UInt16(method.rawValue) }

    /// GET and HEAD, which files answer.
    static let reading: MethodSet = [MethodSet(.get), MethodSet(.head)]

    /// Appends `Allow: GET, HEAD, OPTIONS` and the line end; OPTIONS is always answered.
    func write(to bytes: inout [UInt8]) {
        bytes.append(ascii: "Allow: ")
        for method in Method.allCases where contains(MethodSet(method)) && method != .options {
            bytes.append(ascii: method.token)
            bytes.append(ascii: ", ")
        }
        bytes.append(ascii: "OPTIONS\r\n")
    }
}
