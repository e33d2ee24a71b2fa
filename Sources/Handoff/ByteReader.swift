/// Takes numbers and counted bytes off the front of a message, each bounded: nil means that the message does not have them.
struct ByteReader {
    private let bytes: [UInt8]
    private var place: Int

    /// Reads from a place on; nothing is copied.
    init(_ bytes: [UInt8], from place: Int = 0) {
        self.bytes = bytes
        self.place = place
    }

    var isAtEnd: Bool { place == bytes.count }

    /// A number of so many bytes (8 at most), the first one the highest.
    mutating func number(bytes count: Int) -> UInt64? {
        guard bytes.count - place >= count else { return nil }
        defer { place += count }
        return bytes[place..<place + count].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// So many bytes.
    mutating func take(_ count: Int) -> [UInt8]? {
        guard count >= 0, bytes.count - place >= count else { return nil }
        defer { place += count }
        return Array(bytes[place..<place + count])
    }

    /// Bytes behind their number, which is of `width` bytes; nil if they are more than `longest`.
    mutating func counted(width: Int, longest: Int) -> [UInt8]? {
        guard let count = number(bytes: width), count <= UInt64(longest) else { return nil }
        return take(Int(count))
    }
}

extension [UInt8] {
    /// Appends a number as so many bytes, the first one the highest.
    mutating func append(number: UInt64, bytes count: Int) {
        for place in (0..<count).reversed() { append(UInt8(truncatingIfNeeded: number >> UInt64(8 * place))) }
    }

    /// Appends bytes behind their number, which is of `width` bytes.
    mutating func append(counted bytes: [UInt8], width: Int) {
        append(number: UInt64(bytes.count), bytes: width)
        append(contentsOf: bytes)
    }
}
