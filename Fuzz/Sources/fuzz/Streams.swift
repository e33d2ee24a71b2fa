@testable import WebWorker

/// A body in chunks is read alike in one piece and in many.
func fuzzChunked(_ bytes: [UInt8]) {
    var (decoder, whole) = (ChunkedDecoder(), [UInt8]())
    let outcome = decoder.decode(bytes.span, from: 0, into: &whole, limit: 1 << 16)
    var (slow, body) = (ChunkedDecoder(), [UInt8]())
    for index in bytes.indices {
        let step = slow.decode(bytes.span.extracting(index..<index + 1), from: 0, into: &body, limit: 1 << 16)
        if step == .incomplete { continue }
        switch (step, outcome) {
        case (.complete, .complete(let consumed)) where consumed == index + 1 && body == whole: return
        case (.malformed, .malformed): return
        default: fatalError("in pieces \(step) at \(index), in one \(outcome)")
        }
    }
    guard outcome == .incomplete, body == whole else { fatalError("in pieces it goes on, in one \(outcome)") }
}

/// What an answer came to.
private struct Answer: Equatable {
    var heads: [PassedHead] = []
    var body: [UInt8] = []
    var errors: [UInt8] = []
    var isOver = false
    var isMalformed = false
}

private func read(_ bytes: [UInt8], piece size: Int, _ reader: AnswerReader) -> Answer {
    var (reader, answer, start) = (reader, Answer(), 0)
    while start < bytes.count {
        let piece = Array(bytes[start..<min(start + size, bytes.count)])
        start += size
        var index = 0
        loop: while true {
            switch reader.next(piece.span, at: &index) {
            case .incomplete: break loop
            case .head(let head), .upgrade(let head): answer.heads.append(head)
            case .data(let range): answer.body += piece[range]
            case .decoded: answer.body += reader.takeDecoded()
            case .errors(let range): answer.errors += piece[range]
            case .end:
                answer.isOver = true
                return answer
            case .malformed:
                answer.isMalformed = true
                return answer
            }
        }
    }
    return answer
}

private func fuzzAnswer(_ bytes: [UInt8], _ reader: AnswerReader) {
    let whole = read(bytes, piece: max(1, bytes.count), reader)
    for size in [1, 3] {
        let other = read(bytes, piece: size, reader)
        // What was good before a mistake may have been passed on already.
        let isAlike = whole.isMalformed ? other.isMalformed : other == whole
        guard isAlike, whole.heads.count <= 1 else { fatalError("in pieces of \(size) \(other), in one \(whole)") }
    }
}

/// An HTTP answer is read alike in one piece and in many. The first byte says which request it is to.
func fuzzResponse(_ bytes: [UInt8]) {
    var reader = AnswerReader()
    let first = bytes.first ?? 0
    reader.reset(toHead: first & 1 == 1, asksUpgrade: first & 2 == 2)
    fuzzAnswer(Array(bytes.dropFirst()), reader)
}

/// A FastCGI answer is read alike in one piece and in many.
func fuzzFastCGI(_ bytes: [UInt8]) {
    var reader = AnswerReader()
    let first = bytes.first ?? 0
    reader.resetForFastCGI(toHead: first & 1 == 1, keepsConnection: first & 2 == 2)
    fuzzAnswer(Array(bytes.dropFirst()), reader)
}

/// A PROXY header is decided at one byte, whatever comes behind it.
func fuzzProxy(_ bytes: [UInt8]) {
    let whole = ProxyHeader.parse(bytes.span)
    for end in 0..<min(bytes.count, ProxyHeader.maxBytes) {
        let outcome = ProxyHeader.parse(bytes.span.extracting(..<end))
        guard outcome == .incomplete || outcome == whole else { fatalError("\(outcome) at \(end), then \(whole)") }
        if outcome != .incomplete { return }
    }
    if case .complete(let consumed, _, _) = whole, consumed > bytes.count { fatalError("beyond the end") }
}
