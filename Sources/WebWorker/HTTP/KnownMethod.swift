/// A request's method as the parser tells it: one byte, so that comparing it costs nothing. Any token that has no name here
/// is `other`; what it is stands in the request's bytes.
enum KnownMethod: UInt8, Sendable, Hashable, CaseIterable {
    case get, head, post, put, delete, patch, options, connect, trace, other

    /// GET and HEAD, which files answer.
    var isRead: Bool { self == .get || self == .head }

    /// The method's token; empty for `other`.
    var token: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .connect: "CONNECT"
        case .trace: "TRACE"
        case .other: ""
        }
    }

    /// The method that stands in `bytes[range]`.
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        switch range.count {
        case 3: self = bytes.equals("GET", at: range) ? .get : bytes.equals("PUT", at: range) ? .put : .other
        case 4: self = bytes.equals("POST", at: range) ? .post : bytes.equals("HEAD", at: range) ? .head : .other
        case 5: self = bytes.equals("PATCH", at: range) ? .patch : bytes.equals("TRACE", at: range) ? .trace : .other
        case 6: self = bytes.equals("DELETE", at: range) ? .delete : .other
        case 7:
            self =
                bytes.equals("OPTIONS", at: range) ? .options : bytes.equals("CONNECT", at: range) ? .connect : .other
        default: self = .other
        }
    }
}
