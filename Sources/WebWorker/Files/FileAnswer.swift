internal import Linux

/// Answers with a file, or with what of it the client wants.
struct FileAnswer {
    let writer: AnswerWriter
    let entry: FileCache.Entry

    init(_ writer: AnswerWriter, _ entry: FileCache.Entry) {
        self.writer = writer
        self.entry = entry
    }

    func write(_ head: RequestHead, _ bytes: Span<UInt8>, _ turn: inout Turn) {
        let variant = entry.compressed.isEmpty ? entry.plain : entry.variant(for: head, bytes)
        if variant.coding == nil, turn.compressors.areWanted(writer.connection.exchange, turn.site),
            entry.isCompressible(by: turn.compressors)
        {
            if writeCompressed(head, bytes, &turn) { return }
            writer.connection.exchange.variesByCoding = entry.compressed.isEmpty
        }
        let conditions = FileConditions(head, bytes, variant.version)
        switch conditions.selection(bytes, variant.version, now: Turn.clockSeconds) {
        case .whole: writeWhole(variant, &turn)
        case .notModified: writeNotModified(variant, &turn)
        case .preconditionFailed: writer.write(.preconditionFailed, &turn)
        case .parts(let parts): write(parts, of: variant, &turn)
        case .unsatisfiable:
            writer.write(turn.site.unsatisfiable(variant.version, at: writer.connection.exchange.place), &turn)
        }
    }

    private func writeWhole(_ variant: FileCache.Variant, _ turn: inout Turn) {
        turn.out.append(bytes: variant.head)
        writer.endHead(.ok, body: variant.version.size, &turn)
        guard !writer.connection.exchange.isHead else { return }
        switch variant.content {
        case .memory(let content): turn.out.append(bytes: content)
        // The head goes out with the beginning of the file, which the kernel sends by itself.
        case .file(let file): writer.connection.file = OutgoingFile(file)
        }
    }

    /// Only for GET: HEAD has no parts.
    private func write(_ parts: [Range<Int>], of variant: FileCache.Variant, _ turn: inout Turn) {
        let type = Array("\(variant.type)".utf8)
        let heads = FilePartHeads(version: variant.version, type: type, fields: variant.fields)
        if parts.count == 1 {
            turn.out.append(contentsOf: heads.head(parts[0]))
            writer.endHead(.partialContent, body: parts[0].count, &turn)
            switch variant.content {
            case .memory(let content): turn.out.append(contentsOf: content[parts[0]])
            case .file(let file): writer.connection.file = OutgoingFile(file, part: parts[0])
            }
            return
        }
        let (head, fronts, end) = heads.heads(parts, boundary: FilePartHeads.boundary())
        turn.out.append(contentsOf: head)
        let count = zip(fronts, parts).reduce(end.count) { $0 + $1.0.count + $1.1.count }
        writer.endHead(.partialContent, body: count, &turn)
        switch variant.content {
        case .memory(let content):
            for (front, part) in zip(fronts, parts) {
                turn.out.append(contentsOf: front)
                turn.out.append(contentsOf: content[part])
            }
            turn.out.append(contentsOf: end)
        case .file(let file):
            let pieces = zip(fronts, parts).map { OutgoingFile.Piece(front: $0, part: $1) }
            let last = OutgoingFile.Piece(front: end, part: 0..<0)
            writer.connection.file = OutgoingFile(file, pieces: pieces + [last])
        }
    }

    private func writeNotModified(_ variant: FileCache.Variant, _ turn: inout Turn) {
        turn.out.append(statusLine: .notModified)
        turn.out.append(contentsOf: variant.fields)
        writer.endHead(.notModified, body: 0, &turn)
    }
}
