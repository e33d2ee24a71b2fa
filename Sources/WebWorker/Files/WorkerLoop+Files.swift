internal import Linux

extension WorkerLoop {
    /// Answers with a file, when the path names one.
    mutating func routeToFile(_ head: RequestHead, _ bytes: Span<UInt8>, _ connection: Connection, moreBytes: Bool) {
        let path = head.path.range
        let isRead = head.method == .get || head.method == .head
        if isRead, let entry = fileCache.find(path, bytes, now: now) {
            return write(entry, head, bytes, connection, moreBytes: moreBytes)
        }
        switch lookUp(path, bytes) {
        case .none:
            if forward(head, bytes, connection, moreBytes: moreBytes) { return }
            switch isRead ? fallback(for: path, bytes) : nil {
            case .success(let entry): write(entry, head, bytes, connection, moreBytes: moreBytes)
            case .failure(let error): writeUnavailable(error, connection, moreBytes: moreBytes)
            case nil: writeStatus(.notFound, connection, moreBytes: moreBytes)
            }
        case .file where !isRead: refuseMethod(head.method, .reading, connection, moreBytes: moreBytes)
        case .unavailable(let error): writeUnavailable(error, connection, moreBytes: moreBytes)
        case .file(let file):
            // So that no file is newer than the Date of its answer (RFC 9110 section 8.8.2.1).
            updateDate()
            guard let entry = fileCache.keep(file, for: path, bytes, now: now) else {
                return writeStatus(.internalServerError, connection, moreBytes: moreBytes)
            }
            write(entry, head, bytes, connection, moreBytes: moreBytes)
        case .directory:
            // Its path has no empty segment, so the answer cannot lead to another host ("//example.com/").
            let query = head.query.map { "?" + bytes.text($0.range) } ?? ""
            let location = bytes.text(path) + "/" + query
            write(Response(status: .permanentRedirect).with("Location", location), connection, moreBytes: moreBytes)
        }
    }

    /// Whether the path names a file or directory that is served.
    mutating func isFile(_ head: RequestHead, _ bytes: Span<UInt8>) -> Bool {
        if fileCache.find(head.path.range, bytes, now: now) != nil { return true }
        switch lookUp(head.path.range, bytes) {
        case .file, .directory, .unavailable: return true
        case .none: return false
        }
    }

    /// The file of a path.
    private func lookUp(_ path: Range<Int>, _ bytes: Span<UInt8>) -> FileTree.Lookup {
        site.files?.find(path, bytes) ?? .none
    }

    /// Answers what depends on a file that cannot be looked for now with 503, and with 403 one that this user may not read.
    mutating func writeUnavailable(_ error: SystemError, _ connection: Connection, moreBytes: Bool) {
        noteUnavailable(error)
        writeStatus(error.isPassing ? .serviceUnavailable : .forbidden, connection, moreBytes: moreBytes)
    }

    /// Says, once a minute at most, that files cannot be opened, and lets go of those that are open for nobody if that helps.
    mutating func noteUnavailable(_ error: SystemError) {
        if error.isPassing { fileCache.letGo() }
        guard now >= filesAreSaidAgainAt else { return }
        filesAreSaidAgainAt = now + 60_000
        StandardError.line(
            error.isPassing
                ? "WebWorker: files cannot be opened now, requests for them are answered with 503: \(error)"
                : "WebWorker: a file may not be read by user \(ThisProcess.uid), it is answered with 403: \(error)")
    }

    /// What answers a path that names no file and does not look like one's.
    private mutating func fallback(
        for path: Range<Int>, _ bytes: Span<UInt8>
    ) -> Result<FileCache.Entry, SystemError>? {
        guard let files = site.files, !files.fallback.isEmpty else { return nil }
        var index = path.upperBound
        while index > path.lowerBound, bytes[index - 1] != .slash {
            if bytes[index - 1] == 0x2e { return nil }
            index -= 1
        }
        let own = files.fallback
        if let entry = fileCache.find(0..<own.count, own.span, now: now) { return .success(entry) }
        switch files.find(0..<own.count, own.span) {
        case .file(let file):
            updateDate()
            return fileCache.keep(file, for: 0..<own.count, own.span, now: now).map { .success($0) }
        case .unavailable(let error): return .failure(error)
        case .directory, .none: return nil
        }
    }

