/// For which hosts a worker answers: names without a port, compared without regard to case.
public struct Hosts: Sendable, Equatable {
    /// What becomes of a request for any other host.
    public enum Unknown: String, Sendable, CaseIterable {
        /// It is answered like one for a served host.
        case serve
        /// It is answered with 421 (RFC 9110 section 15.5.20).
        case refuse
    }

    /// The hosts that are served: `www.foobar.com`, or `*.foobar.com` for all names below one.
    public var served: [String]
    /// Hosts that only lead elsewhere, each with where: `foobar.com` to `https://www.foobar.com`. Path and query are added.
    public var redirected: [String: String]
    /// What becomes of a request for any other host.
    public var unknown: Unknown

    /// Rules for hosts.
    public init(served: [String], redirected: [String: String] = [:], unknown: Unknown = .serve) {
        self.served = served.map { $0.lowercased() }
        self.redirected = Dictionary(redirected.map { ($0.key.lowercased(), $0.value) }) { $1 }
        self.unknown = unknown
    }

    /// What becomes of a request.
    enum Verdict: Equatable, Sendable {
        case serve
        /// Where it leads, without a path.
        case redirect(String)
        case refuse
    }

    /// What becomes of a request for the host and port in `range`; an empty one is unknown.
    func verdict(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Verdict {
        let host = Self.name(range, bytes)
        if served.contains(where: { Self.fits($0, host) }) { return .serve }
        if let target = redirected[host] { return .redirect(target) }
        return unknown == .serve ? .serve : .refuse
    }

    private static func fits(_ pattern: String, _ host: String) -> Bool {
        pattern.hasPrefix("*.") ? host.hasSuffix(pattern.dropFirst()) : host == pattern
    }

    /// The name in lower case, without port and without the dot of a fully qualified one.
    private static func name(_ range: Range<Int>, _ bytes: Span<UInt8>) -> String {
        var end = range.upperBound
        var index = end
        while index > range.lowerBound, bytes[index - 1].decimalDigit != nil { index -= 1 }
        if index > range.lowerBound, bytes[index - 1] == .colon { end = index - 1 }
        if end > range.lowerBound, bytes[end - 1] == 0x2e { end -= 1 }
        return String(decoding: bytes.bytes(range.lowerBound..<end).map(\.asciiLowercase), as: UTF8.self)
    }
}
