/// For which hosts a worker answers: names without a port, compared without regard to case.
public struct Hosts: Sendable, Equatable {
    /// The treatment of requests for any other host.
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
    /// The treatment of requests for any other host.
    public var unknown: Unknown

    /// Rules for the hosts of a site.
    public init(served: [String], redirected: [String: String] = [:], unknown: Unknown = .serve) {
        self.served = served
        self.redirected = redirected
        self.unknown = unknown
    }
}

/// The rules for hosts as a loop goes by them: names as bytes, so that a request costs no allocation.
struct HostTable: Sendable {
    enum Verdict: Equatable, Sendable {
        /// By the virtual host of this number: 0 is the site's own.
        case serve(Int)
        /// To the target of this number (`target`).
        case redirect(Int)
        case refuse
    }

    private struct Name: Sendable {
        let bytes: [UInt8]
        let host: Int
    }

    private let names: [Name]
    /// With the dot that they begin with, the longest first.
    private let suffixes: [Name]
    private let redirected: [(name: [UInt8], target: String)]
    private let unknown: Hosts.Unknown

    /// - Parameters:
    ///   - hosts: for the site's own virtual host; nil: it has all hosts that no other has.
    ///   - others: the names of the others, in the order of their numbers from 1 on.
    init(_ hosts: Hosts?, _ others: [[String]] = []) {
        let served = ([hosts?.served ?? []] + others).enumerated().flatMap { number, names in
            names.map { (name: $0.lowercased(), host: number) }
        }
        names = served.filter { !$0.name.hasPrefix("*.") }.map { Name(bytes: Array($0.name.utf8), host: $0.host) }
        suffixes = served.filter { $0.name.hasPrefix("*.") }
            .map { Name(bytes: Array($0.name.utf8.dropFirst()), host: $0.host) }
            .sorted { $0.bytes.count > $1.bytes.count }
        redirected = (hosts?.redirected ?? [:]).sorted { $0.key < $1.key }.map {
            (Array($0.key.lowercased().utf8), $0.value)
        }
        unknown = hosts?.unknown ?? .serve
    }

    /// Where a redirect of a verdict leads, without a path.
    func target(_ number: Int) -> String { redirected[number].target }

    /// Judges the host and port in `range`; an empty one is unknown.
    func verdict(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Verdict {
        let host = Self.name(range, bytes)
        for name in names where bytes.equalsIgnoringCase(name.bytes, at: host) { return .serve(name.host) }
        // A name that leads elsewhere goes before one that is meant among many.
        for (number, led) in redirected.enumerated() where bytes.equalsIgnoringCase(led.name, at: host) {
            return .redirect(number)
        }
        for suffix in suffixes
        where host.count >= suffix.bytes.count
            && bytes.equalsIgnoringCase(suffix.bytes, at: host.upperBound - suffix.bytes.count..<host.upperBound)
        { return .serve(suffix.host) }
        return unknown == .serve ? .serve(0) : .refuse
    }

    /// The name without port and without the dot of a fully qualified one.
    static func name(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Range<Int> {
        var end = range.upperBound
        var index = end
        while index > range.lowerBound, bytes[index - 1].decimalDigit != nil { index -= 1 }
        if index > range.lowerBound, bytes[index - 1] == .colon { end = index - 1 }
        if end > range.lowerBound, bytes[end - 1] == 0x2e { end -= 1 }
        return range.lowerBound..<end
    }
}
