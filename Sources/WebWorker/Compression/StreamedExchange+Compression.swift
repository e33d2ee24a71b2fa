internal import Linux

extension StreamedExchange {
    /// Keeps a piece of the body for the compressor. False when the client does not keep up.
    func compress(_ piece: Span<UInt8>, by compressor: BodyCompressor, _ turn: inout Turn) -> Bool {
        guard !compressor.isEnding else { return false }
        guard compressor.keep(piece) else {
            breakLength("more", &turn)
            return false
        }
        turn.makeDue(connection)
        if waiting > Self.highWater { isPaused = true }
        return !isPaused
    }

    /// There is something to compress, and the client keeps up.
    var isToCompress: Bool {
        compressor?.hasWork == true && connection.outgoing.pending.count <= Self.highWater
    }

    /// Bytes of the answer that the client has not taken yet.
    var waiting: Int { connection.outgoing.pending.count + (compressor?.waiting ?? 0) }

    /// At the end of a turn: compresses what came in it, as far as the turn's share goes.
    func compress(_ turn: inout Turn) {
        guard isToCompress, let compressor else { return }
        var out: [UInt8] = []
        guard let goesOn = compressor.work(to: &out) else {
            StandardError.line("WebWorker: zlib has failed: closing the connection")
            self.compressor = nil
            return breakAnswer(&turn)
        }
        pass(out.span, &turn)
        if compressor.isDone {
            self.compressor = nil
            endAnswer(&turn)
        } else if goesOn {
            turn.makeDue(connection)
        }
    }

    /// Has an answer whose body is here compressed while it is sent.
    static func begin(_ head: AnswerHead, _ body: Span<UInt8>, _ connection: Connection, _ turn: inout Turn) {
        let stream = StreamedExchange(connection, .none, moreBytes: connection.exchange.moreBytes, &turn)
        connection.putOutAside(&turn)
        stream.beginAnswer(head, &turn)
        stream.append(body, &turn)
        stream.endAnswer(&turn)
    }

    /// Has a file compressed while it is sent.
    static func begin(_ head: AnswerHead, _ file: FoundFile, _ connection: Connection, _ turn: inout Turn) {
        let stream = StreamedExchange(connection, .none, moreBytes: connection.exchange.moreBytes, &turn)
        connection.putOutAside(&turn)
        stream.beginAnswer(head, &turn)
        guard !connection.exchange.isHead else { return stream.endAnswer(&turn) }
        let reader = FileReader(file)
        stream.handler = reader
        reader.goOn(stream, &turn)
    }
}

/// Gives a file in pieces, as its client takes them.
private final class FileReader: StreamHandler {
    private let file: FoundFile
    private var offset = 0

    init(_ file: FoundFile) { self.file = file }

    func goOn(_ client: StreamedExchange, _ turn: inout Turn) {
        var goesOn = true
        while goesOn, offset < file.version.size {
            let count = min(Compressors.pieceBytes, file.version.size - offset)
            let piece = try? file.descriptor.read(at: offset, count: count)
            // It was cut short meanwhile.
            guard let piece, !piece.isEmpty else { return client.breakAnswer(&turn) }
            offset += piece.count
            goesOn = client.append(piece.span, &turn)
        }
        if offset == file.version.size { client.endAnswer(&turn) }
    }

    func take(_ piece: Span<UInt8>, _ client: StreamedExchange, _ turn: inout Turn) {}
    func bodyEnded(_ client: StreamedExchange, _ turn: inout Turn) {}
    func cancelled(_ client: StreamedExchange, _ turn: inout Turn) {}
}
