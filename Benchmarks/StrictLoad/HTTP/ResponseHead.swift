/// What framing and judging need of an answer's head, collected line by line.
struct ResponseHead {
    /// How the body ends (RFC 9112 section 6.3).
    enum Framing: Equatable {
        /// A 1xx answer: another head follows.
        case interim
        /// There is no body.
        case none
        case length(Int)
        case chunked
        case untilClose
    }

    private(set) var status = 0
    private var isHTTP10 = false
    private var contentLength: Int?
    private var isChunked = false
    private var saysClose = false
    private var saysKeepAlive = false

    /// Whether the connection may carry another request (RFC 9112 section 9.3).
    var keepsConnection: Bool {
        if saysClose { return false }
        if isHTTP10 && !saysKeepAlive { return false }
        return isChunked || contentLength != nil || hasNoBody
    }

    private var hasNoBody: Bool { status == 204 || status == 304 || status < 200 }

    /// Takes the first line, without CR LF.
    mutating func takeStatusLine(_ line: Span<UInt8>) throws(Malformation) {
        guard line.count >= 13, line.matches("HTTP/1.", at: 0) else { throw .statusLine }
        switch line[7] {
        case UInt8(ascii: "1"): isHTTP10 = false
        case UInt8(ascii: "0"): isHTTP10 = true
        default: throw .version
        }
        guard line[8] == UInt8(ascii: " "), line[12] == UInt8(ascii: " "), !line.hasControl(from: 13) else {
            throw .statusLine
        }
        for index in 9..<12 {
            guard let digit = line[index].decimalDigit else { throw .statusLine }
            status = status * 10 + digit
        }
        guard status >= 100 else { throw .statusLine }
    }

    /// Takes a field line, without CR LF.
    mutating func takeField(_ line: Span<UInt8>) throws(Malformation) {
        let colon = try Self.colon(of: line)
        switch colon {
        case 10 where line.matches("connection", at: 0):
            saysClose = saysClose || line.lists("close", from: colon + 1)
            saysKeepAlive = saysKeepAlive || line.lists("keep-alive", from: colon + 1)
        case 14 where line.matches("content-length", at: 0):
            guard contentLength == nil, !isChunked else { throw .contentLength }
            contentLength = try Self.length(line.extracting(line.trimmed(from: colon + 1)))
        case 17 where line.matches("transfer-encoding", at: 0):
            guard !isChunked, contentLength == nil else { throw .transferEncoding }
            let value = line.trimmed(from: colon + 1)
            guard value.count == 7, line.matches("chunked", at: value.lowerBound) else { throw .transferEncoding }
            isChunked = true
        default: break
        }
    }

    /// Checks the form of a field line that has no meaning here: a trailer.
    static func checkField(_ line: Span<UInt8>) throws(Malformation) {
        _ = try colon(of: line)
    }

    /// How the body of this head ends.
    func framing() throws(Malformation) -> Framing {
        if status == 101 { return .none }
        if status < 200 { return .interim }
        if hasNoBody { return .none }
        if isChunked {
            guard !isHTTP10 else { throw .transferEncoding }
            return .chunked
        }
        return contentLength.map(Framing.length) ?? .untilClose
    }

    private static func colon(of line: Span<UInt8>) throws(Malformation) -> Int {
        var index = 0
        while index < line.count, line[index].isTokenByte { index += 1 }
        guard index > 0, index < line.count, line[index] == UInt8(ascii: ":"), !line.hasControl(from: index) else {
            throw .field
        }
        return index
    }

    private static func length(_ value: Span<UInt8>) throws(Malformation) -> Int {
        guard value.count > 0, value.count <= 18 else { throw .contentLength }
        var length = 0
        for index in 0..<value.count {
            guard let digit = value[index].decimalDigit else { throw .contentLength }
            length = length * 10 + digit
        }
        return length
    }
}
