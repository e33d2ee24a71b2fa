/// The part of a file that a client gets.
enum FileSelection: Equatable, Sendable {
    case whole
    /// The client's copy is right.
    case notModified
    /// The client does not want this version.
    case preconditionFailed
    /// Never empty, neither the list nor a part.
    case parts([Range<Int>])
    case unsatisfiable
}

/// The fields of a GET or HEAD on which it depends what of a file is sent (RFC 9110 sections 13 and 14), found in one
/// pass.
struct FileConditions {
    private var match: Bool?
    private var noneMatch: Bool?
    private var unmodifiedSince: ByteRange?
    private var modifiedSince: ByteRange?
    private var range: ByteRange?
    private var ifRange: ByteRange?
    private var isAny = false

    /// Finds the fields; entity tags are compared with the file's at once, since their lists may stand in several fields.
    init(_ head: RequestHead, _ bytes: Span<UInt8>, _ version: FileVersion) {
        for field in head.fields {
            let (name, value) = (field.name.range, field.value)
            switch name.count {
            case 5 where head.method == .get && bytes.equalsIgnoringCase("range", at: name): range = value
            case 8 where bytes.equalsIgnoringCase("if-match", at: name):
                match = match == true || EntityTag.list(value.range, bytes, contains: version.tag, strongly: true)
            case 8 where bytes.equalsIgnoringCase("if-range", at: name): ifRange = value
            case 13 where bytes.equalsIgnoringCase("if-none-match", at: name):
                noneMatch = noneMatch != false && !EntityTag.list(value.range, bytes, contains: version.tag)
            case 17 where bytes.equalsIgnoringCase("if-modified-since", at: name): modifiedSince = value
            case 19 where bytes.equalsIgnoringCase("if-unmodified-since", at: name): unmodifiedSince = value
            default: continue
            }
            isAny = true
        }
    }

    /// Evaluates the conditions in the order of RFC 9110 section 13.2.2. `now` is in seconds since 1970.
    func selection(_ bytes: Span<UInt8>, _ version: FileVersion, now: () -> Int) -> FileSelection {
        guard isAny else { return .whole }
        if let match {
            guard match else { return .preconditionFailed }
        } else if let place = unmodifiedSince, let date = HTTPDate.parse(place.range, bytes), version.modified > date {
            return .preconditionFailed
        }
        if let noneMatch {
            guard noneMatch else { return .notModified }
        } else if let place = modifiedSince, let date = HTTPDate.parse(place.range, bytes),
            version.isOf(date, now: now())
        {
            // The date of this version, and not one before it: after a roll-back older files are the newer ones.
            return .notModified
        }
        guard let range, isStill(version, bytes, now: now) else { return .whole }
        switch RangeSet.parse(range.range, bytes, size: version.size) {
        case .ignored: return .whole
        case .unsatisfiable: return .unsatisfiable
        case .parts(let parts): return .parts(parts)
        }
    }

    /// Whether If-Range, if there is one, names this version: by its tag, or by a date so old that the file cannot have
    /// changed twice in that second (RFC 9110 sections 13.1.5 and 8.8.2.2).
    private func isStill(_ version: FileVersion, _ bytes: Span<UInt8>, now: () -> Int) -> Bool {
        guard let place = ifRange?.range else { return true }
        if let date = HTTPDate.parse(place, bytes) { return version.isOf(date, now: now()) && now() - date > 1 }
        return place.count == version.tag.count && bytes.bytes(place) == version.tag
    }
}
