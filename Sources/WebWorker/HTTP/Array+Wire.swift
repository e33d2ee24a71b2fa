/// Writing of wire text into a buffer that is used again and again.
extension [UInt8] {
    @inline(__always)
    mutating func append(ascii text: StaticString) {
        unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends bytes that stay whose they are: `append(contentsOf:)` would count a reference to them.
    @inline(__always)
    mutating func append(bytes: borrowing [UInt8]) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Appends a number in decimal digits.
    mutating func append(decimal number: Int) {
        guard number >= 10 else {
            append(0x30 + UInt8(number))
            return
        }
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(0x30 + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }

    /// Appends a number that is not negative in hexadecimal digits.
    mutating func append(hexadecimal number: Int) {
        let digits = number < 16 ? 1 : (Int.bitWidth - 1 - number.leadingZeroBitCount) / 4 + 1
        append(hexadecimal: UInt64(number), digits: digits)
    }

    /// Appends the last so many hexadecimal digits of a number, zeros in front included.
    mutating func append(hexadecimal number: UInt64, digits: Int) {
        var shift = (digits - 1) * 4
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(shift) & 0xf)
            append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            shift -= 4
        }
    }

    /// Appends microseconds that are not negative as milliseconds: `12.345`.
    mutating func append(milliseconds microseconds: Int64) {
        append(decimal: Int(microseconds / 1000))
        append(0x2e)
        let part = Int(microseconds % 1000)
        append(ascii: part < 10 ? "00" : part < 100 ? "0" : "")
        append(decimal: part)
    }

    /// Appends `HTTP/1.1 200 OK` and the line end (RFC 9112 section 4).
    mutating func append(statusLine status: Status) {
        append(ascii: "HTTP/1.1 ")
        append(decimal: Int(status.rawValue))
        append(.space)
        append(ascii: status.reason)
        append(ascii: "\r\n")
    }

    mutating func append(contentLength length: Int) {
        append(ascii: "Content-Length: ")
        append(decimal: length)
        append(ascii: "\r\n")
    }
}
