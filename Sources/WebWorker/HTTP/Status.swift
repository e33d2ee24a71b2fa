/// A status code of a response (RFC 9110 section 15).
public struct Status: RawRepresentable, Hashable, Sendable {
    /// The code as a number of three digits.
    public let rawValue: UInt16

    /// The status of a number from 100 to 599; nil for any other, which is no status code (RFC 9110 section 15).
    public init?(rawValue: UInt16) {
        guard (100...599).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    /// A status whose three digits were checked: of a server behind, which may use 600 to 999, or one that has a name here.
    init(code: UInt16) { rawValue = code }

    /// A response with this status never has a body (RFC 9110 section 6.4.1).
    var forbidsBody: Bool { rawValue < 200 || rawValue == 204 || rawValue == 304 }
}

extension Status: CustomStringConvertible {
    /// The code and its words: `404 Not Found`.
    public var description: String {
        let words = "\(reason)"
        return words.isEmpty ? "\(rawValue)" : "\(rawValue) \(words)"
    }
}

// The codes of IANA's registry that are in use. A handler cannot answer with an interim one (100 to 199).
extension Status {
    /// 100: the body may come.
    public static let `continue` = Status(code: 100)
    /// 101: another protocol from here on.
    public static let switchingProtocols = Status(code: 101)
    /// 103: fields of the answer before it (RFC 8297).
    public static let earlyHints = Status(code: 103)
    /// 200: here it is.
    public static let ok = Status(code: 200)
    /// 201: made; Location says where it is.
    public static let created = Status(code: 201)
    /// 202: taken, to be done later.
    public static let accepted = Status(code: 202)
    /// 203: changed on its way.
    public static let nonAuthoritativeInformation = Status(code: 203)
    /// 204: done, nothing to show.
    public static let noContent = Status(code: 204)
    /// 205: done, and the form may be cleared.
    public static let resetContent = Status(code: 205)
    /// 206: the parts that were asked for.
    public static let partialContent = Status(code: 206)
    /// 207: one status for each of several things (WebDAV, RFC 4918).
    public static let multiStatus = Status(code: 207)
    /// 208: listed before (WebDAV, RFC 5842).
    public static let alreadyReported = Status(code: 208)
    /// 226: changed as the client asked (RFC 3229).
    public static let imUsed = Status(code: 226)
    /// 300: one of several.
    public static let multipleChoices = Status(code: 300)
    /// 301: moved for good.
    public static let movedPermanently = Status(code: 301)
    /// 302: at another place for now.
    public static let found = Status(code: 302)
    /// 303: see the other page, by GET.
    public static let seeOther = Status(code: 303)
    /// 304: what the client has is still right.
    public static let notModified = Status(code: 304)
    /// 307: at another place for now, with the same method.
    public static let temporaryRedirect = Status(code: 307)
    /// 308: moved for good, with the same method.
    public static let permanentRedirect = Status(code: 308)
    /// 400: not a request that can be understood.
    public static let badRequest = Status(code: 400)
    /// 401: who are you?
    public static let unauthorized = Status(code: 401)
    /// 402: reserved for later use.
    public static let paymentRequired = Status(code: 402)
    /// 403: not for you.
    public static let forbidden = Status(code: 403)
    /// 404: there is no such thing.
    public static let notFound = Status(code: 404)
    /// 405: not with this method.
    public static let methodNotAllowed = Status(code: 405)
    /// 406: in no form that the client takes.
    public static let notAcceptable = Status(code: 406)
    /// 407: who are you, to the proxy?
    public static let proxyAuthenticationRequired = Status(code: 407)
    /// 408: the request took too long to arrive.
    public static let requestTimeout = Status(code: 408)
    /// 409: in conflict with what is there.
    public static let conflict = Status(code: 409)
    /// 410: there was such a thing.
    public static let gone = Status(code: 410)
    /// 411: a Content-Length is needed.
    public static let lengthRequired = Status(code: 411)
    /// 412: the client's condition does not hold.
    public static let preconditionFailed = Status(code: 412)
    /// 413: the body is too large.
    public static let contentTooLarge = Status(code: 413)
    /// 414: the target is too long.
    public static let uriTooLong = Status(code: 414)
    /// 415: a body of a type that is not taken.
    public static let unsupportedMediaType = Status(code: 415)
    /// 416: there is no such part.
    public static let rangeNotSatisfiable = Status(code: 416)
    /// 417: an expectation that the server does not know.
    public static let expectationFailed = Status(code: 417)
    /// 421: for a host that is not served here.
    public static let misdirectedRequest = Status(code: 421)
    /// 422: understood, but not right.
    public static let unprocessableContent = Status(code: 422)
    /// 423: locked by somebody else (WebDAV, RFC 4918).
    public static let locked = Status(code: 423)
    /// 424: what it depends on failed (WebDAV, RFC 4918).
    public static let failedDependency = Status(code: 424)
    /// 425: it might be a replay (RFC 8470).
    public static let tooEarly = Status(code: 425)
    /// 426: only with another protocol.
    public static let upgradeRequired = Status(code: 426)
    /// 428: only with a condition (RFC 6585).
    public static let preconditionRequired = Status(code: 428)
    /// 429: too many requests of one client (RFC 6585).
    public static let tooManyRequests = Status(code: 429)
    /// 431: the head is too large (RFC 6585).
    public static let requestHeaderFieldsTooLarge = Status(code: 431)
    /// 451: not to be shown by law (RFC 7725).
    public static let unavailableForLegalReasons = Status(code: 451)
    /// 499: the client has gone. Only the access log has it.
    static let clientGone = Status(code: 499)
    /// 500: the server's fault.
    public static let internalServerError = Status(code: 500)
    /// 501: a method or coding that the server does not know.
    public static let notImplemented = Status(code: 501)
    /// 502: the server behind this one failed.
    public static let badGateway = Status(code: 502)
    /// 503: the server cannot answer at the moment.
    public static let serviceUnavailable = Status(code: 503)
    /// 504: the server behind this one took too long.
    public static let gatewayTimeout = Status(code: 504)
    /// 505: a version of HTTP that the server does not speak.
    public static let httpVersionNotSupported = Status(code: 505)
    /// 506: a mistake of the server's configuration (RFC 2295).
    public static let variantAlsoNegotiates = Status(code: 506)
    /// 507: no room for it (WebDAV, RFC 4918).
    public static let insufficientStorage = Status(code: 507)
    /// 508: an endless loop (WebDAV, RFC 5842).
    public static let loopDetected = Status(code: 508)
    /// 511: who are you, to the network? (RFC 6585).
    public static let networkAuthenticationRequired = Status(code: 511)
}
