internal import Linux

/// A file that a script has sent in its stead, with the fields that it has set.
struct SentFile {
    private let entry: FileCache.Entry
    private let script: PassedHead
    private let request: Request

    init(_ entry: FileCache.Entry, _ script: PassedHead, _ request: Request) {
        self.entry = entry
        self.script = script
        self.request = request
    }

    /// Sends what the client wants of it.
    func send(to client: StreamedExchange, _ turn: inout Turn) {
        let bytes = request.bytes.span
        let variant = entry.variant(for: request.head, bytes)
        let heads = SentFileHeads(variant, script)
        let size = variant.version.size
        let status = Status(code: UInt16(script.status))
        var selection = FileSelection.whole
        if status == .ok, request.head.method.isRead {
            let conditions = FileConditions(request.head, bytes, variant.version)
            selection = conditions.selection(bytes, variant.version, now: Turn.clockSeconds)
        }
        switch selection {
        case .whole:
            begin(client, status, heads.wholeFields, length: size, &turn)
            append([OutgoingFile.Piece(front: [], part: 0..<size)], of: variant, to: client, &turn)
        case .notModified: begin(client, .notModified, heads.fields, length: nil, &turn)
        case .preconditionFailed: return client.answer(.preconditionFailed, &turn)
        case .unsatisfiable:
            return client.answer(
                turn.site.unsatisfiable(variant.version, at: client.connection.exchange.place), &turn)
        case .parts(let parts) where parts.count == 1:
            begin(client, .partialContent, heads.fields(of: parts[0]), length: parts[0].count, &turn)
            append([OutgoingFile.Piece(front: [], part: parts[0])], of: variant, to: client, &turn)
        case .parts(let parts):
            let (fields, pieces) = heads.pieces(parts, boundary: FilePartHeads.boundary())
            let length = pieces.reduce(0) { $0 + $1.front.count + $1.part.count }
            begin(client, .partialContent, fields, length: length, &turn)
            append(pieces, of: variant, to: client, &turn)
        }
        client.endAnswer(&turn)
    }

    private func begin(
        _ client: StreamedExchange, _ status: Status, _ fields: [UInt8], length: Int?, _ turn: inout Turn
    ) {
        client.beginAnswer(
            AnswerHead(
                status: status, fields: client.ruled(fields, status, turn), length: length, hasDate: script.hasDate,
                hasID: script.hasID, keepsBytes: true), &turn)
    }

    private func append(
        _ pieces: [OutgoingFile.Piece], of variant: FileCache.Variant, to client: StreamedExchange, _ turn: inout Turn
    ) {
        guard case .length = client.answerFraming else { return }
        switch variant.content {
        case .memory(let content):
            for piece in pieces {
                let bytes = piece.front + content[piece.part]
                client.append(bytes.span, &turn)
            }
        case .file(let file): client.append(pieces, of: file)
        }
    }
}

/// The heads of a file's answer that has fields of a script: what says which bytes these are is the file's.
private struct SentFileHeads {
    /// All but those on a part, and Content-Type.
    private var common: [UInt8] = []
    /// The script's, else the file's.
    private var type: [UInt8] = []
    private let version: FileVersion

    init(_ variant: FileCache.Variant, _ script: PassedHead) {
        version = variant.version
        var hasCacheControl = false
        for line in Self.lines(script.fields) {
            switch Self.name(line) {
            case "etag", "last-modified", "accept-ranges", "content-range": continue
            case "content-type": type = Array(line.dropFirst("content-type: ".utf8.count))
            case "cache-control":
                hasCacheControl = true
                common += line + Array("\r\n".utf8)
            default: common += line + Array("\r\n".utf8)
            }
        }
        if type.isEmpty { type = Array("\(variant.type)".utf8) }
        for line in Self.lines(variant.fields) where !(hasCacheControl && Self.name(line) == "cache-control") {
            common += line + Array("\r\n".utf8)
        }
    }

    var fields: [UInt8] { common + typeLine(type) }
    var wholeFields: [UInt8] { fields + Array("Accept-Ranges: bytes\r\n".utf8) }

    func fields(of part: Range<Int>) -> [UInt8] {
        var bytes = fields
        heads.writePlace(part, to: &bytes)
        return bytes
    }

    func pieces(
        _ parts: [Range<Int>], boundary: String
    ) -> (fields: [UInt8], pieces: [OutgoingFile.Piece]) {
        let (fronts, end) = heads.borders(parts, boundary: boundary)
        let pieces = zip(fronts, parts).map { OutgoingFile.Piece(front: $0, part: $1) }
        let last = OutgoingFile.Piece(front: end, part: 0..<0)
        return (common + typeLine(Array("multipart/byteranges; boundary=\(boundary)".utf8)), pieces + [last])
    }

    private var heads: FilePartHeads { FilePartHeads(version: version, type: type, fields: []) }

    private func typeLine(_ type: [UInt8]) -> [UInt8] { Array("Content-Type: ".utf8) + type + Array("\r\n".utf8) }

    private static func lines(_ fields: [UInt8]) -> [[UInt8]] {
        fields.split(separator: .lineFeed).map { Array($0.dropLast()) }
    }

    private static func name(_ line: [UInt8]) -> String {
        String(decoding: line.prefix { $0 != .colon }, as: UTF8.self).lowercased()
    }
}

extension VirtualHost {
    /// The file that a script names: by a path of the site, or by a name in the file system, below its files, a mounted
    /// directory or one that releases share.
    func find(_ file: FastCGIAnswerReader.File) -> FileTree.Lookup {
        switch file {
        case .path(let given):
            let end = given.firstIndex(of: .questionMark) ?? given.count
            var path: [UInt8] = []
            guard given.first == .slash, NormalPath.append(0..<end, of: given.span, to: &path) else { return .none }
            let whole = 0..<path.count
            let place = mounted(whole, path.span) ?? (scripts?.files).map { FilePlace($0, whole) }
            return place?.files.find(place?.range ?? whole, path.span, FileTerms(names: .forScript)) ?? .none
        case .name(let name):
            let trees = [scripts?.files].compactMap { $0 } + mounts.map(\.files) + shared
            for tree in trees {
                let front = Array("\(tree.root.path)/".utf8)
                guard name.starts(with: front), let path = FilePath.relative(named: Array(name.dropFirst(front.count)))
                else { continue }
                return tree.file(path, FileTerms(names: .forScript))
            }
            return .none
        }
    }
}
