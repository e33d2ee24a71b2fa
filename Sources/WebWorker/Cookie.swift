/// A cookie that an answer sets (RFC 6265).
///
/// Of name and value, bytes that may not stand there are percent-encoded. `request.cookies` decodes values, and takes names
/// as they are: `__%48ost-a` is not `__Host-a`, which browsers protect by its name (RFC 6265bis section 4.1.3).
public struct Cookie: Sendable, Equatable {
    /// The requests from other sites that bring the cookie.
    public enum SameSite: String, Sendable {
        /// No request that another site causes.
        case strict = "Strict"
        /// Only when the user follows a link.
        case lax = "Lax"
        /// Always; browsers want `isSecure` then.
        case none = "None"
    }

    /// The name by which requests bring it back.
    public var name: String
    /// The text that the client keeps.
    public var value: String
    /// The paths that it is sent to.
    public var path = "/"
    /// The host whose subdomains get it too; nil: only the host that set it.
    public var domain: String?
    /// The lifetime in whole seconds; nil: until the browser ends; zero deletes the cookie.
    public var maxAge: Duration?
    /// Restricts the cookie to https.
    public var isSecure = false
    /// Hides the cookie from scripts in the page.
    public var isHTTPOnly = true
    /// The requests from other sites that bring the cookie.
    public var sameSite = SameSite.lax

    /// A cookie for the whole site, until the browser ends.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// As Set-Cookie has it.
    var field: String {
        var text = Self.encode(name) + "=" + Self.encode(value) + "; Path=" + path.filter { $0 != ";" }
        if let domain { text += "; Domain=" + domain.filter { $0 != ";" } }
        if let maxAge { text += "; Max-Age=\(maxAge.components.seconds)" }
        if isSecure { text += "; Secure" }
        if isHTTPOnly { text += "; HttpOnly" }
        return text + "; SameSite=" + sameSite.rawValue
    }

    /// Keeps what may stand in a token, but the percent sign.
    fileprivate static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if ByteClass.token.contains(byte), byte != .percent {
                bytes.append(byte)
            } else {
                let digits = Array("0123456789ABCDEF".utf8)
                bytes += [.percent, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The cookies that a request brings, in their order.
public struct RequestCookies: Sendable, Sequence {
    private var cookies: [Cookie] = []

    init(_ headers: RequestHeaders) {
        for field in headers.head.fields where headers.bytes.span.equalsIgnoringCase("cookie", at: field.name.range) {
            for pair in headers.bytes[field.value.range].split(separator: 0x3b) {
                let parts = pair.split(separator: 0x3d, maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { continue }
                let name = Array(parts[0])
                let place = name.span.trimmingWhitespace(0..<name.count)
                cookies.append(Cookie(name.span.text(place), Self.text(parts[1])))
            }
        }
    }

    /// The value of the first cookie that `Cookie(name, …)` sets, or nil.
    public subscript(_ name: String) -> String? {
        let name = Array(Cookie.encode(name).utf8)
        return cookies.first { $0.name.utf8.elementsEqual(name) }?.value
    }

    /// The cookies in their order; a request tells names and values only, the names as they were sent.
    public func makeIterator() -> some IteratorProtocol<Cookie> { cookies.makeIterator() }

    private static func text(_ raw: ArraySlice<UInt8>) -> String {
        let raw = Array(raw)
        var place = raw.span.trimmingWhitespace(0..<raw.count)
        if place.count >= 2, raw[place.lowerBound] == 0x22, raw[place.upperBound - 1] == 0x22 {
            place = place.lowerBound + 1..<place.upperBound - 1
        }
        return Request.text(ByteRange(place.lowerBound, place.upperBound), raw)
    }
}

extension Request {
    /// The cookies that the client sent.
    public var cookies: RequestCookies { RequestCookies(headers) }
}

extension Response {
    /// Sets a cookie, beside others.
    public mutating func setCookie(_ cookie: Cookie) { headers.add("Set-Cookie", cookie.field) }

    /// The same answer with a cookie set.
    public func with(_ cookie: Cookie) -> Response {
        var response = self
        response.setCookie(cookie)
        return response
    }
}
