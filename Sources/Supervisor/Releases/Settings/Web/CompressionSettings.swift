/// What the web server compresses while it sends it. What is nil is as it has it by default.
package struct CompressionSettings: Sendable, Equatable, Codable {
    package var isOn = true
    package var types: [String]?
    /// In bytes.
    package var leastBytes: Int?
    /// From 1 to 9.
    package var level: Int?
}

extension CompressionSettings {
    /// Reads true, false, or an object.
    static func read(_ key: String, from reader: inout ObjectReader) -> Self {
        if case .boolean(let isOn)? = reader.value(key) {
            _ = reader.nested(key, fields: [:]) { Self(reading: &$0) }
            return Self(isOn: isOn)
        }
        return reader.object(key) { Self(reading: &$0) }
    }

    private init(reading reader: inout ObjectReader) {
        let example = "a type such as \"text/html\", \"text/*\" or \"*+json\""
        types = reader.texts("types", expected: "a list of types: [\"text/*\", \"application/json\"]", item: example)
        for (index, type) in (types ?? []).enumerated() where !Self.isType(type) {
            reader.refuse("types[\(index)]", found: JSONValue.quoted(type), expected: example)
        }
        leastBytes = reader.size("leastBytes")
        level = reader.integer("level", in: 1...9)
    }

    /// The web server takes these: a type, or one with a star in place of one end.
    private static func isType(_ text: String) -> Bool {
        let stars = text.count { $0 == "*" }
        return text.count > 1 && (stars == 0 || stars == 1 && (text.hasPrefix("*") || text.hasSuffix("*")))
            && (text.contains("/") || text.hasPrefix("*"))
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"\"(),:;<=>?@[\\]{}".utf8.contains($0) }
    }
}
