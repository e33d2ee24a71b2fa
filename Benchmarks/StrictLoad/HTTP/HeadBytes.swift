extension Span<UInt8> {
    /// Whether the bytes at `position` are `text`, letters in either case; `text` is ASCII in lower case or the very
    /// bytes.
    func matches(_ text: StaticString, at position: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard position + length <= count else { return false }
        for index in 0..<length {
            let wanted = unsafe text.utf8Start[index]
            let found = self[position + index]
            if found == wanted { continue }
            guard found >= UInt8(ascii: "A"), found <= UInt8(ascii: "Z"), found | 0x20 == wanted else { return false }
        }
        return true
    }

    /// Whether a control character other than a tab stands at or behind `position`.
    func hasControl(from position: Int) -> Bool {
        for index in position..<count {
            let byte = self[index]
            if byte < 0x20 && byte != 0x09 || byte == 0x7f { return true }
        }
        return false
    }

    /// What is left behind `position` without the blanks on both sides.
    func trimmed(from position: Int) -> Range<Int> {
        var start = position
        var end = count
        while start < end, self[start].isBlank { start += 1 }
        while end > start, self[end - 1].isBlank { end -= 1 }
        return start..<end
    }

    /// Whether a list of words with commas between them, behind `position`, has the word `text`.
    func lists(_ text: StaticString, from position: Int) -> Bool {
        var start = position
        while start <= count {
            var end = start
            while end < count, self[end] != UInt8(ascii: ",") { end += 1 }
            let word = extracting(0..<end).trimmed(from: start)
            if word.count == text.utf8CodeUnitCount, matches(text, at: word.lowerBound) { return true }
            start = end + 1
        }
        return false
    }
}

extension UInt8 {
    var isBlank: Bool { self == 0x20 || self == 0x09 }

    var decimalDigit: Int? {
        self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") ? Int(self) - 0x30 : nil
    }

    var hexadecimalDigit: Int? {
        if let digit = decimalDigit { return digit }
        let lower = self | 0x20
        return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "f") ? Int(lower) - 0x61 + 10 : nil
    }

    /// A byte of a token, RFC 9110 section 5.6.2.
    var isTokenByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
