/// A status code of a response (RFC 9110 section 15).
public struct Status: RawRepresentable, Hashable, Sendable {
    /// The three digits, 100 to 999.
    public let rawValue: UInt16

    /// The status of a number; one outside 100 to 999 counts as 500, since it cannot be sent.
    public init(rawValue: UInt16) { self.rawValue = (100...999).contains(rawValue) ? rawValue : 500 }

    private init(_ code: UInt16) { rawValue = code }

    /// 100: the body may come.
    static let `continue` = Status(100)
    /// 101: another protocol from here on.
    static let switchingProtocols = Status(101)
    /// 200: here it is.
    public static let ok = Status(200)
    /// 201: made, and where it is says Location.
    public static let created = Status(201)
    /// 202: taken, to be done later.
    public static let accepted = Status(202)
    /// 204: done, nothing to show.
    public static let noContent = Status(204)
    /// 206: the parts that were asked for.
    public static let partialContent = Status(206)
    /// 301: moved for good.
    public static let movedPermanently = Status(301)
    /// 303: see the other page, by GET.
    public static let seeOther = Status(303)
    /// 304: what the client has is still right.
    public static let notModified = Status(304)
    /// 302: at another place for now.
    public static let found = Status(302)
    /// 307: at another place for now, with the same method.
    public static let temporaryRedirect = Status(307)
    /// 308: moved for good, with the same method.
    public static let permanentRedirect = Status(308)
    /// 400: not a request that can be understood.
    public static let badRequest = Status(400)
    /// 401: who are you?
    public static let unauthorized = Status(401)
    /// 403: not for you.
    public static let forbidden = Status(403)
    /// 404: there is no such thing.
    public static let notFound = Status(404)
    /// 405: not with this method.
    public static let methodNotAllowed = Status(405)
    /// 408: the request took too long to arrive.
    public static let requestTimeout = Status(408)
    /// 409: in conflict with what is there.
    public static let conflict = Status(409)
    /// 410: there was such a thing.
    public static let gone = Status(410)
    /// 412: the client's condition does not hold.
    public static let preconditionFailed = Status(412)
    /// 413: the body is too large.
    public static let contentTooLarge = Status(413)
    /// 414: the target is too long.
    public static let uriTooLong = Status(414)
    /// 415: a body of a type that is not taken.
    public static let unsupportedMediaType = Status(415)
    /// 416: there is no such part.
    public static let rangeNotSatisfiable = Status(416)
    /// 417: an expectation that we do not know.
    public static let expectationFailed = Status(417)
    /// 421: for a host that is not served here.
    public static let misdirectedRequest = Status(421)
    /// 422: understood, but not right.
    public static let unprocessableContent = Status(422)
    /// 429: too many requests of one client.
    public static let tooManyRequests = Status(429)
    /// 431: the head is too large.
    public static let requestHeaderFieldsTooLarge = Status(431)
    /// 499: the client has gone. Only the access log has it.
    static let clientGone = Status(499)
    /// 500: our fault.
    public static let internalServerError = Status(500)
    /// 501: a method or coding that we do not have.
    public static let notImplemented = Status(501)
    /// 502: the server behind this one failed.
    public static let badGateway = Status(502)
    /// 503: not now.
    public static let serviceUnavailable = Status(503)
    /// 504: the server behind this one took too long.
    public static let gatewayTimeout = Status(504)
    /// 505: a version of HTTP that we do not speak.
    public static let httpVersionNotSupported = Status(505)

    /// Whether a response with this status never has a body (RFC 9110 section 6.4.1).
    var forbidsBody: Bool { rawValue < 200 || rawValue == 204 || rawValue == 304 }

    /// The words after the code; empty for a code that has no name here, as the grammar allows.
    var reason: StaticString {
        switch rawValue {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 206: "Partial Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Range Not Satisfiable"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: ""
        }
    }
}
