/// A file as it is sent to those who take it compressed, made when the first of them asks.
struct CompressedFile {
    /// The field lines of an answer with it.
    let fields: [UInt8]
    /// Nil: it is compressed anew each time, while it is sent.
    let body: [UInt8]?
}

extension FileCache {
    /// What is known of compressing a file.
    enum Compressibility {
        case unknown
        /// It is sent as it is.
        case none
        /// It may be compressed; what that gave, once it was tried.
        case possible(CompressedFile?)
    }
}

extension FileCache.Entry {
    /// Whether the file may be compressed while it is sent: that depends on its fields, so it is looked at once.
    func isCompressible(by compressors: Compressors) -> Bool {
        switch compressibility {
        case .none: return false
        case .possible: return true
        case .unknown:
            let lines = plain.fieldLines
            let isPossible =
                plain.version.size >= compressors.leastBytes && !compressed.contains { $0.coding == .gzip }
                && CompressibleFields(lines.span, compressors.types).isCompressible
            compressibility = isPossible ? .possible(nil) : .none
            return isPossible
        }
    }

    /// The file's compressed form; nil if that is no shorter, or this turn has no time for it.
    func compressed(by compressors: Compressors) -> CompressedFile? {
        if case .possible(let known?) = compressibility { return known }
        let lines = plain.fieldLines
        let fields = CompressibleFields(lines.span, compressors.types).compressed(lines.span)
        switch plain.content {
        case .file:
            let file = CompressedFile(fields: fields, body: nil)
            compressibility = .possible(file)
            return file
        case .memory(let content):
            guard !compressors.isSpent, compressors.share >= content.count else { return nil }
            guard let body = compressors.compress(content) else {
                compressibility = .none
                return nil
            }
            let file = CompressedFile(fields: fields, body: body)
            compressibility = .possible(file)
            return file
        }
    }
}

extension FileCache.Variant {
    /// Content-Type, and what else tells of the file.
    fileprivate var fieldLines: [UInt8] { Array("Content-Type: \(type)\r\n".utf8) + fields }
}

extension FileAnswer {
    /// Whether the client gets the file compressed by gzip, which it then has. Else Vary says that others do.
    func writeCompressed(_ head: RequestHead, _ bytes: Span<UInt8>, _ turn: inout Turn) -> Bool {
        let exchange = writer.connection.exchange
        guard exchange.takesGzip, let file = entry.compressed(by: turn.compressors) else { return false }
        let isInPieces = file.body == nil
        // Its length cannot be told beforehand.
        guard !isInPieces || !exchange.isVersion10 else { return false }
        let version = entry.plain.version
        switch FileConditions(head, bytes, version).selection(bytes, version, now: Turn.clockSeconds) {
        case .notModified:
            turn.out.append(statusLine: .notModified)
            turn.out.append(contentsOf: file.fields.drop { $0 != .lineFeed }.dropFirst())
            writer.endHead(.notModified, body: 0, &turn)
        case .whole:
            if let body = file.body {
                turn.out.append(statusLine: .ok)
                turn.out.append(contentsOf: file.fields)
                turn.out.append(contentLength: body.count)
                writer.endHead(.ok, body: body.count, &turn)
                if !exchange.isHead { turn.out.append(bytes: body) }
            } else if case .file(let found) = entry.plain.content {
                let lines = entry.plain.fieldLines
                StreamedExchange.begin(
                    AnswerHead(status: .ok, fields: lines, length: version.size), found, writer.connection, &turn)
            }
        // Parts are of the file as it is.
        case .parts, .unsatisfiable, .preconditionFailed: return false
        }
        return true
    }
}