    private mutating func write(
        _ entry: FileCache.Entry, _ head: RequestHead, _ bytes: Span<UInt8>, _ connection: Connection, moreBytes: Bool
    ) {
        let variant = entry.compressed.isEmpty ? entry.plain : choose(entry, head, bytes)
        let conditions = FileConditions(head, bytes, variant.version)
        switch conditions.selection(bytes, variant.version, now: Self.clockSeconds) {
        case .whole: writeWhole(variant, connection, moreBytes: moreBytes)
        case .notModified: writeNotModified(variant, connection, moreBytes: moreBytes)
        case .preconditionFailed: writeStatus(.preconditionFailed, connection, moreBytes: moreBytes)
        case .parts(let parts): write(parts, of: variant, connection, moreBytes: moreBytes)
        case .unsatisfiable:
            write(unsatisfiable(variant.version), connection, moreBytes: moreBytes)
        }
    }

    /// The answer to a range behind a file's end.
    func unsatisfiable(_ version: FileVersion) -> Response {
        statusPage(.rangeNotSatisfiable).with("Content-Range", "bytes */\(version.size)")
    }

    private mutating func writeWhole(_ variant: FileCache.Variant, _ connection: Connection, moreBytes: Bool) {
        out.append(bytes: variant.head)
        endHead(.ok, connection, body: variant.version.size, moreBytes: moreBytes)
        guard !connection.exchange.isHead else { return }
        switch variant.content {
        case .memory(let content): out.append(bytes: content)
        // The head goes out with the beginning of the file, which the kernel sends by itself.
        case .file(let file): connection.file = OutgoingFile(file)
        }
    }

    /// Only for GET: HEAD has no parts.
    private mutating func write(
        _ parts: [Range<Int>], of variant: FileCache.Variant, _ connection: Connection, moreBytes: Bool
    ) {
        let type = Array("\(variant.type)".utf8)
        let heads = FilePartHeads(version: variant.version, type: type, fields: variant.fields)
        if parts.count == 1 {
            out.append(contentsOf: heads.head(parts[0]))
            endHead(.partialContent, connection, body: parts[0].count, moreBytes: moreBytes)
            switch variant.content {
            case .memory(let content): out.append(contentsOf: content[parts[0]])
            case .file(let file): connection.file = OutgoingFile(file, part: parts[0])
            }
            return
        }
        let boundary = Self.boundary()
        let (head, fronts, end) = heads.heads(parts, boundary: boundary)
        out.append(contentsOf: head)
        let count = zip(fronts, parts).reduce(end.count) { $0 + $1.0.count + $1.1.count }
        endHead(.partialContent, connection, body: count, moreBytes: moreBytes)
        switch variant.content {
        case .memory(let content):
            for (front, part) in zip(fronts, parts) {
                out.append(contentsOf: front)
                out.append(contentsOf: content[part])
            }
            out.append(contentsOf: end)
        case .file(let file):
            let pieces = zip(fronts, parts).map { OutgoingFile.Piece(front: $0, part: $1) }
            connection.file = OutgoingFile(file, pieces: pieces + [OutgoingFile.Piece(front: end, part: 0..<0)])
        }
    }

    private mutating func writeNotModified(_ variant: FileCache.Variant, _ connection: Connection, moreBytes: Bool) {
        out.append(statusLine: .notModified)
        out.append(contentsOf: variant.fields)
        endHead(.notModified, connection, body: 0, moreBytes: moreBytes)
    }

    /// The form of a file that the client takes (RFC 9110 section 12.5.3).
    func choose(_ entry: FileCache.Entry, _ head: RequestHead, _ bytes: Span<UInt8>) -> FileCache.Variant {
        for variant in entry.compressed where variant.coding?.isAccepted(head, bytes) == true { return variant }
        return entry.plain
    }

    /// What stands between parts: long enough not to be in any of them by chance.
    static func boundary() -> String {
        (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
    }
}
