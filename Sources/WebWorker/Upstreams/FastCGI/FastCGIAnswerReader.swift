/// Takes the answer of a FastCGI application apart, in as many pieces as it arrives in: records, within them a CGI
/// script's answer, and what it said to standard error.
struct FastCGIAnswerReader: Sendable {
    private let toHead: Bool
    private let keepsConnection: Bool
    private var records = FastCGIReader()
    private var parser = CGIResponseParser()
    private var body: ResponseBody?
    private var kept: [UInt8] = []
    /// The rest of a record's content behind the head.
    private var rest = 0..<0
    private var isBodyWhole = false
    private var isEnded = false
    /// The file that the script wants to be sent instead of its body.
    private(set) var file: File?

    /// The value of X-Accel-Redirect or X-Sendfile.
    enum File: Equatable, Sendable {
        /// A path of the site.
        case path([UInt8])
        /// A name in the file system.
        case name([UInt8])
    }

    /// For the answer to one request.
    init(toHead: Bool, keepsConnection: Bool) {
        self.toHead = toHead
        self.keepsConnection = keepsConnection
    }

    /// Reads on at `index`, which moves behind what the piece covers.
    mutating func next(_ bytes: Span<UInt8>, at index: inout Int) -> AnswerPiece {
        while true {
            if !rest.isEmpty {
                let range = rest
                rest = 0..<0
                if let piece = takeBody(range, bytes) { return piece }
            }
            if isEnded { return .end(keepsAlive: keepsConnection && index == bytes.count) }
            switch records.next(bytes, at: &index) {
            case .incomplete: return .incomplete
            case .malformed: return .malformed(.record)
            case .errors(let range): return .errors(range)
            case .output(let range):
                let piece = body == nil ? takeHead(range, bytes) : takeBody(range, bytes)
                if let piece { return piece }
            case .end(let isComplete):
                guard isComplete, body != nil else { return .malformed(.record) }
                guard isWhole else { return .malformed(.shortBody) }
                isEnded = true
            }
        }
    }

    /// The application closed the connection: never the end of an answer, which END_REQUEST says.
    func close() -> AnswerPiece? { isEnded ? .end(keepsAlive: false) : nil }

    /// The body may end here: a length that was promised is there.
    private var isWhole: Bool { isBodyWhole || body?.endsByClose == true || body?.isEmpty == true }

    private mutating func takeHead(_ range: Range<Int>, _ bytes: Span<UInt8>) -> AnswerPiece? {
        bytes.append(range, to: &kept)
        let all = kept
        switch parser.parse(all.span, toHead: toHead) {
        case .incomplete: return nil
        case .malformed(let fault): return .malformed(fault)
        case .complete(let consumed):
            rest = range.upperBound - (kept.count - consumed)..<range.upperBound
            let head = PassedHead(parser.head, kept.span)
            switch parser.file {
            case .path(let place): file = .path(kept.span.bytes(place.range))
            case .name(let place): file = .name(kept.span.bytes(place.range))
            case nil: break
            }
            body = ResponseBody(parser.head.framing)
            kept = []
            return .head(head)
        }
    }

    /// Bytes beyond the promised length are dropped, as those of an answer without a body are.
    private mutating func takeBody(_ range: Range<Int>, _ bytes: Span<UInt8>) -> AnswerPiece? {
        guard !isBodyWhole, body?.isEmpty == false else { return nil }
        var decoded: [UInt8] = []  // A script's answer has no chunks.
        let content = bytes.extracting(..<range.upperBound)
        guard let (direct, outcome) = body?.take(content, from: range.lowerBound, decoded: &decoded) else { return nil }
        if case .complete = outcome { isBodyWhole = true }
        return direct.isEmpty ? nil : .data(direct)
    }
}
