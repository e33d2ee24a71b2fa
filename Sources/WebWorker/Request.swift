/// A request as a handler sees it. It has bytes of its own, so it may be kept and passed to another thread.
public struct Request: Sendable {
    /// The whole body; empty without one, and on a route with `body: .streamed`. Larger ones than the configured limit never reach a handler.
    public let body: [UInt8]
    /// The segments that the route's pattern names.
    public let parameters: Parameters
    let head: RequestHead
    let bytes: [UInt8]
    let name: RequestID?
    /// The fields that were read; nil without a head on the wire.
    let fields: ReadFields?
    /// The source of a body that goes to the handler in pieces.
    var intake: RequestIntake?
    /// Whether the client's own connection is encrypted: the one to this worker, or, as a trusted proxy says (X-Forwarded-Proto, PROXY),
    /// the one to the proxy.
    public internal(set) var isSecure = false
    /// Values that middleware has attached.
    var values = RequestValues()

    /// The method: a standard one, or the token that was sent.
    public var method: Method { Method(head.method, token: bytes.span.text(head.methodToken.range)) }

    /// The body in pieces: as they arrive for a route with `body: .streamed`, else the whole body at once.
    public var stream: RequestStream { RequestStream(whole: body, intake: intake) }

    /// The request's identifier, as it stands in the access log and in X-Request-Id; nil unless
    /// `Configuration.requestIDs` is set.
    public var id: String? { name.map { String(decoding: $0.text, as: UTF8.self) } }

    /// The path, decoded, without the query.
    public var path: String { Self.text(head.path, bytes) }

    /// The fields of the query, up to `Configuration.maxFormFields`.
    public var query: FormFields {
        guard let query = head.query, let fields else { return FormFields() }
        return fields.query { bytes.span.bytes(query.range) }
    }

    /// The fields of a form: an urlencoded body, up to `Configuration.maxFormFields`, of which `isCut` tells whether there are more,
    /// or one with files (see `multipart`), without those. None for a body of another type, or one that is malformed.
    public var form: FormFields {
        guard !body.isEmpty, let fields else { return FormFields() }
        let type = headers["content-type"]?.split(separator: ";").first?.lowercased()
        return fields.form { maxFields in
            switch type {
            case "application/x-www-form-urlencoded": return FormFields(urlencoded: body, maxFields: maxFields)
            case "multipart/form-data":
                var limits = MultipartForm.Limits()
                limits.maxParts = maxFields
                return (try? multipart(limits))?.fields ?? FormFields()
            default: return FormFields()
            }
        }
    }

    /// The fields of the head.
    public var headers: RequestHeaders { RequestHeaders(head: head, bytes: bytes) }

    /// Host and port that the client asked for: of the target when that is absolute, else of Host; empty without either.
    public var authority: String { bytes.span.text(head.authority.range) }

    static func text(_ place: ByteRange, _ bytes: [UInt8]) -> String {
        let decoded = PercentCoding.decode(place.range, bytes.span) ?? bytes.span.bytes(place.range)
        return String(decoding: decoded, as: UTF8.self)
    }
}

/// The segments of a path that its route's pattern names.
public struct Parameters: Sendable {
    let names: [String]
    let captures: [ByteRange]
    let bytes: [UInt8]

    /// The segment called `name`, decoded; nil when the pattern has no such name.
    public subscript(_ name: String) -> String? {
        guard let index = names.firstIndex(of: name), index < captures.count else { return nil }
        return Request.text(captures[index], bytes)
    }
}
