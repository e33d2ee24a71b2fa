internal import FoundationEssentials

/// Where each key of a JSON5 text stands, which keys stand there twice, and where the text goes wrong.
///
/// Foundation decodes the values, but it tells neither places nor duplicates, and of bad syntax only that it is bad.
struct JSONOutline: Equatable {
    /// A key that its object has twice.
    struct Duplicate: Equatable {
        let keyPath: String
        let first: TextPosition
        let second: TextPosition
    }

    /// The place of each value by its key path: `listen[1].backlog`.
    private(set) var positions: [String: TextPosition] = [:]
    /// Keys that occur more than once, in the order of the text.
    private(set) var duplicates: [Duplicate] = []

    private var scanner: JSONScanner
    private var depth = 0

    /// Objects and lists inside each other may go this deep.
    static let maxDepth = 32
    /// A key path may be this long: each is kept.
    static let maxPathBytes = 1024
    /// Keys and items of lists, all together.
    static let maxValues = 50_000

    /// The outline of `bytes`.
    ///
    /// - Throws: the first place where they are not JSON5.
    init(_ bytes: [UInt8]) throws(JSONSyntaxError) {
        scanner = JSONScanner(bytes)
        try scanner.skipBlank()
        try value(at: "")
        try scanner.skipBlank()
        guard scanner.next == nil else { throw scanner.failure(expected: "nothing after the closing brace") }
    }

    static func == (left: JSONOutline, right: JSONOutline) -> Bool {
        left.positions == right.positions && left.duplicates == right.duplicates
    }

    /// The path of `key` inside the object at `path`; an item is a key that has its index with it.
    static func path(_ path: String, key: String, isItem: Bool = false) -> String {
        if isItem { return path.isEmpty ? key : path + "." + key }
        let plain = key.utf8.allSatisfy { JSONScanner.isWord($0) && $0 != UInt8(ascii: ".") } && !key.isEmpty
        let step = plain ? key : "[\"\(key)\"]"
        return path.isEmpty || !plain ? path + step : path + "." + step
    }

    private mutating func value(at path: String) throws(JSONSyntaxError) {
        switch scanner.next {
        case UInt8(ascii: "{"): try nested { outline throws(JSONSyntaxError) in try outline.object(at: path) }
        case UInt8(ascii: "["): try nested { outline throws(JSONSyntaxError) in try outline.list(at: path) }
        case UInt8(ascii: "\""), UInt8(ascii: "'"): _ = try scanner.takeString()
        default: try word()
        }
    }

    private mutating func nested(
        _ body: (inout JSONOutline) throws(JSONSyntaxError) -> Void
    ) throws(JSONSyntaxError) {
        guard depth < Self.maxDepth else { throw scanner.failure(expected: "at most \(Self.maxDepth) levels") }
        depth += 1
        try body(&self)
        depth -= 1
    }

    private mutating func object(at path: String) throws(JSONSyntaxError) {
        _ = scanner.take(UInt8(ascii: "{"))
        try scanner.skipBlank()
        while !scanner.take(UInt8(ascii: "}")) {
            let place = scanner.position
            let before = scanner
            let keyPath = Self.path(path, key: try key())
            try requireRoom(for: keyPath, at: before)
            if let first = positions[keyPath] {
                duplicates.append(Duplicate(keyPath: keyPath, first: first, second: place))
            } else {
                positions[keyPath] = place
            }
            try scanner.skipBlank()
            guard scanner.take(UInt8(ascii: ":")) else { throw scanner.failure(expected: "\":\" after the key") }
            try scanner.skipBlank()
            try value(at: keyPath)
            try scanner.skipBlank()
            if scanner.take(UInt8(ascii: ",")) {
                try scanner.skipBlank()
            } else if scanner.next != UInt8(ascii: "}") {
                throw scanner.failure(expected: "\",\" or \"}\"")
            }
        }
    }

