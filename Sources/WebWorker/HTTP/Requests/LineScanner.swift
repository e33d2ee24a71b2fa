/// Looks for the byte that ends a line of a head, or that may not stand in one.
enum LineScanner {
    /// The offset of the first control character but HTAB at or after `start`, or the number of bytes.
    ///
    /// Eight bytes a step: a byte b is below 0x20 when b - 0x20 borrows, and 0x7f when b ^ 0x7f is zero
    /// (Bit Twiddling Hacks, "determine if a word has a byte less than n"). Bytes from 0x80 on are obs-text and pass.
    @inline(__always)
    static func firstControl(in bytes: Span<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        let raw = unsafe bytes.bytes
        var index = start
        while true {
            while index + 8 <= bytes.count {
                let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
                let delete = word ^ (ones &* 0x7f)
                let found = ((word &- ones &* 0x20) & ~word | (delete &- ones) & ~delete) & high
                if found != 0 {
                    index += found.trailingZeroBitCount / 8
                    break
                }
                index += 8
            }
            while index < bytes.count, bytes[index] >= 0x20, bytes[index] != 0x7f { index += 1 }
            guard index < bytes.count, bytes[index] == .tab else { return index }
            index += 1
        }
    }
}
