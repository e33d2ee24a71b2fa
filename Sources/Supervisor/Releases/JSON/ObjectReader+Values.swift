extension ObjectReader {
    /// The shortest time that a timeout may have: zero would fail everything.
    static let shortestTimeout = Duration.milliseconds(1)

    /// A text that is not empty and has no zero byte, which no path, argument or variable may have.
    mutating func text(_ key: String, expected: String) -> String? {
        read(key, expected: expected) { $0.text.flatMap { Self.isSafe($0) && !$0.isEmpty ? $0 : nil } }
    }

    /// A list of texts; each item that is none is a problem of its own.
    mutating func texts(_ key: String, expected: String, item: String) -> [String]? {
        read(key, expected: expected) { $0.items }?.enumerated().compactMap { index, value in
            if let text = value.text, Self.isSafe(text) { return text }
            refuse("\(key)[\(index)]", found: value.found, expected: item)
            return nil
        }
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        let bounds =
            range.upperBound == .max
            ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        return read(key, expected: "a whole number \(bounds)") {
            if case .integer(let number) = $0, range.contains(number) { number } else { nil }
        }
    }

    /// A duration with its unit, of at least `minimum`.
    mutating func duration(_ key: String, atLeast minimum: Duration = .zero) -> Duration? {
        guard let value = value(key) else { return nil }
        do {
            let duration = try Durations.parse(Self.quantityText(value))
            if duration >= minimum { return duration }
            refuse(key, found: value.found, expected: "a duration of at least \(Durations.text(minimum))")
        } catch {
            refuse(key, found: value.found, expected: error.expected)
        }
        return nil
    }

    /// A duration that is long enough for a timeout.
    mutating func timeout(_ key: String) -> Duration? { duration(key, atLeast: Self.shortestTimeout) }

    /// Puts the duration at `key` into `target`, when the file has one.
    mutating func set(_ target: inout Duration, _ key: String, atLeast minimum: Duration = shortestTimeout) {
        target = duration(key, atLeast: minimum) ?? target
    }

    /// A size in bytes with its unit, of at least `minimum`.
    mutating func size(_ key: String, atLeast minimum: Int = 0) -> Int? {
        guard let value = value(key) else { return nil }
        do {
            let size = try Sizes.parse(Self.quantityText(value))
            if size >= minimum { return size }
            refuse(key, found: value.found, expected: "a size of at least \(Sizes.text(minimum))")
        } catch {
            refuse(key, found: value.found, expected: error.expected)
        }
        return nil
    }

    /// One of the words that a raw-value enumeration has.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: String, of type: Choice.Type)
        -> Choice?
    {
        let words = Choice.allCases.map { JSONValue.quoted($0.rawValue) }
        let expected = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        return read(key, expected: expected) { $0.text.flatMap(Choice.init(rawValue:)) }
    }

    mutating func boolean(_ key: String) -> Bool? {
        read(key, expected: "true or false") { if case .boolean(let value) = $0 { value } else { nil } }
    }

    /// An object of texts.
    mutating func words(_ key: String, expected: String) -> [String: String] {
        let fields = read(key, expected: expected) { $0.fields } ?? [:]
        var words: [String: String] = [:]
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            if let text = value.text, Self.isSafe(text), !text.isEmpty {
                words[name] = text
            } else {
                refuse(JSONOutline.path(key, key: name), found: value.found, expected: "a string")
            }
        }
        return words
    }

    /// A program and its arguments: a list that is not empty.
    mutating func command(_ key: String) -> [String] {
        let expected = "a list of the program and its arguments: [\"site\"]"
        let value = value(key)
        guard let value else {
            refuse(key, found: "nothing", expected: expected)
            return []
        }
        let words = texts(key, expected: expected, item: "a string") ?? []
        if let items = value.items, items.isEmpty || items.first == .text("") {
            refuse(key, found: items.isEmpty ? "an empty list" : "a program without a name", expected: expected)
        }
        return words
    }

    /// The bits that a created file does not get, as octal text.
    mutating func umask(_ key: String) -> UInt32? {
        read(key, expected: "octal digits in quotes such as \"027\"") {
            guard let text = $0.text, (1...4).contains(text.count) else { return nil }
            return UInt32(text, radix: 8).flatMap { $0 <= 0o777 ? $0 : nil }
        }
    }

    /// Names and values of environment variables.
    mutating func variables(_ key: String) -> [String: String] {
        let fields = read(key, expected: "an object of names and strings") { $0.fields } ?? [:]
        var variables: [String: String] = [:]
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            let keyPath = JSONOutline.path(key, key: name)
            if !EnvironmentFile.isName(name) {
                refuse(
                    keyPath, found: "the name \(JSONValue.quoted(name))",
                    expected: "a variable name of letters, digits and \"_\"")
            } else if let text = value.text, Self.isSafe(text) {
                variables[name] = text
            } else {
                refuse(keyPath, found: value.found, expected: "a string", advice: "put the value in quotes")
            }
        }
        return variables
    }

    static func isSafe(_ text: String) -> Bool { !text.utf8.contains(0) }

    /// The text of a quantity; a bare number is handed on as text, so that the answer can name it with a unit.
    private static func quantityText(_ value: JSONValue) -> String {
        switch value {
        case .text(let text): text
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .null, .boolean, .list, .object: ""
        }
    }
}