    private mutating func list(at path: String) throws(JSONSyntaxError) {
        _ = scanner.take(UInt8(ascii: "["))
        try scanner.skipBlank()
        var index = 0
        while !scanner.take(UInt8(ascii: "]")) {
            let itemPath = "\(path)[\(index)]"
            try requireRoom(for: itemPath, at: scanner)
            positions[itemPath] = scanner.position
            try value(at: itemPath)
            index += 1
            try scanner.skipBlank()
            if scanner.take(UInt8(ascii: ",")) {
                try scanner.skipBlank()
            } else if scanner.next != UInt8(ascii: "]") {
                throw scanner.failure(expected: "\",\" or \"]\"")
            }
        }
    }

    /// The name of each value is kept, with those of all that it is in.
    private func requireRoom(for path: String, at place: JSONScanner) throws(JSONSyntaxError) {
        guard path.utf8.count <= Self.maxPathBytes else {
            throw place.failure(expected: "a name of at most \(Self.maxPathBytes) bytes, with those that it is in")
        }
        guard positions.count + duplicates.count < Self.maxValues else {
            throw place.failure(expected: "at most \(Self.maxValues) values")
        }
    }

    private mutating func key() throws(JSONSyntaxError) -> String {
        switch scanner.next {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let text = try scanner.takeString()
            guard text.contains(UInt8(ascii: "\\")) else {
                return String(decoding: text.dropFirst().dropLast(), as: UTF8.self)
            }
            let decoder = JSONDecoder()
            decoder.allowsJSON5 = true
            return (try? decoder.decode(String.self, from: Data(text))) ?? String(decoding: text, as: UTF8.self)
        default:
            let failure = scanner.failure(expected: "a key or \"}\"")
            let word = scanner.takeWord()
            guard let first = word.first, !"0123456789+-.".utf8.contains(first) else { throw failure }
            guard !word.contains(where: { "+-.".utf8.contains($0) }) else {
                throw JSONSyntaxError(
                    position: failure.position, found: failure.found, expected: "quotes around such a key")
            }
            return String(decoding: word, as: UTF8.self)
        }
    }

    private mutating func word() throws(JSONSyntaxError) {
        let advice = scanner.nextIsOrnate ? "a string needs quotes like these: \" or '" : "a string needs quotes"
        var failure = scanner.failure(
            expected: "a value", advice: scanner.next.map(JSONScanner.isWord) == true ? advice : "")
        let word = String(decoding: scanner.takeWord(), as: UTF8.self)
        guard !["true", "false", "null"].contains(word), !Self.isNumber(word) else { return }
        if word.first?.isNumber == true, Self.isNumber(String(word.drop { $0 == "0" })) {
            failure = JSONSyntaxError(
                position: failure.position, found: failure.found, expected: "a number without leading zeros")
        }
        throw failure
    }

    /// Source: JSON5 specification, section 6.
    static func isNumber(_ word: String) -> Bool {
        let unsigned = word.first == "+" || word.first == "-" ? word.dropFirst() : word[...]
        if unsigned == "Infinity" || unsigned == "NaN" { return true }
        if unsigned.hasPrefix("0x") || unsigned.hasPrefix("0X") {
            return unsigned.count > 2 && unsigned.utf8.dropFirst(2).allSatisfy(JSONScanner.isHex)
        }
        let leadingZero = unsigned.hasPrefix("0") && unsigned.dropFirst().first?.isNumber == true
        let decimal = unsigned.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) }
        return decimal && !leadingZero && unsigned.last != "." && unsigned.first != "." && Double(unsigned) != nil
            || Self.isPointAtTheEdge(unsigned)
    }

    private static func isPointAtTheEdge(_ word: Substring) -> Bool {
        guard word.count > 1, word.utf8.allSatisfy({ "0123456789.".utf8.contains($0) }) else { return false }
        return word.utf8.count { $0 == UInt8(ascii: ".") } == 1 && (word.first == "." || word.last == ".")
    }
}
