/// The versions seen so far, ranked by first appearance. A version is a short body without its line end.
struct VersionNames {
    /// Longer bodies are no version.
    static let maxBytes = 64
    /// Versions told apart; every further one counts as none.
    static let maxVersions = 64

    private var bytes: [[UInt8]] = []
    private var texts: [String] = []

    /// The version of `rank` as text.
    subscript(rank: Int) -> String { texts[rank] }

    /// The rank of the version that `body` is, given the next rank when it is new; nil when it is none.
    ///
    /// - Parameter guess: the rank to compare first, or -1.
    mutating func rank(of body: Span<UInt8>, guess: Int) -> Int? {
        let length = Self.lengthWithoutLineEnd(body)
        guard length > 0, length <= Self.maxBytes else { return nil }
        if guess >= 0, isEqual(guess, body, length) { return guess }
        for rank in bytes.indices where isEqual(rank, body, length) { return rank }
        guard bytes.count < Self.maxVersions else { return nil }
        let version = (0..<length).map { body[$0] }
        bytes.append(version)
        texts.append(String(decoding: version, as: UTF8.self))
        return bytes.count - 1
    }

    private static func lengthWithoutLineEnd(_ body: Span<UInt8>) -> Int {
        var length = body.count
        if length > 0, body[length - 1] == UInt8(ascii: "\n") { length -= 1 }
        if length > 0, body[length - 1] == UInt8(ascii: "\r") { length -= 1 }
        return length
    }

    private func isEqual(_ rank: Int, _ body: Span<UInt8>, _ length: Int) -> Bool {
        guard bytes[rank].count == length else { return false }
        for index in 0..<length where bytes[rank][index] != body[index] { return false }
        return true
    }
}
