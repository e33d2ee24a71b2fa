/// A run of bytes inside the buffer that a head was parsed from: offset and length, never the bytes themselves.
///
/// Eight bytes instead of the sixteen of `Range<Int>`: a head of a hundred fields stays in two cache pages.
/// A head is limited to far less than 4 GiB, so 32 bits hold every offset.
struct ByteRange: Equatable, Sendable {
    var start: UInt32
    var count: UInt32

    /// The empty run at the beginning; stands for "absent" where the grammar forbids an empty value.
    static let empty = ByteRange(0, 0)

    init(_ start: Int, _ end: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.count = UInt32(truncatingIfNeeded: end - start)
    }

    var isEmpty: Bool { count == 0 }
    var lowerBound: Int { Int(start) }
    var upperBound: Int { Int(start) + Int(count) }
    var range: Range<Int> { lowerBound..<upperBound }
}
