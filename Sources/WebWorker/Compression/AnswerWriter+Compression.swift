extension AnswerWriter {
    /// Looks at an answer whose status line, fields and Content-Length stand in the turn's output from `start` on. True if it is
    /// sent compressed: then nothing of it is there any more. Else what that depends on is added, if it might have been.
    func compresses(_ status: Status, _ body: [UInt8], from start: Int, _ turn: inout Turn) -> Bool {
        let exchange = connection.exchange
        guard turn.compressors.areWanted(exchange, turn.site), !status.forbidsBody, status != .partialContent else {
            return false
        }
        let out = turn.out
        let first = out.span.firstIndex(of: .lineFeed, in: start..<out.count).map { $0 + 1 } ?? out.count
        let fields = CompressibleFields(out.span, from: first, turn.compressors.types)
        guard fields.isCompressible else { return false }
        guard exchange.takesGzip, !exchange.isVersion10 else {
            if !fields.variesByCoding { turn.out.append(ascii: CompressibleFields.vary) }
            return false
        }
        var lengthLine: [UInt8] = []
        lengthLine.append(contentLength: body.count)
        let lines = Array(out[first..<out.count - lengthLine.count])
        turn.out.removeLast(turn.out.count - start)
        StreamedExchange.begin(
            AnswerHead(status: status, fields: lines, length: body.count), body.span, connection, &turn)
        return true
    }
}
