/// The rules of a site as a loop goes by them.
///
/// For each word the first rule counts that is for the path and has it; of header fields, for each name.
struct RuleTable: Sendable {
    /// The fields of one rule.
    private struct Fields: Sendable {
        let name: [UInt8]
        /// The place of the name among all names, as a bit.
        let bit: UInt64
        /// The whole field line; empty: the field is only taken away.
        let line: [UInt8]
        /// The field goes beside another of its name, and not in its place.
        let isAdded: Bool
    }

    private struct Rule: Sendable {
        let words: PathRule
        let pattern: PathPattern
        let fields: [Fields]
        /// As a bit, if it has fields.
        let bit: UInt64
    }

    /// The most rules with header fields, and the most names in them.
    static let maxFields = 64

    private var rules: [Rule] = []
    private var names: [[UInt8]] = []
    private var fieldRules: [Int] = []

    var isEmpty: Bool { rules.isEmpty }

    /// Adds a rule behind the others; false when there are too many fields. Its pattern and words are right
    /// (`PathRule.mistakes`).
    mutating func add(_ rule: PathRule) -> Bool {
        guard let pattern = PathPattern(rule.path) else { return true }
        var fields: [Fields] = []
        for (name, value) in rule.headers.sorted(by: { $0.key < $1.key }) {
            let lower = Array(name.lowercased().utf8)
            let place = names.firstIndex(of: lower) ?? names.count
            if place == names.count { names.append(lower) }
            guard place < Self.maxFields else { return false }
            fields.append(
                Fields(
                    name: lower, bit: 1 << UInt64(place),
                    line: value.isEmpty ? [] : Array("\(name): \(value)\r\n".utf8), isAdded: lower == Array("vary".utf8)
                ))
        }
        if !fields.isEmpty { fieldRules.append(rules.count) }
        guard fieldRules.count <= Self.maxFields else { return false }
        rules.append(
            Rule(
                words: rule, pattern: pattern, fields: fields,
                bit: fields.isEmpty ? 0 : 1 << UInt64(fieldRules.count - 1)))
        return true
    }

    /// The rules for the path in `range`, which is in its normal form.
    func match(_ range: Range<Int>, _ bytes: Span<UInt8>) -> RuleMatch {
        guard bytes.firstIndex(of: .percent, in: range) != nil, let decoded = PercentCoding.decode(range, bytes) else {
            return matchDecoded(range, bytes)
        }
        return matchDecoded(0..<decoded.count, decoded.span)
    }

    private func matchDecoded(_ range: Range<Int>, _ bytes: Span<UInt8>) -> RuleMatch {
        var match = RuleMatch()
        for (index, rule) in rules.enumerated() where rule.pattern.match(range, bytes) != nil {
            let place = Int16(truncatingIfNeeded: index)
            let words = rule.words
            if words.access != nil, match.access < 0 { match.access = place }
            if words.redirect != nil, match.redirect < 0 { match.redirect = place }
            if words.cacheControl != nil, match.cacheControl < 0 { match.cacheControl = place }
            if words.maxBodyBytes != nil, match.maxBodyBytes < 0 { match.maxBodyBytes = place }
            if words.fallback != nil, match.fallback < 0 { match.fallback = place }
            if words.compresses != nil, match.compresses < 0 { match.compresses = place }
            match.fields |= rule.bit
        }
        return match
    }

    // MARK: What they say

    func access(_ match: RuleMatch) -> PathRule.Access? { words(match.access)?.access }
    func cacheControl(_ match: RuleMatch) -> String? { words(match.cacheControl)?.cacheControl }
    func maxBodyBytes(_ match: RuleMatch) -> Int? { words(match.maxBodyBytes)?.maxBodyBytes }
    func fallback(_ match: RuleMatch) -> PathRule.Fallback? { words(match.fallback)?.fallback }

    func compresses(_ match: RuleMatch) -> Bool? { words(match.compresses)?.compresses }

    /// The rule of this number, as it was written.
    func words(_ place: Int16) -> PathRule? { place < 0 ? nil : rules[Int(place)].words }

