internal import Linux

// Files that scripts have sent in their stead.
extension WorkerLoop {
    /// The server's answer is whole: ends the client's, or sends the file that it asks for.
    mutating func finishAnswer(_ exchange: UpstreamExchange) {
        guard let (file, head) = exchange.file, let request = exchange.request else {
            exchange.isAnswerWhole = true
            // A client that is behind gets the rest first.
            if !exchange.isClientBehind { endAnswer(exchange.token) }
            return
        }
        switch site.scripts?.find(file) ?? .none {
        case .file(let found):
            guard let entry = FileCache.Entry(found) else {
                return answer(exchange.token, statusPage(.internalServerError))
            }
            send(entry, head, request, exchange.token)
        case .unavailable(let error):
            noteUnavailable(error)
            answer(exchange.token, statusPage(.serviceUnavailable))
        case .directory, .none:
            say(exchange.upstream, "a script asks for a file to be sent that is not there, or not below the directory")
            answer(exchange.token, statusPage(.notFound))
        }
    }

    /// Sends what the client wants of a file, with the fields that the script has set.
    private mutating func send(
        _ entry: FileCache.Entry, _ script: PassedHead, _ request: Request, _ token: UInt64
    ) {
        let variant = choose(entry, request.head, request.bytes.span)
        let sent = SentFile(variant, script)
        let status = Status(rawValue: UInt16(script.status))
        var selection = FileSelection.whole
        if status == .ok, request.method == .get || request.method == .head {
            let conditions = FileConditions(request.head, request.bytes.span, variant.version)
            selection = conditions.selection(request.bytes.span, variant.version, now: Self.clockSeconds)
        }
        switch selection {
        case .whole:
            begin(token, status, sent.wholeFields, length: variant.version.size, script)
            send([([], 0..<variant.version.size)], of: variant, token)
        case .notModified: begin(token, .notModified, sent.fields, length: nil, script)
        case .preconditionFailed: return answer(token, statusPage(.preconditionFailed))
        case .unsatisfiable: return answer(token, unsatisfiable(variant.version))
        case .parts(let parts) where parts.count == 1:
            begin(token, .partialContent, sent.fields(of: parts[0]), length: parts[0].count, script)
            send([([], parts[0])], of: variant, token)
        case .parts(let parts):
            let (fields, pieces) = sent.pieces(parts, boundary: Self.boundary())
            let length = pieces.reduce(0) { $0 + $1.front.count + $1.part.count }
            begin(token, .partialContent, fields, length: length, script)
            send(pieces, of: variant, token)
        }
        endAnswer(token)
    }

    private mutating func begin(
        _ token: UInt64, _ status: Status, _ fields: [UInt8], length: Int?, _ script: PassedHead
    ) {
        beginAnswer(
            token,
            AnswerHead(status: status, fields: fields, length: length, hasDate: script.hasDate, hasID: script.hasID))
    }

    /// Bytes, and the part of the file that follows them, in their order.
    private mutating func send(
        _ pieces: [(front: [UInt8], part: Range<Int>)], of variant: FileCache.Variant, _ token: UInt64
    ) {
        guard let (connection, stream) = exchange(token), case .length = stream.answerFraming else { return }
        switch variant.content {
        case .memory(let content):
            for piece in pieces {
                let bytes = piece.front + content[piece.part]
                append(token, bytes.span)
            }
        case .file(let file):
            connection.exchange.logged?.bytes += pieces.reduce(0) { $0 + $1.front.count + $1.part.count }
            stream.answerFraming = .length(0)
            connection.file = OutgoingFile(
                file, pieces: pieces.map { OutgoingFile.Piece(front: $0.front, part: $0.part) })
        }
    }
}

/// The heads of a file's answer that has fields of a script: what says which bytes these are is the file's.
private struct SentFile {
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
    ) -> (fields: [UInt8], pieces: [(front: [UInt8], part: Range<Int>)]) {
        let (fronts, end) = heads.borders(parts, boundary: boundary)
        let pieces = zip(fronts, parts).map { (front: $0, part: $1) } + [(front: end, part: 0..<0)]
        return (common + typeLine(Array("multipart/byteranges; boundary=\(boundary)".utf8)), pieces)
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

extension Scripts {
    /// The file that a script names: by a path, or by a name in the file system that begins with the directory's.
    func find(_ file: FastCGIAnswerReader.File) -> FileTree.Lookup {
        switch file {
        case .path(let given):
            let end = given.firstIndex(of: .questionMark) ?? given.count
            var path: [UInt8] = []
            guard given.first == .slash, NormalPath.append(0..<end, of: given.span, to: &path) else { return .none }
            return files.tree.find(0..<path.count, path.span)
        case .name(let name):
            guard name.starts(with: files.name + [.slash]) else { return .none }
            return files.tree.file(String(decoding: name.dropFirst(files.name.count + 1), as: UTF8.self))
        }
    }
}
