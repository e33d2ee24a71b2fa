internal import Linux

/// What a person says of a deploy, for those who read the history.
package enum DeployMessage {
    /// The most that is kept of it, in bytes.
    package static let maxBytes = 500

    /// The text as one line: each run of white space, line ends too, is a blank. Nil for no text. It may still have in it what
    /// must not be printed as it is.
    ///
    /// - Throws: that it is too long.
    static func line(_ text: String?, of verb: ControlVerb) throws(ControlRefusal) -> String? {
        guard let text else { return nil }
        guard text.utf8.count <= maxBytes else {
            throw ControlRefusal(
                "\(verb.rawValue): found a message of \(text.utf8.count) bytes, expected \(maxBytes) at most: a line, such as "
                    + "the subject of a commit")
        }
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.isEmpty ? nil : line
    }
}
