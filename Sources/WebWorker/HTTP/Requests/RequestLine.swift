/// The request line: `method SP request-target SP HTTP-version` (RFC 9112 section 3), read as its bytes arrive.
///
/// It goes on where it stopped, so that each byte is looked at once, and refuses at the first wrong byte.
struct RequestLine: Sendable {
    /// Which of the three parts the next byte belongs to, and in `start` where that part began.
    private enum Part { case method, target, version }

    /// Twice the longest method that IANA has registered (UPDATEREDIRECTREF).
    private static let maxMethodBytes = 34

    private var part = Part.method
    private var start: Int
    private var index: Int

    /// A request line that begins at `start`.
    init(at start: Int) {
        self.start = start
        self.index = start
    }

    /// Reads the bytes up to `end`, and writes what is found into `head`.
    mutating func advance(_ bytes: Span<UInt8>, to end: Int, into head: inout RequestHead) -> Refusal? {
        if part == .method {
            while index < end, ByteClass.token.contains(bytes[index]) { index += 1 }
            guard index - start <= Self.maxMethodBytes else { return .requestLine }
            guard index < end else { return nil }
            guard index > start, bytes[index] == .space else { return .requestLine }
            head.methodToken = ByteRange(start, index)
            head.method = KnownMethod(bytes, start..<index)
            begin(.target)
        }
        if part == .target {
            while index < end, ByteClass.target.contains(bytes[index]) { index += 1 }
            guard index < end else { return nil }
            guard bytes[index] == .space else { return .target }
            guard index > start else { return .requestLine }
            head.target = ByteRange(start, index)
            begin(.version)
        }
        return advanceVersion(bytes, to: end, into: &head)
    }

    /// Judges the line, which ends where `advance` has come to.
    func finish(_ bytes: Span<UInt8>, into head: inout RequestHead) -> Refusal? {
        guard part == .version, index - start == 8 else { return .requestLine }
        return RequestTarget.parse(head.target.range, of: bytes, into: &head)
    }

    private mutating func begin(_ next: Part) {
        index += 1
        start = index
        part = next
    }

    /// `HTTP/` DIGIT `.` DIGIT, in capitals (RFC 9112 section 2.3).
    private mutating func advanceVersion(
        _ bytes: Span<UInt8>, to end: Int, into head: inout RequestHead
    ) -> Refusal? {
        if index == start, end - index == 8, bytes.equals("HTTP/1.1", at: index..<end) {
            head.minorVersion = 1
            index = end
            return nil
        }
        let name: StaticString = "HTTP/"
        while index < end {
            let place = index - start
            let byte = bytes[index]
            switch place {
            case 0..<5: guard unsafe byte == name.utf8Start[place] else { return .requestLine }
            case 6: guard byte == 0x2e else { return .requestLine }
            case 5: guard byte.decimalDigit != nil else { return .requestLine }
            case 7:
                guard let minor = byte.decimalDigit else { return .requestLine }
                guard bytes[start + 5] == 0x31 else { return .version }
                head.minorVersion = min(minor, 1)
            default: return .requestLine
            }
            index += 1
        }
        return nil
    }
}
