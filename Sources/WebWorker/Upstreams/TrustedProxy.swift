/// Proxies in front that are believed: an address such as `10.0.0.1` or `::1`, a network such as `10.0.0.0/8`, or whoever
/// connects to a unix socket.
///
/// A literal that is none of these is told of when the application is checked, or begins to serve. Of a text that is known only at
/// run time `TrustedProxy(text)` tells at once.
public struct TrustedProxy: Sendable, Hashable {
    let text: String

    /// Whoever connects to a unix socket.
    public static let unix: TrustedProxy = "unix"

    /// Reports an entry that cannot be read.
    var mistake: ConfigurationError.Mistake? {
        guard !TrustedProxies.isEntry(text) else { return nil }
        return ConfigurationError.Mistake(
            "configuration.trustedProxies", found: "\"\(text)\"",
            expected: "an address, a network such as 10.0.0.0/8, or unix", remedy: "correct it, or leave it out")
    }
}

extension TrustedProxy: LosslessStringConvertible {
    /// Reads an address, a network, or `unix`; nil when `text` is none of them.
    public init?(_ text: String) {
        guard TrustedProxies.isEntry(text) else { return nil }
        self.text = text
    }

    /// As it is read.
    public var description: String { text }
}

extension TrustedProxy: ExpressibleByStringInterpolation {
    /// An entry in the application's source.
    public init(stringLiteral text: String) { self.text = text }
}
