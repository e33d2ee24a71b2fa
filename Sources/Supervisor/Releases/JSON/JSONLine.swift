internal import FoundationEssentials

/// Values as lines of JSON, for files and for programs that read what a verb prints.
package enum JSONLine {
    /// The line without its end, keys in order.
    ///
    /// - Parameter value: of texts, finite numbers, and lists and objects of them: all of these can be encoded.
    package static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { fatalError("\(value) was not encoded") }
        return String(decoding: data, as: UTF8.self)
    }

    /// The same with the line's end.
    package static func bytes(_ value: some Encodable) -> [UInt8] { Array(text(value).utf8) + [UInt8(ascii: "\n")] }
}
