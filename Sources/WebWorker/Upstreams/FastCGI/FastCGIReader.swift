/// Takes the records of a FastCGI application apart, in as many pieces as they arrive in.
struct FastCGIReader: Equatable, Sendable {
    /// The meaning of the next bytes; `output` and `errors` may be any part of a record's content.
    enum Piece: Equatable, Sendable {
        /// Content of STDOUT: the answer.
        case output(Range<Int>)
        /// Content of STDERR: for the log.
        case errors(Range<Int>)
        /// END_REQUEST. `isComplete` unless the application was too busy, or did not know the role.
        case end(isComplete: Bool)
        /// All bytes are used; more must come.
        case incomplete
        case malformed
    }

    private var header: [UInt8] = []
    private var contentLeft = 0
    private var paddingLeft = 0
    private var endBody: [UInt8] = []

    /// Reads on at `index`, which moves behind what the piece covers.
    mutating func next(_ bytes: Span<UInt8>, at index: inout Int) -> Piece {
        while index < bytes.count {
            if header.count < FastCGI.headerBytes {
                header.append(bytes[index])
                index += 1
                if header.count == FastCGI.headerBytes, let piece = takeHeader() { return piece }
                continue
            }
            if contentLeft > 0 {
                let range = index..<index + min(contentLeft, bytes.count - index)
                index = range.upperBound
                contentLeft -= range.count
                if let piece = takeContent(range, bytes) { return piece }
                continue
            }
            let skipped = min(paddingLeft, bytes.count - index)
            paddingLeft -= skipped
            index += skipped
            if paddingLeft == 0 { header.removeAll(keepingCapacity: true) }
        }
        if header.count == FastCGI.headerBytes, contentLeft == 0, paddingLeft == 0 {
            header.removeAll(keepingCapacity: true)
        }
        return .incomplete
    }

    private mutating func takeHeader() -> Piece? {
        contentLeft = Int(header[4]) << 8 | Int(header[5])
        paddingLeft = Int(header[6])
        guard header[0] == FastCGI.version else { return .malformed }
        let request = Int(header[2]) << 8 | Int(header[3])
        switch header[1] {
        case FastCGI.Kind.end:
            endBody.removeAll(keepingCapacity: true)
            return request == FastCGI.requestNumber && contentLeft == 8 ? nil : .malformed
        case FastCGI.Kind.stdout, FastCGI.Kind.stderr: return request == FastCGI.requestNumber ? nil : .malformed
        default: return request == 0 ? nil : .malformed  // Management records, which nobody asked for, are skipped.
        }
    }

    private mutating func takeContent(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Piece? {
        switch header[1] {
        case FastCGI.Kind.stdout: return .output(range)
        case FastCGI.Kind.stderr: return .errors(range)
        case FastCGI.Kind.end:
            bytes.append(range, to: &endBody)
            guard endBody.count == 8 else { return nil }
            return .end(isComplete: endBody[4] == 0)
        default: return nil
        }
    }
}
