internal import Linux

// Files, as a worker sends them.
extension InProcessExchange {
    /// Answers with what the client wants of a file.
    func answer(_ entry: FileCache.Entry, _ head: RequestHead, _ bytes: Span<UInt8>) {
        let variant = entry.variant(for: head, bytes)
        guard let content = variant.all else {
            return answer(site.statusPage(.internalServerError, at: place))
        }
        let conditions = FileConditions(head, bytes, variant.version)
        switch conditions.selection(bytes, variant.version, now: Turn.clockSeconds) {
        case .whole: answer(variant.head, content)
        case .notModified:
            var head: [UInt8] = []
            head.append(statusLine: .notModified)
            answer(head + variant.fields, [])
        case .preconditionFailed: answer(site.statusPage(.preconditionFailed, at: place))
        case .unsatisfiable: answer(site.unsatisfiable(variant.version, at: place))
        case .parts(let parts): answer(parts, of: variant, content)
        }
    }

    private func answer(_ parts: [Range<Int>], of variant: FileCache.Variant, _ content: [UInt8]) {
        let heads = FilePartHeads(
            version: variant.version, type: Array("\(variant.type)".utf8), fields: variant.fields)
        guard parts.count > 1 else { return answer(heads.head(parts[0]), Array(content[parts[0]])) }
        let (head, fronts, end) = heads.heads(parts, boundary: FilePartHeads.boundary())
        answer(head, zip(fronts, parts).flatMap { $0 + content[$1] } + end)
    }
}

extension FileCache.Variant {
    /// All bytes; nil when they cannot be read.
    fileprivate var all: [UInt8]? {
        switch content {
        case .memory(let bytes): bytes
        case .file(let file): try? file.descriptor.read(at: 0, count: version.size)
        }
    }
}
