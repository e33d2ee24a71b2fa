/// The head of a CGI script's answer (RFC 3875 section 6): fields, of which `Status` is the status; lines end in CRLF or LF.
struct CGIResponseParser: Sendable {
    /// The head, once `parse` has said that it is complete. Its framing is by Content-Length, or until the script's end.
    private(set) var head = ResponseHead()
    /// The file that the server is to send instead of the body: `X-Accel-Redirect`, `X-Sendfile`.
    private(set) var file: File?
    private var isRedirect = false
    private var lineStart = 0
    private var scanned = 0

    /// A file that the script points to.
    enum File: Equatable, Sendable {
        /// X-Accel-Redirect: a path of the site.
        case path(ByteRange)
        /// X-Sendfile: a name in the file system.
        case name(ByteRange)
    }

    /// Looks for the end of the head that begins at offset 0 of `bytes`; `toHead` for the answer to a HEAD.
    mutating func parse(_ bytes: Span<UInt8>, toHead: Bool) -> ResponseHeadParser.Outcome {
        while true {
            let stop = LineScanner.firstControl(in: bytes, from: scanned)
            scanned = stop
            guard stop <= ResponseHeadParser.maxHeadBytes else { return .malformed(.headTooLarge) }
            guard stop < bytes.count else { return .incomplete }
            var next = stop + 1
            if bytes[stop] == .carriageReturn {
                guard next < bytes.count else { return .incomplete }
                guard bytes[next] == .lineFeed else { return .malformed(.bareLineEnd) }
                next += 1
            } else if bytes[stop] != .lineFeed {
                return .malformed(.controlCharacter)
            }
            let line = lineStart..<stop
            scanned = next
            lineStart = next
            if line.isEmpty { return finish(consumed: next, toHead: toHead) }
            if let fault = take(line, of: bytes) { return .malformed(fault) }
        }
    }

    private mutating func take(_ line: Range<Int>, of bytes: Span<UInt8>) -> ResponseFault? {
        guard head.fields.count < ResponseHeadParser.maxFields else { return .headTooLarge }
        guard bytes[line.lowerBound] != .space, bytes[line.lowerBound] != .tab else { return .foldedLine }
        guard let field = RequestHead.Field(line, of: bytes) else { return .field }
        let (name, value) = (field.name.range, field.value.range)
        if bytes.equalsIgnoringCase("status", at: name) { return takeStatus(value, bytes) }
        if bytes.equalsIgnoringCase("content-length", at: name) {
            guard head.contentLength == nil, let length = bytes.decimal(value) else { return .contentLength }
            head.contentLength = length
        }
        if bytes.equalsIgnoringCase("location", at: name), head.status == 0 { isRedirect = true }
        if bytes.equalsIgnoringCase("x-accel-redirect", at: name) {
            file = .path(field.value)
            return nil
        }
        if bytes.equalsIgnoringCase("x-sendfile", at: name) {
            file = .name(field.value)
            return nil
        }
        head.fields.append(field)
        return nil
    }

    /// `Status: 404 Not Found`; the words may be missing.
    private mutating func takeStatus(_ value: Range<Int>, _ bytes: Span<UInt8>) -> ResponseFault? {
        let start = value.lowerBound
        guard head.status == 0, value.count >= 3, let number = bytes.decimal(start..<start + 3), number >= 200,
            value.count == 3 || bytes[start + 3] == .space
        else { return .statusLine }
        head.status = Int(number)
        if value.count > 4 { head.reason = ByteRange(start + 4, value.upperBound) }
        return nil
    }

    /// Without Status an answer is 200, or 302 with a Location (RFC 3875 sections 6.2.1 to 6.2.4).
    private mutating func finish(consumed: Int, toHead: Bool) -> ResponseHeadParser.Outcome {
        if head.status == 0 { head.status = isRedirect ? 302 : 200 }
        // What the script says of a length is the file's, or of a body that nobody gets.
        if file != nil { head.contentLength = nil }
        if toHead || head.status == 204 || head.status == 304 {
            head.framing = .none
        } else {
            head.framing = head.contentLength.map { .length($0) } ?? .untilClose
        }
        return .complete(consumed: consumed)
    }
}
