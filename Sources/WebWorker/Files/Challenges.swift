internal import Handoff
internal import Linux

/// The proofs of an ACME client for its issuer (RFC 8555, section 8.3): answered over plain HTTP whatever the site says of hosts,
/// redirects and routes. What the directory does not have is left to the site.
struct Challenges: Sendable {
    /// Where the proofs lie, absolute.
    let directory: String

    /// The directory that the supervisor names; nil: it names none.
    static var inherited: Challenges? {
        ThisProcess.variable(WorkerEnvironment.challenges).map { Challenges(directory: $0) }
    }

    /// The proof that a path asks for; nil: it asks for none, or there is none.
    func proof(_ path: Range<Int>, _ bytes: Span<UInt8>) -> [UInt8]? {
        guard Self.isAsked(path, bytes), path.count <= Self.prefix.utf8CodeUnitCount + Self.longestToken else {
            return nil
        }
        let token = path.lowerBound + Self.prefix.utf8CodeUnitCount..<path.upperBound
        // RFC 8555, section 8.1: nothing but the alphabet of base64url, so no other directory either.
        guard token.allSatisfy({ Self.isTokenByte(bytes[$0]) }) else { return nil }
        return try? read(bytes.text(token))
    }

    /// The path is where proofs are.
    @inline(__always)
    static func isAsked(_ path: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        let count = prefix.utf8CodeUnitCount
        return path.count > count && bytes.equals(prefix, at: path.lowerBound..<path.lowerBound + count)
    }

    /// A link leads nowhere else: who may write there is not for that reason to show what the worker may read.
    private func read(_ token: String) throws(SystemError) -> [UInt8]? {
        let file = try FileDescriptor.directory(directory).openBeneath(token).take()
        let status = try file.status()
        guard status.kind == .file, status.size <= Self.longestProof else { return nil }
        return try file.read(at: 0, count: status.size)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static var prefix: StaticString { "/.well-known/acme-challenge/" }
    private static let longestToken = 256
    private static let longestProof = 16_384
}
