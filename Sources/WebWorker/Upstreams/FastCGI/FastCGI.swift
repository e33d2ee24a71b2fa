/// Records of the FastCGI protocol, version 1, in the one role that web servers use: responder.
///
/// Source: "FastCGI Specification", Open Market 1996. A connection bears one request at a time, which has number 1.
enum FastCGI {
    static let version: UInt8 = 1
    /// The number of the request, the only one of its connection.
    static let requestNumber = 1
    static let headerBytes = 8
    /// The most content of one record.
    static let maxContentBytes = 65_535

    /// Types of records (section 8).
    enum Kind {
        static let begin: UInt8 = 1
        static let abort: UInt8 = 2
        static let end: UInt8 = 3
        static let params: UInt8 = 4
        static let stdin: UInt8 = 5
        static let stdout: UInt8 = 6
        static let stderr: UInt8 = 7
    }

    static func appendHeader(_ kind: UInt8, contentBytes: Int, to out: inout [UInt8]) {
        out.append(version)
        out.append(kind)
        out.append(0)
        out.append(UInt8(requestNumber))
        out.append(UInt8(contentBytes >> 8))
        out.append(UInt8(contentBytes & 0xff))
        out.append(0)
        out.append(0)
    }

    /// Appends BEGIN_REQUEST; with `keepsConnection` the application leaves the connection open behind its answer.
    static func appendBegin(keepsConnection: Bool, to out: inout [UInt8]) {
        appendHeader(Kind.begin, contentBytes: 8, to: &out)
        out.append(contentsOf: [0, 1, keepsConnection ? 1 : 0, 0, 0, 0, 0, 0])
    }

    /// Appends content as one record or several; none for empty content, which would end the stream.
    static func append(_ kind: UInt8, _ content: Span<UInt8>, to out: inout [UInt8]) {
        var start = 0
        while start < content.count {
            let end = min(start + maxContentBytes, content.count)
            appendHeader(kind, contentBytes: end - start, to: &out)
            content.append(start..<end, to: &out)
            start = end
        }
    }

    /// Appends the end of a stream.
    static func appendEnd(_ kind: UInt8, to out: inout [UInt8]) { appendHeader(kind, contentBytes: 0, to: &out) }

    /// Appends a name and its value as PARAMS has them: lengths of one byte below 128, else of four (section 3.4).
    static func append(name: StaticString, value: Span<UInt8>, to out: inout [UInt8]) {
        appendLength(name.utf8CodeUnitCount, to: &out)
        appendLength(value.count, to: &out)
        out.append(ascii: name)
        value.append(0..<value.count, to: &out)
    }

    /// The same for a name that is made.
    static func append(name: [UInt8], value: Span<UInt8>, to out: inout [UInt8]) {
        appendLength(name.count, to: &out)
        appendLength(value.count, to: &out)
        out.append(contentsOf: name)
        value.append(0..<value.count, to: &out)
    }

    private static func appendLength(_ length: Int, to out: inout [UInt8]) {
        if length < 128 {
            out.append(UInt8(length))
        } else {
            out.append(UInt8(length >> 24 & 0x7f) | 0x80)
            out.append(UInt8(length >> 16 & 0xff))
            out.append(UInt8(length >> 8 & 0xff))
            out.append(UInt8(length & 0xff))
        }
    }
}
