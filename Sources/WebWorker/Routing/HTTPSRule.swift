/// What becomes of requests that do not come over https, and what browsers are told of it.
///
/// A request comes over https if the worker's own connection speaks TLS, or if a trusted proxy says so.
public struct HTTPSRule: Sendable, Equatable {
    /// Requests over plain HTTP are redirected to https (308). Those for ACME's challenges are not.
    public var isOnly: Bool
    /// For so long browsers are to use https alone: Strict-Transport-Security (RFC 6797), on answers over https. At zero they
    /// forget it.
    public var maxAge: Duration
    /// The port of https.
    public var port: UInt16

    /// A rule for a site with https.
    public init(isOnly: Bool = true, maxAge: Duration = .seconds(86_400), port: UInt16 = 443) {
        self.isOnly = isOnly
        self.maxAge = maxAge
        self.port = port
    }
}

/// The rule as a loop goes by it.
struct SecureTransport: Sendable {
    let isOnly: Bool
    /// The line for answers over https, with its end.
    let line: [UInt8]
    /// Stands behind the host in a redirect.
    private let suffix: String

    init(_ rule: HTTPSRule) {
        isOnly = rule.isOnly
        line = Array("Strict-Transport-Security: max-age=\(max(0, rule.maxAge.components.seconds))\r\n".utf8)
        suffix = rule.port == 443 ? "" : ":\(rule.port)"
    }

    /// Where a request is led that came over plain HTTP, by its host and port in `range`; nil: it names no host.
    func origin(_ range: Range<Int>, _ bytes: Span<UInt8>) -> String? {
        let host = HostTable.name(range, bytes)
        return host.isEmpty ? nil : "https://\(bytes.text(host))\(suffix)"
    }
}
