/// A file of `KEY=VALUE` lines, read as systemd reads an EnvironmentFile.
///
/// Blank lines and lines that begin with `#` or `;` are skipped, a backslash at the end of a line continues it, blanks
/// around an unquoted value are dropped. Inside single quotes everything is literal; inside double quotes a backslash
/// escapes `"`, `\`, `` ` `` and `$`. Nothing is expanded. Source: systemd.exec(5), EnvironmentFile=.
package enum EnvironmentFile {
    /// A line that is not `KEY=VALUE`.
    package struct Mistake: Error, Equatable, Sendable {
        /// The line; columns are not told, and are 1.
        package let position: TextPosition
        /// What is there, as it stands after "found".
        package let found: String
        /// What should be there, as it stands after "expected".
        package let expected: String
    }

    /// The variables of `bytes`; of a name that is set twice the last value counts.
    ///
    /// - Throws: the first line that cannot be read.
    package static func parse(_ bytes: [UInt8]) throws(Mistake) -> [String: String] {
        var parser = EnvironmentFileParser(bytes)
        return try parser.variables()
    }

    /// Whether `name` can name an environment variable: letters, digits and `_`, no digit first.
    package static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.utf8.allSatisfy { JSONScanner.isWord($0) && $0 < 0x80 && !"$.+-".utf8.contains($0) }
    }
}

/// The state of a walk over an environment file.
private struct EnvironmentFileParser {
    private let bytes: [UInt8]
    private var offset = 0
    private var line = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func variables() throws(EnvironmentFile.Mistake) -> [String: String] {
        var variables: [String: String] = [:]
        while true {
            skip { $0 <= 0x20 }
            guard offset < bytes.count else { return variables }
            if bytes[offset] == UInt8(ascii: "#") || bytes[offset] == UInt8(ascii: ";") {
                skip { $0 != UInt8(ascii: "\n") }
            } else {
                let name = try name()
                variables[name] = try value()
            }
        }
    }

    private mutating func name() throws(EnvironmentFile.Mistake) -> String {
        let rest = bytes[offset...].prefix { $0 != UInt8(ascii: "\n") }
        let shown = JSONValue.quoted(String(decoding: rest.prefix(40), as: UTF8.self))
        guard let equals = rest.firstIndex(of: UInt8(ascii: "=")) else {
            throw mistake(found: shown, expected: "KEY=VALUE")
        }
        let name = String(decoding: bytes[offset..<equals], as: UTF8.self)
        let clean = String(name.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
        guard EnvironmentFile.isName(clean) else {
            throw mistake(
                found: "the name \(JSONValue.quoted(clean))", expected: "a variable name of letters, digits and \"_\"")
        }
        offset = equals + 1
        return clean
    }

    private mutating func value() throws(EnvironmentFile.Mistake) -> String {
        skip { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        var value: [UInt8] = []
        var kept = 0
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                value += try quoted(by: byte)
                kept = value.count
            } else if byte == UInt8(ascii: "\\") {
                if let escaped = escape(onlyBefore: nil) { value.append(escaped) }
                kept = value.count
            } else {
                value.append(byte)
                step()
                if byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t"), byte != UInt8(ascii: "\r") {
                    kept = value.count
                }
            }
        }
        return try text(value[..<kept])
    }

    private mutating func quoted(by quote: UInt8) throws(EnvironmentFile.Mistake) -> [UInt8] {
        let opening = mistake(
            found: "a quote without end", expected: "a closing \(quote == UInt8(ascii: "'") ? "'" : "\"")")
        step()
        var value: [UInt8] = []
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == quote {
                step()
                return value
            }
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                if let escaped = escape(onlyBefore: Array("\"\\`$".utf8)) { value.append(escaped) } else { continue }
            } else {
                value.append(byte)
                step()
            }
        }
        throw opening
    }

    /// Takes a backslash and what it escapes; nil for an escaped line end. Before a byte that is not in `set` the
    /// backslash stays, and so does the byte, for the next step.
    private mutating func escape(onlyBefore set: [UInt8]?) -> UInt8? {
        step()
        guard offset < bytes.count else { return nil }
        let byte = bytes[offset]
        guard byte == UInt8(ascii: "\n") || set?.contains(byte) != false else { return UInt8(ascii: "\\") }
        step()
        return byte == UInt8(ascii: "\n") ? nil : byte
    }

    private func text(_ value: ArraySlice<UInt8>) throws(EnvironmentFile.Mistake) -> String {
        guard !value.contains(0), let text = String(validating: value, as: UTF8.self) else {
            throw mistake(found: "bytes that are no text", expected: "UTF-8 without zero bytes")
        }
        return text
    }

    private mutating func skip(while condition: (UInt8) -> Bool) {
        while offset < bytes.count, condition(bytes[offset]) { step() }
    }

    private mutating func step() {
        if bytes[offset] == UInt8(ascii: "\n") { line += 1 }
        offset += 1
    }

    private func mistake(found: String, expected: String) -> EnvironmentFile.Mistake {
        EnvironmentFile.Mistake(position: TextPosition(line: line, column: 1), found: found, expected: expected)
    }
}
