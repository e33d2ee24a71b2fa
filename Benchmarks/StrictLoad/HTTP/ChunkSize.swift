/// The line that begins a chunk (RFC 9112 section 7.1).
enum ChunkSize {
    /// The size in bytes; an extension behind `;` is allowed and ignored. 0 is the last chunk.
    static func parse(_ line: Span<UInt8>) throws(Malformation) -> Int {
        var size = 0
        var index = 0
        while index < line.count, let digit = line[index].hexadecimalDigit {
            guard index < 15 else { throw .chunk }
            size = size * 16 + digit
            index += 1
        }
        guard index > 0 else { throw .chunk }
        if index < line.count {
            guard line[index] == UInt8(ascii: ";"), !line.hasControl(from: index) else { throw .chunk }
        }
        return size
    }
}