    /// The numbers of the rules whose fields a match has.
    func fieldRules(_ match: RuleMatch) -> [Int] {
        fieldRules.indices.filter { match.fields & 1 << UInt64($0) != 0 }.map { fieldRules[$0] }
    }

    /// Whether anybody may run what has this path, decoded, by whatever path he has asked for it.
    func denies(_ path: [UInt8]) -> Bool { access(matchDecoded(0..<path.count, path.span)) == .denied }

    /// Where a redirect leads, without the query, and its status; nil: there is none.
    func redirect(
        _ match: RuleMatch, _ range: Range<Int>, _ bytes: Span<UInt8>
    ) -> (target: String, status: Status)? {
        guard match.redirect >= 0, let redirect = rules[Int(match.redirect)].words.redirect else { return nil }
        guard let star = redirect.target.firstIndex(of: "*") else { return (redirect.target, redirect.status) }
        let decoded = PercentCoding.decode(range, bytes) ?? []
        let place = rules[Int(match.redirect)].pattern.match(0..<decoded.count, decoded.span) ?? 0..<0
        // A slash at its beginning would make a host of what is behind it.
        let rest = decoded[place].drop { $0 == .slash }
        var target = Array(redirect.target[..<star].utf8)
        for byte in rest { Self.append(byte, to: &target) }
        target += redirect.target[redirect.target.index(after: star)...].utf8
        return (String(decoding: target, as: UTF8.self), redirect.status)
    }

    /// Appends a byte of a path as a URL has it (RFC 3986 section 3.3).
    private static func append(_ byte: UInt8, to target: inout [UInt8]) {
        if ByteClass.unreserved.contains(byte) || "/!$&'()*+,;=:@".utf8.contains(byte) {
            target.append(byte)
        } else {
            target += "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))".utf8
        }
    }

    // MARK: Header fields

    /// Appends the field lines of a match.
    func write(_ match: RuleMatch, to out: inout [UInt8]) {
        forEachField(match) { out.append(contentsOf: $0.line) }
    }

    /// The field lines of an answer of a server behind, less those in whose place rules have fields of their own; and with
    /// their Cache-Control, if its status lets anybody keep it.
    func applied(to fields: [UInt8], _ match: RuleMatch, status: Int) -> [UInt8] {
        var replaced: [[UInt8]] = []
        forEachField(match) { if !$0.isAdded { replaced.append($0.name) } }
        let cacheControl = status < 400 ? cacheControl(match) : nil
        if cacheControl != nil { replaced += Self.cacheNames }
        guard !replaced.isEmpty else { return fields }
        var out: [UInt8] = []
        out.reserveCapacity(fields.count)
        var start = 0
        let bytes = fields.span
        while start < fields.count {
            let end = bytes.firstIndex(of: .lineFeed, in: start..<fields.count).map { $0 + 1 } ?? fields.count
            let colon = bytes.firstIndex(of: .colon, in: start..<end) ?? end
            let isReplaced = replaced.contains { bytes.equalsIgnoringCase($0, at: start..<colon) }
            if !isReplaced { out += fields[start..<end] }
            start = end
        }
        if let cacheControl { out += "Cache-Control: \(cacheControl)\r\n".utf8 }
        return out
    }

    private static let cacheNames = ["cache-control", "expires", "pragma"].map { Array($0.utf8) }

    private func forEachField(_ match: RuleMatch, _ body: (Fields) -> Void) {
        var (seen, rest): (UInt64, UInt64) = (0, match.fields)
        while rest != 0 {
            let rule = rules[fieldRules[rest.trailingZeroBitCount]]
            rest &= rest - 1
            for field in rule.fields where seen & field.bit == 0 { body(field) }
            for field in rule.fields { seen |= field.bit }
        }
    }
}

/// The rules that hold for a path, as numbers: for each word the first that has it, or a negative number.
struct RuleMatch: Equatable, Sendable {
    var access: Int16 = -1
    var redirect: Int16 = -1
    var cacheControl: Int16 = -1
    var maxBodyBytes: Int16 = -1
    var fallback: Int16 = -1
    var compresses: Int16 = -1
    /// Those with header fields, a bit each.
    var fields: UInt64 = 0
}
