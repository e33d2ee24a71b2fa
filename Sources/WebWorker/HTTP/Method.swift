/// A request method (RFC 9110 section 9, and PATCH of RFC 5789).
///
/// Methods are case-sensitive; any other token is `other`, which no route answers.
public enum Method: UInt8, Sendable, Hashable, CaseIterable {
    /// GET: a representation of the target.
    case get
    /// HEAD: the head of what GET would answer.
    case head
    /// POST: process the body.
    case post
    /// PUT: replace the target.
    case put
    /// DELETE: remove the target.
    case delete
    /// PATCH: change the target in part.
    case patch
    /// OPTIONS: what may be asked of the target.
    case options
    /// CONNECT: a tunnel; refused by an origin server.
    case connect
    /// TRACE: an echo of the request; no route answers it.
    case trace
    /// A method that we have no name for.
    case other

    /// The method's token as bytes of the wire, without the ones that we only know how to refuse.
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
