/// An answer to a probe, as far as it has arrived: enough HTTP/1.1 to know its status and when it is whole.
///
/// Source: RFC 9112 sections 4 and 6.
struct ProbeAnswer: Equatable, Sendable {
    enum Reading: Equatable, Sendable {
        case incomplete
        /// The whole answer is here, or as much as matters.
        case complete(status: Int)
        /// This is no answer: what it begins with.
        case malformed(String)

        /// An answer that is not good will not become good with more time.
        var isDefinite: Bool {
            switch self {
            case .incomplete: false
            case .complete(let status): !ProbeAnswer.passing.contains(status)
            // A connection that was closed without a word may be a program that is not ready yet.
            case .malformed(let what): what != ProbeAnswer.nothing
            }
        }
    }

    /// Answers of a server, or of a gateway before it, that is not ready yet (RFC 9110 15.6, RFC 6585 4).
    private static let passing: Set = [429, 502, 503, 504]

    /// The word for an answer without a byte.
    static let nothing = "nothing"

    /// Answers longer than this are taken for whole: the probe judges by the status.
    static let maxBytes = 1 << 20

    private var bytes: [UInt8] = []

    /// The answer's gist for a person: the title of a page, or the first line that is not empty; nil for none.
    var gist: String? {
        guard let head = headEnd() else { return nil }
        var body = bytes[head...].prefix(64 << 10)
        // The first line of a chunked body is the size of its first chunk.
        if isChunked(head), let end = body.firstIndex(of: 10) { body = body[(end + 1)...] }
        let text = String(decoding: body, as: UTF8.self)
        let line =
            Self.title(of: text) ?? text.split(whereSeparator: \.isNewline).first { $0.contains { !$0.isWhitespace } }
        return line.map { Self.shown($0) }
    }

    private static func title(of page: String) -> Substring? {
        guard let start = page.firstRange(of: "<title>"), let end = page[start.upperBound...].firstRange(of: "</title>")
        else { return nil }
        let title = page[start.upperBound..<end.lowerBound]
        return title.contains { !$0.isWhitespace } ? title : nil
    }

    /// One short line, whatever it was.
    private static func shown(_ text: Substring) -> String {
        let words = text.prefix(300).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let plain = words.unicodeScalars.map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .privateUse, .surrogate, .lineSeparator, .paragraphSeparator: "."
            default: String(scalar)
            }
        }.joined()
        return "\"" + (plain.count > 100 ? plain.prefix(99) + "…" : plain) + "\""
    }

    /// Adds what arrived; `atEnd` when the server has closed.
    mutating func append(_ part: some Collection<UInt8>, atEnd: Bool = false) -> Reading {
        bytes += part
        guard let head = headEnd() else {
            if atEnd { return bytes.isEmpty ? .malformed(Self.nothing) : .malformed(beginning) }
            return bytes.count > 64 << 10 ? .malformed(beginning) : .incomplete
        }
        guard let status = status() else { return .malformed(beginning) }
        if atEnd || isWhole(head) || bytes.count >= Self.maxBytes { return .complete(status: status) }
        return .incomplete
    }

    /// The index behind the empty line that ends the head.
    private func headEnd() -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...(bytes.count - 4)
        where bytes[index] == 13 && bytes[index + 1] == 10 && bytes[index + 2] == 13 && bytes[index + 3] == 10 {
            return index + 4
        }
        return nil
    }

    /// "HTTP/1.1 200 …" gives 200.
    private func status() -> Int? {
        guard bytes.count >= 12, bytes.starts(with: "HTTP/1.".utf8), bytes[8] == 0x20 else { return nil }
        let digits = bytes[9..<12]
        guard digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
    }

    private func lines(of head: Int) -> [Substring] {
        String(decoding: bytes[..<head], as: UTF8.self).lowercased().split(separator: "\r\n")
    }

    private func isChunked(_ head: Int) -> Bool {
        value(of: "transfer-encoding", in: lines(of: head))?.contains("chunked") == true
    }

    private func isWhole(_ head: Int) -> Bool {
        if let length = value(of: "content-length", in: lines(of: head)).flatMap({ Int($0) }) {
            return bytes.count - head >= length
        }
        if isChunked(head) {
            return bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8)
        }
        return false
    }

    private func value(of name: String, in lines: [Substring]) -> String? {
        lines.first { $0.hasPrefix("\(name):") }.map {
            String($0.dropFirst(name.count + 1)).filter { $0 != " " && $0 != "\t" }
        }
    }

    /// The first bytes, as a person can read them.
    private var beginning: String {
        let text = String(decoding: bytes.prefix(60), as: UTF8.self)
        return "\"" + text.unicodeScalars.map { $0.value < 32 ? "." : String($0) }.joined() + "\""
    }
}
