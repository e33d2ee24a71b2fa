internal import Linux

extension WorkerLoop {
    /// Answers with a file, when the path names one.
    mutating func routeToFile(_ head: RequestHead, _ bytes: Span<UInt8>, _ connection: Connection, moreBytes: Bool) {
        let path = head.path.range
        let isRead = head.method == .get || head.method == .head
        if isRead, let entry = fileCache.find(path, bytes, now: now) {
            return write(entry, head, bytes, connection, moreBytes: moreBytes)
        }
        switch site.files?.find(path, bytes) {
        case nil, .some(.none):
            if forward(head, bytes, connection, moreBytes: moreBytes) { return }
            writeStatus(.notFound, connection, moreBytes: moreBytes)
        case .file where !isRead: refuseMethod(head.method, .reading, connection, moreBytes: moreBytes)
        case .file(let file):
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
        switch site.files?.find(head.path.range, bytes) {
        case .file, .directory: return true
        case nil, .some(.none): return false
        }
    }

    private mutating func write(
        _ entry: FileCache.Entry, _ head: RequestHead, _ bytes: Span<UInt8>, _ connection: Connection, moreBytes: Bool
    ) {
        guard entry.version.isNewer(than: head, bytes, now: Self.clockSeconds) else {
            return writeNotModified(entry.version, connection, moreBytes: moreBytes)
        }
        out.append(contentsOf: entry.head)
        endHead(.ok, connection, moreBytes: moreBytes)
        guard !connection.exchange.isHead else { return }
        switch entry.content {
        case .memory(let content): out.append(contentsOf: content)
        // The head goes out with the beginning of the file, which the kernel sends by itself.
        case .file(let file): connection.file = OutgoingFile(file)
        }
    }

    private mutating func writeNotModified(_ version: FileVersion, _ connection: Connection, moreBytes: Bool) {
        out.append(statusLine: .notModified)
        version.writeFields(to: &out)
        endHead(.notModified, connection, moreBytes: moreBytes)
    }
}
