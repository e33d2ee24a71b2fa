/// A request method: a token (RFC 9110 section 9). Methods are case-sensitive.
public struct Method: RawRepresentable, Hashable, Sendable {
    /// As the parser tells it; `other` for a method without a name here, which then is in `name`.
    let known: KnownMethod
    private let name: String

    /// The method of a token such as `PROPFIND`; nil for a text that is none (RFC 9110 section 5.6.2).
    public init?(rawValue: String) {
        guard !rawValue.isEmpty, rawValue.utf8.allSatisfy({ ByteClass.token.contains($0) }) else { return nil }
        let bytes = Array(rawValue.utf8)
        self.init(KnownMethod(bytes.span, 0..<bytes.count), token: rawValue)
    }

    /// The token as it is sent.
    public var rawValue: String { known == .other ? name : "\(known.token)" }

    /// The method of a request; its token is asked for only when it is `other`.
    init(_ known: KnownMethod, token: @autoclosure () -> String = "") {
        self.known = known
        name = known == .other ? token() : ""
    }
}

extension Method: CustomStringConvertible {
    /// The method's token.
    public var description: String { rawValue }
}

extension Method {
    /// GET: a representation of the target.
    public static let get = Method(.get)
    /// HEAD: the head of what GET would answer.
    public static let head = Method(.head)
    /// POST: process the body.
    public static let post = Method(.post)
    /// PUT: replace the target.
    public static let put = Method(.put)
    /// DELETE: remove the target.
    public static let delete = Method(.delete)
    /// PATCH: change the target in part (RFC 5789).
    public static let patch = Method(.patch)
    /// OPTIONS: what may be asked of the target. Answered by itself where no route does.
    public static let options = Method(.options)
    /// CONNECT: a tunnel. No request with it reaches a handler.
    public static let connect = Method(.connect)
    /// TRACE: an echo of the request.
    public static let trace = Method(.trace)
}
