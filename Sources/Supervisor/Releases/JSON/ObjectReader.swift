/// Reads the keys of one object, collects every problem instead of stopping at the first, and learns which keys there are.
///
/// Asking for a key makes it a known one: there is no second list of keys that could differ from what is read.
struct ObjectReader {
    /// The name of the file as it is told to users.
    let file: String
    /// The path of this object; empty for the outermost.
    let path: String
    private let fields: [String: JSONValue]
    private var asked: [String] = []

    /// Problems here and in the objects inside.
    var problems: [Problem] = []
    /// The paths of all keys that were asked for, here and in the objects inside; items of lists are `[]`.
    private(set) var knownKeys: [String] = []

    init(file: String, path: String = "", fields: [String: JSONValue]) {
        self.file = file
        self.path = path
        self.fields = fields
    }

    /// Reads the whole of `fields` by `body`, then complains about every key that `body` did not ask for.
    static func read<Value>(
        file: String, path: String = "", fields: [String: JSONValue], _ body: (inout ObjectReader) -> Value
    ) -> (value: Value, reader: ObjectReader) {
        var reader = ObjectReader(file: file, path: path, fields: fields)
        let value = body(&reader)
        reader.refuseUnknownKeys()
        return (value, reader)
    }

    /// All fields of this object, whether or not they were asked for.
    var all: [String: JSONValue] { fields }

    func has(_ key: String) -> Bool { fields[key] != nil }

    /// The value of `key`, which becomes a known key.
    mutating func value(_ key: String) -> JSONValue? {
        if !asked.contains(key) {
            asked.append(key)
            knownKeys.append(JSONOutline.path(path, key: key))
        }
        return fields[key]
    }

    /// The value of `key` as `parse` makes it; nil, and a problem that says `expected`, when `parse` gives nil.
    mutating func read<Value>(_ key: String, expected: String, _ parse: (JSONValue) -> Value?) -> Value? {
        guard let value = value(key) else { return nil }
        if let parsed = parse(value) { return parsed }
        refuse(key, found: value.found, expected: expected)
        return nil
    }

    /// Adds a problem about `key` of this object; `key` may go on with an index, such as `listen[1]`.
    mutating func refuse(_ key: String, found: String, expected: String, advice: String = "") {
        let keyPath = path.isEmpty ? key : "\(path).\(key)"
        problems.append(Problem(file: file, keyPath: keyPath, found: found, expected: expected, advice: advice))
    }

    /// Reads the object at `key`, or an empty one when the file has none, so that the defaults stand in `body` alone.
    mutating func object<Value>(_ key: String, _ body: (inout ObjectReader) -> Value) -> Value {
        let fields = read(key, expected: "an object: { … }") { $0.fields } ?? [:]
        return nested(key, fields: fields, body)
    }

    /// Reads the object at `key`, or `false`, which is nil.
    mutating func objectOrFalse<Value>(_ key: String, _ body: (inout ObjectReader) -> Value) -> Value? {
        let written = value(key)
        if let written, written.fields == nil, written != .boolean(false) {
            refuse(key, found: written.found, expected: "an object: { … }, or false")
        }
        let value = nested(key, fields: written?.fields ?? [:], body)
        return written == .boolean(false) ? nil : value
    }

    /// Reads an object inside this one whose fields the caller has got; an item is a key that has its index with it.
    mutating func nested<Value>(
        _ key: String, isItem: Bool = false, fields: [String: JSONValue], _ body: (inout ObjectReader) -> Value
    ) -> Value {
        let path = JSONOutline.path(path, key: key, isItem: isItem)
        let (value, reader) = Self.read(file: file, path: path, fields: fields, body)
        problems += reader.problems
        for known in reader.knownKeys {
            let generic = Self.withoutIndices(known)
            if !knownKeys.contains(generic) { knownKeys.append(generic) }
        }
        return value
    }

    private mutating func refuseUnknownKeys() {
        for key in fields.keys.sorted() where !asked.contains(key) {
            let nearest = NearestName.of(key, in: asked)
            let expected = nearest.map(JSONValue.quoted) ?? "one of \(asked.sorted().joined(separator: ", "))"
            let keyPath = JSONOutline.path(path, key: key)
            problems.append(Problem(file: file, keyPath: keyPath, found: UnknownKeys.found, expected: expected))
        }
    }

    private static func withoutIndices(_ path: String) -> String {
        var inside = false
        return String(
            path.filter { character in
                if character == "]" { inside = false }
                defer { if character == "[" { inside = true } }
                return !inside
            })
    }
}

extension JSONValue {
    /// The fields when this is an object.
    var fields: [String: JSONValue]? {
        if case .object(let fields) = self { fields } else { nil }
    }

    /// The items when this is a list.
    var items: [JSONValue]? {
        if case .list(let items) = self { items } else { nil }
    }

    /// The text when this is one.
    var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}
