/// Comparisons of wire bytes with ASCII text, without making a String of them. Each looks once whether its range is there,
/// and not again at every byte.
extension Span where Element == UInt8 {
    /// Compares the bytes in `range` with `text`.
    @inline(__always)
    func equals(_ text: StaticString, at range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        let part = extracting(range)
        let start = unsafe text.utf8Start
        for index in 0..<part.count where unsafe part[unchecked: index] != start[index] { return false }
        return true
    }

    /// Compares the bytes in `range` with `text`, which is in lower case, without regard to case.
    @inline(__always)
    func equalsIgnoringCase(_ text: StaticString, at range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        let part = extracting(range)
        let start = unsafe text.utf8Start
        for index in 0..<part.count where unsafe part[unchecked: index].asciiLowercase != start[index] { return false }
        return true
    }

    /// The same with text that is known at run time only.
    func equalsIgnoringCase(_ text: [UInt8], at range: Range<Int>) -> Bool {
        guard range.count == text.count else { return false }
        for index in 0..<range.count where self[range.lowerBound + index].asciiLowercase != text[index] { return false }
        return true
    }

    /// Compares the bytes in `range` with `text`, without regard to the case of either.
    func equalsIgnoringCase(_ text: String.UTF8View, at range: Range<Int>) -> Bool {
        guard range.count == text.count else { return false }
        var index = range.lowerBound
        for byte in text {
            guard self[index].asciiLowercase == byte.asciiLowercase else { return false }
            index += 1
        }
        return true
    }

    /// Compares the bytes in `range` with `other`.
    @inline(__always)
    func equals(_ other: Span<UInt8>, at range: Range<Int>) -> Bool {
        guard range.count == other.count else { return false }
        let part = extracting(range)
        for index in 0..<part.count where unsafe part[unchecked: index] != other[unchecked: index] { return false }
        return true
    }

    /// `range` without the spaces and tabs at its ends (OWS, RFC 9110 section 5.6.3).
    @inline(__always)
    func trimmingWhitespace(_ range: Range<Int>) -> Range<Int> {
        let part = extracting(range)
        var start = 0
        var end = part.count
        while start < end, unsafe part[unchecked: start].isBlank { start += 1 }
        while end > start, unsafe part[unchecked: end - 1].isBlank { end -= 1 }
        return range.lowerBound + start..<range.lowerBound + end
    }

    /// The place of the first `byte` in `range`, or nil.
    @inline(__always)
    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        let part = extracting(range)
        for index in 0..<part.count where unsafe part[unchecked: index] == byte { return range.lowerBound + index }
        return nil
    }

    /// Appends a field line, with its line end.
    @inline(__always)
    func append(_ field: RequestHead.Field, to out: inout [UInt8]) {
        let (name, value) = (field.name.range, field.value.range)
        if value.lowerBound == name.upperBound + 2, self[name.upperBound + 1] == .space {
            append(name.lowerBound..<value.upperBound, to: &out)  // As it mostly comes: `name: value`.
        } else {
            append(name, to: &out)
            out.append(ascii: ": ")
            append(value, to: &out)
        }
        out.append(ascii: "\r\n")
    }

    /// The bytes in `range` as text; bytes that are not UTF-8 come out as U+FFFD.
    func text(_ range: Range<Int>) -> String {
        unsafe extracting(range).withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// A copy of the bytes in `range`.
    func bytes(_ range: Range<Int>) -> [UInt8] {
        var copy: [UInt8] = []
        append(range, to: &copy)
        return copy
    }

    /// Appends the bytes in `range` to `bytes`, by one copy of memory.
    func append(_ range: Range<Int>, to bytes: inout [UInt8]) {
        unsafe extracting(range).withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }
}

/// The bytes that the grammar gives names to.
extension UInt8 {
    static var tab: UInt8 { 0x09 }
    static var lineFeed: UInt8 { 0x0a }
    static var carriageReturn: UInt8 { 0x0d }
    static var space: UInt8 { 0x20 }
    static var colon: UInt8 { 0x3a }
    static var comma: UInt8 { 0x2c }
    static var slash: UInt8 { 0x2f }
    static var percent: UInt8 { 0x25 }
    static var questionMark: UInt8 { 0x3f }

    /// A space or a tab.
    @inline(__always)
    var isBlank: Bool { self == .space || self == .tab }

    /// The byte, an ASCII capital made small.
    @inline(__always)
    var asciiLowercase: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// The value of an ASCII decimal digit, or nil.
    @inline(__always)
    var decimalDigit: UInt8? { self &- 0x30 < 10 ? self &- 0x30 : nil }

    /// The value of an ASCII hexadecimal digit, or nil.
    @inline(__always)
    var hexDigit: UInt8? {
        if self &- 0x30 < 10 { return self &- 0x30 }
        let letter = asciiLowercase &- 0x61
        return letter < 6 ? letter + 10 : nil
    }
}
