/// Walks over the tokens of a JSON5 text and knows at each where it is. It keeps no values: Foundation decodes those.
struct JSONScanner {
    let bytes: [UInt8]
    private(set) var offset: Int
    private var line = 1
    /// Characters of the line that lie behind.
    private var characters = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        self.offset = bytes.starts(with: byteOrderMark) ? 3 : 0
    }

    /// The next byte, or nil at the end.
    var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// The position of the next byte.
    var position: TextPosition { TextPosition(line: line, column: characters + 1) }

    /// The next character or word, as it is shown to a user.
    var nextText: String {
        guard let next else { return "the end of the file" }
        guard next != UInt8(ascii: "\n") else { return "the end of the line" }
        let word = bytes[offset...].prefix { Self.isWord($0) }
        guard word.isEmpty else { return JSONValue.quoted(String(String(decoding: word, as: UTF8.self).prefix(40))) }
        // In quotes of the other kind what is a quote itself can be read.
        if next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\") { return "'\(Character(Unicode.Scalar(next)))'" }
        return next < 0x7F ? "\"\(Character(Unicode.Scalar(next)))\"" : "the character U+007F"
    }

    /// The next quote is none in JSON5, but one that text editors make of those.
    var nextIsOrnate: Bool {
        let text = String(decoding: bytes[offset...].prefix(4), as: UTF8.self)
        return text.unicodeScalars.first.map {
            "\u{201C}\u{201D}\u{201E}\u{2018}\u{2019}\u{AB}\u{BB}".unicodeScalars.contains($0)
        } ?? false
    }

    /// Takes `byte` when it is next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        advance()
        return true
    }

    /// Skips white space and comments.
    mutating func skipBlank() throws(JSONSyntaxError) {
        while let byte = next {
            if byte == UInt8(ascii: "/") {
                try skipComment()
            } else if byte <= 0x20 {
                advance()
            } else if bytes[offset...].starts(with: [0xC2, 0xA0]) {
                advance(by: 2)
            } else {
                return
            }
        }
    }

    /// Takes a run of letters, digits and the signs of numbers; empty when there is none.
    mutating func takeWord() -> ArraySlice<UInt8> {
        let start = offset
        while let byte = next, Self.isWord(byte) { advance() }
        return bytes[start..<offset]
    }

    /// Takes a string with the quotes around it.
    mutating func takeString() throws(JSONSyntaxError) -> ArraySlice<UInt8> {
        let start = offset
        let opening = position
        let quote = bytes[offset]
        advance()
        while let byte = next {
            if byte == UInt8(ascii: "\n") { break }
            if byte == UInt8(ascii: "\\") {
                try skipEscape()
                continue
            }
            advance()
            if byte == quote { return bytes[start..<offset] }
        }
        throw JSONSyntaxError(
            position: opening, found: "an unterminated string", expected: "a closing quote on its line")
    }

    /// An error at the next byte.
    func failure(expected: String, advice: String = "") -> JSONSyntaxError {
        JSONSyntaxError(position: position, found: nextText, expected: expected, advice: advice)
    }

    static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: "."),
            UInt8(ascii: "+"), UInt8(ascii: "-"), 0x80...0xFF:
            true
        default: false
        }
    }

    private mutating func advance() {
        let byte = bytes[offset]
        offset += 1
        if byte == UInt8(ascii: "\n") {
            line += 1
            characters = 0
        } else if byte & 0xC0 != 0x80 {
            characters += 1
        }
    }

    private mutating func advance(by count: Int) { for _ in 0..<count { advance() } }

    private mutating func skipComment() throws(JSONSyntaxError) {
        let opening = position
        let second = offset + 1 < bytes.count ? bytes[offset + 1] : 0
        if second == UInt8(ascii: "/") {
            while let byte = next, byte != UInt8(ascii: "\n") { advance() }
        } else if second == UInt8(ascii: "*") {
            advance(by: 2)
            while offset + 1 < bytes.count {
                if bytes[offset] == UInt8(ascii: "*"), bytes[offset + 1] == UInt8(ascii: "/") {
                    advance(by: 2)
                    return
                }
                advance()
            }
            throw JSONSyntaxError(position: opening, found: "an unterminated comment", expected: "\"*/\" after it")
        } else {
            throw failure(expected: "\"//\" or \"/*\" to begin a comment")
        }
    }

    /// Takes an escape of those that Foundation decodes; a zero byte is none of them, and nothing here could use it.
    private mutating func skipEscape() throws(JSONSyntaxError) {
        let escaped = offset + 1 < bytes.count ? bytes[offset + 1] : 0
        let hexDigits = escaped == UInt8(ascii: "u") ? 4 : escaped == UInt8(ascii: "x") ? 2 : 0
        let digits = bytes[min(offset + 2, bytes.count)...].prefix(hexDigits)
        guard "\"'\\/bfnrtux\n".utf8.contains(escaped), digits.count == hexDigits, digits.allSatisfy(Self.isHex),
            hexDigits == 0 || digits.contains(where: { $0 != UInt8(ascii: "0") })
        else {
            let shown = String(decoding: bytes[offset...].prefix(5), as: UTF8.self).prefix(2)
            throw JSONSyntaxError(
                position: position, found: "\"\(shown)\" in a string", expected: "an escape of JSON5",
                advice: "write \"\\\\\" for a backslash")
        }
        advance()
        for _ in 0...hexDigits { advance() }
    }

    static func isHex(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
