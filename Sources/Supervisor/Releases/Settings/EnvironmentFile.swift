/// A file of `KEY=VALUE` lines, read exactly as systemd reads an `EnvironmentFile=`: whoever moves a service from there
/// gets the same variables.
///
/// Source: systemd.exec(5), and `parse_env_file_internal` in src/basic/env-file.c of systemd 252.
package enum EnvironmentFile {
    /// A file that systemd refuses as a whole.
    package struct Mistake: Error, Equatable, Sendable {
        /// The line; columns are not told, and are 1.
        package let position: TextPosition
        /// The content found, as it stands after "found".
        package let found: String
        /// The content expected, as it stands after "expected".
        package let expected: String
    }

    /// The content of a file.
    package struct Content: Equatable, Sendable {
        /// The variables; of a name that is set twice the last value counts.
        package var variables: [String: String] = [:]
        /// Lines that say nothing, as systemd has it: where, and what is there.
        package var ignored: [Ignored] = []
    }

    /// Something that was passed over.
    package struct Ignored: Equatable, Sendable {
        /// The line in which it ends.
        package let line: Int
        /// What is there, as it stands after "found". The file's own words are not: it may hold secrets, and whoever is
        /// told of the line need not be one of those who may read it.
        package let found: String
    }

    /// Reads `bytes`.
    ///
    /// - Throws: what makes systemd refuse the file: bytes that are no text.
    package static func parse(_ bytes: [UInt8]) throws(Mistake) -> Content {
        if let zero = bytes.firstIndex(of: 0) {
            let line = bytes[..<zero].count { $0 == UInt8(ascii: "\n") } + 1
            throw Mistake(
                position: TextPosition(line: line, column: 1), found: "a zero byte",
                expected: "UTF-8 without zero bytes")
        }
        var parser = EnvironmentFileParser()
        for byte in bytes { try parser.take(byte) }
        return try parser.end()
    }

    /// True if `name` can name an environment variable: letters, digits and `_`, no digit first.
    package static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.utf8.allSatisfy { JSONScanner.isWord($0) && $0 < 0x80 && !"$.+-".utf8.contains($0) }
    }
}

/// The state of a walk over an environment file: systemd's own states, byte by byte.
private struct EnvironmentFileParser {
    private enum State {
        /// Before a line's first byte that is no blank. To: comment, key.
        case beforeKey
        /// To: beforeKey (a line without "="), beforeValue.
        case key
        /// Behind "=", or behind a closing quote. To: beforeKey, value and the quotes.
        case beforeValue
        case value
        /// Behind a backslash outside of quotes. To: value.
        case escape
        case singleQuotes
        case doubleQuotes
        case escapeInQuotes
        case comment
        /// Behind a backslash in a comment: the next byte belongs to the comment, a line's end too. To: comment.
        case escapeInComment
    }

    private var state = State.beforeKey
    private var key: [UInt8] = []
    private var value: [UInt8] = []
    /// The beginning of blanks at the end of the value, which count only if more follows.
    private var trailing: Int?
    private var line = 1
    private var content = EnvironmentFile.Content()

    mutating func take(_ byte: UInt8) throws(EnvironmentFile.Mistake) {
        let isNewline = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
        switch state {
        case .beforeKey:
            if byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") {
                state = .comment
            } else if !Self.isBlank(byte) {
                state = .key
                key = [byte]
            }
        case .key:
            if isNewline {
                ignore("a text without \"=\"")
                state = .beforeKey
            } else if byte == UInt8(ascii: "=") {
                state = .beforeValue
                value = []
                trailing = nil
            } else {
                key.append(byte)
            }
        case .beforeValue: try takeBeforeValue(byte, isNewline)
        case .value: try takeValue(byte, isNewline)
        case .escape:
            state = .value
            // An escaped line end is no part of the value.
            if !isNewline { value.append(byte) }
        case .singleQuotes:
            if byte == UInt8(ascii: "'") { state = .beforeValue } else { value.append(byte) }
        case .doubleQuotes:
            if byte == UInt8(ascii: "\"") {
                state = .beforeValue
            } else if byte == UInt8(ascii: "\\") {
                state = .escapeInQuotes
            } else {
                value.append(byte)
            }
        case .escapeInQuotes:
            state = .doubleQuotes
            if "\"\\`$".utf8.contains(byte) {
                value.append(byte)
            } else if byte != UInt8(ascii: "\n") {
                value += [UInt8(ascii: "\\"), byte]
            }
        case .comment:
            if byte == UInt8(ascii: "\\") { state = .escapeInComment } else if isNewline { state = .beforeKey }
        case .escapeInComment: state = .comment
        }
        if byte == UInt8(ascii: "\n") { line += 1 }
    }

    private mutating func takeBeforeValue(_ byte: UInt8, _ isNewline: Bool) throws(EnvironmentFile.Mistake) {
        if isNewline {
            state = .beforeKey
            trailing = nil
            try push()
        } else if byte == UInt8(ascii: "'") {
            state = .singleQuotes
        } else if byte == UInt8(ascii: "\"") {
            state = .doubleQuotes
        } else if byte == UInt8(ascii: "\\") {
            state = .escape
        } else if !Self.isBlank(byte) {
            state = .value
            value.append(byte)
        }
    }

    private mutating func takeValue(_ byte: UInt8, _ isNewline: Bool) throws(EnvironmentFile.Mistake) {
        if isNewline {
            state = .beforeKey
            try push()
        } else if byte == UInt8(ascii: "\\") {
            state = .escape
            trailing = nil
        } else {
            if !Self.isBlank(byte) { trailing = nil } else if trailing == nil { trailing = value.count }
            value.append(byte)
        }
    }

    /// A value that nothing ended ends with the file, a quoted one too.
    mutating func end() throws(EnvironmentFile.Mistake) -> EnvironmentFile.Content {
        switch state {
        case .value: try push()
        case .beforeValue, .escape, .singleQuotes, .doubleQuotes, .escapeInQuotes:
            trailing = nil
            try push()
        case .key: ignore("a text without \"=\"")
        case .beforeKey, .comment, .escapeInComment: break
        }
        return content
    }

    private mutating func push() throws(EnvironmentFile.Mistake) {
        let whole = trailing.map { Array(value[..<$0]) } ?? value
        let name = key.reversed().drop(while: Self.isBlank).reversed()
        guard let name = String(validating: Array(name), as: UTF8.self),
            let value = String(validating: whole, as: UTF8.self)
        else {
            throw EnvironmentFile.Mistake(
                position: TextPosition(line: line, column: 1), found: "bytes that are no text", expected: "UTF-8")
        }
        guard EnvironmentFile.isName(name) else {
            return ignore("a name that is not allowed for a variable")
        }
        content.variables[name] = value
    }

    private mutating func ignore(_ found: String) {
        content.ignored.append(EnvironmentFile.Ignored(line: line, found: found))
    }

    private static func isBlank(_ byte: UInt8) -> Bool { " \t\n\r".utf8.contains(byte) }
}
