enum AccessLine {
    /// Appends a line. `request` is nil when the request could not be read; `seconds` since 1970.
    static func append(
        _ format: AccessLog.Format, _ request: LoggedRequest?, _ answer: LoggedAnswer, seconds: Int,
        to line: inout [UInt8]
    ) {
        switch format {
        case .combined: combined(request, answer, seconds, &line)
        case .json: json(request, answer, seconds, &line)
        }
        line.append(.lineFeed)
    }

    private static func combined(
        _ request: LoggedRequest?, _ answer: LoggedAnswer, _ seconds: Int, _ line: inout [UInt8]
    ) {
        let client = request?.client ?? answer.peer
        line.append(contentsOf: client.isEmpty ? "-".utf8 : client.utf8)
        line.append(ascii: " - - [")
        appendDate(seconds, to: &line)
        line.append(ascii: "] \"")
        if let request {
            appendEscaped(request.method, to: &line)
            line.append(.space)
            appendEscaped(request.target, to: &line)
            line.append(ascii: " HTTP/1.")
            line.append(decimal: Int(request.minorVersion))
        } else {
            line.append(0x2d)
        }
        line.append(ascii: "\" ")
        line.append(decimal: Int(answer.status.rawValue))
        line.append(.space)
        line.append(decimal: answer.bytes)
        for field in [request?.referer ?? [], request?.agent ?? []] {
            line.append(ascii: " \"")
            if field.isEmpty { line.append(0x2d) } else { appendEscaped(field, to: &line) }
            line.append(ascii: "\"")
        }
    }

    /// The form is `21/Nov/2026:18:00:00 +0000`.
    private static func appendDate(_ seconds: Int, to line: inout [UInt8]) {
        // "Sat, 21 Nov 2026 18:00:00 GMT"
        var date: [UInt8] = []
        HTTPDate.append(seconds, to: &date)
        guard date.count == 29 else { return }
        line.append(contentsOf: date[5..<7])
        line.append(.slash)
        line.append(contentsOf: date[8..<11])
        line.append(.slash)
        line.append(contentsOf: date[12..<16])
        line.append(.colon)
        line.append(contentsOf: date[17..<25])
        line.append(ascii: " +0000")
    }

    /// Quotes, backslashes and bytes that are no printable ASCII become `\xNN`: nobody can forge a line.
    private static func appendEscaped(_ text: [UInt8], to line: inout [UInt8]) {
        for byte in text {
            if byte >= 0x20, byte < 0x7f, byte != 0x22, byte != 0x5c {
                line.append(byte)
            } else {
                line.append(ascii: "\\x")
                line.append(hexadecimal: UInt64(byte), digits: 2)
            }
        }
    }

    private static func json(
        _ request: LoggedRequest?, _ answer: LoggedAnswer, _ seconds: Int, _ line: inout [UInt8]
    ) {
        line.append(ascii: "{\"time\":")
        line.append(decimal: seconds)
        append("client", Array((request?.client ?? answer.peer).utf8), to: &line)
        if let request {
            if request.isSecure { line.append(ascii: ",\"scheme\":\"https\"") }
            append("host", request.host, to: &line)
            append("method", request.method, to: &line)
            append("target", request.target, to: &line)
            line.append(ascii: ",\"version\":\"1.")
            line.append(decimal: Int(request.minorVersion))
            line.append(ascii: "\"")
        }
        line.append(ascii: ",\"status\":")
        line.append(decimal: Int(answer.status.rawValue))
        line.append(ascii: ",\"bytes\":")
        line.append(decimal: answer.bytes)
        line.append(ascii: ",\"milliseconds\":")
        line.append(milliseconds: answer.microseconds)
        if let request {
            append("id", request.id?.text ?? [], to: &line)
            append("referer", request.referer, to: &line)
            append("agent", request.agent, to: &line)
        }
        line.append(ascii: "}")
    }

    /// `,"name":"text"`; nothing for an empty text. Bytes that are no printable ASCII are taken for Latin-1, so that any
    /// bytes make a valid line.
    private static func append(_ name: StaticString, _ text: [UInt8], to line: inout [UInt8]) {
        guard !text.isEmpty else { return }
        line.append(ascii: ",\"")
        line.append(ascii: name)
        line.append(ascii: "\":\"")
        for byte in text {
            if byte >= 0x20, byte < 0x7f, byte != 0x22, byte != 0x5c {
                line.append(byte)
            } else {
                line.append(ascii: "\\u")
                line.append(hexadecimal: UInt64(byte), digits: 4)
            }
        }
        line.append(ascii: "\"")
    }
}
