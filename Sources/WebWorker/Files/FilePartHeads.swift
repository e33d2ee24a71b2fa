/// The heads of answers that are parts of a file (RFC 9110 sections 14.4 and 14.6).
struct FilePartHeads {
    let version: FileVersion
    /// The media type of the content.
    let type: [UInt8]
    /// Fields that every answer with the file has.
    let fields: [UInt8]

    /// The status line and the fields for one part.
    func head(_ part: Range<Int>) -> [UInt8] {
        var bytes = head(length: part.count)
        writeType(to: &bytes)
        writePlace(part, to: &bytes)
        return bytes
    }

    /// The status line and the fields for several parts, and what stands in front of each, and behind the last.
    func heads(_ parts: [Range<Int>], boundary: String) -> (head: [UInt8], fronts: [[UInt8]], end: [UInt8]) {
        let (fronts, end) = borders(parts, boundary: boundary)
        let length = parts.reduce(0) { $0 + $1.count } + fronts.reduce(0) { $0 + $1.count } + end.count
        var head = head(length: length)
        head += Array("Content-Type: multipart/byteranges; boundary=\(boundary)\r\n".utf8)
        return (head, fronts, end)
    }

    /// The bytes in front of each of several parts, and behind the last.
    func borders(_ parts: [Range<Int>], boundary: String) -> (fronts: [[UInt8]], end: [UInt8]) {
        let fronts = parts.map { part in
            var bytes = Array("\r\n--\(boundary)\r\n".utf8)
            writeType(to: &bytes)
            writePlace(part, to: &bytes)
            bytes.append(ascii: "\r\n")
            return bytes
        }
        return (fronts, Array("\r\n--\(boundary)--\r\n".utf8))
    }

    /// A separator that is long enough not to be in any part by chance.
    static func boundary() -> String {
        (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
    }

    private func head(length: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(statusLine: .partialContent)
        bytes.append(contentsOf: fields)
        bytes.append(contentLength: length)
        return bytes
    }

    private func writeType(to bytes: inout [UInt8]) {
        bytes.append(ascii: "Content-Type: ")
        bytes.append(contentsOf: type)
        bytes.append(ascii: "\r\n")
    }

    func writePlace(_ part: Range<Int>, to bytes: inout [UInt8]) {
        bytes.append(ascii: "Content-Range: bytes ")
        bytes.append(decimal: part.lowerBound)
        bytes.append(0x2d)
        bytes.append(decimal: part.upperBound - 1)
        bytes.append(.slash)
        bytes.append(decimal: version.size)
        bytes.append(ascii: "\r\n")
    }
}
