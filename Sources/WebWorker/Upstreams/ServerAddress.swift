internal import Linux

/// Where a server listens: `127.0.0.1:8000`, `[::1]:8000` or `unix:/run/app.sock`. Names are not looked up.
///
/// A literal that is no address is told of when the application is checked, or begins to serve. Of a text that is known only at run
/// time `ServerAddress(text)` tells at once.
public struct ServerAddress: Sendable, Hashable {
    private enum Storage: Hashable {
        case address(SocketAddress)
        case mistake(String)
    }

    private let storage: Storage

    /// A port of an IPv4 address, or of an IPv6 address in brackets; nil when `host` is neither.
    public init?(host: String, port: UInt16) { self.init("\(host):\(port)" as String) }

    /// A socket in the file system.
    public static func unix(_ path: String) -> ServerAddress { ServerAddress(stringLiteral: "unix:\(path)") }

    /// The address for the kernel; nil when it is none.
    var socketAddress: SocketAddress? {
        if case .address(let address) = storage { address } else { nil }
    }

    /// Reports an address that cannot be used, as the value of `setting`.
    func mistake(_ setting: String) -> ConfigurationError.Mistake? {
        guard case .mistake(let text) = storage else { return nil }
        return ConfigurationError.Mistake(
            setting, found: "\"\(text)\"",
            expected: "an address such as 127.0.0.1:8000, [::1]:8000 or unix:/run/app.sock",
            remedy: "correct it (a host name is not looked up)")
    }
}

extension ServerAddress: LosslessStringConvertible {
    /// Reads an address; nil when `text` is none.
    public init?(_ text: String) {
        guard let address = SocketAddress(parsing: text) else { return nil }
        storage = .address(address)
    }

    /// As it is read.
    public var description: String {
        switch storage {
        case .address(let address): "\(address)"
        case .mistake(let text): text
        }
    }
}

extension ServerAddress: ExpressibleByStringInterpolation {
    /// An address in the application's source.
    public init(stringLiteral text: String) {
        storage = SocketAddress(parsing: text).map { .address($0) } ?? .mistake(text)
    }
}
