/// A worker's place in its generation: what kind of process it is, and which of those.
///
/// In the state file a web worker's is a number, any other's a text such as "app.2".
package struct Slot: Hashable, Sendable {
    /// The kind, by its name in the release; nil: a web worker.
    package let process: String?
    /// Its number among those of its kind, from 1.
    package let number: Int

    /// The place of this number, of a kind or (nil) among the web workers.
    package init(_ number: Int, of process: String? = nil) {
        self.number = number
        self.process = process
    }

    /// Whether it is a web worker's: one that accepts from the lanes.
    package var isWeb: Bool { process == nil }
}

extension Slot: Comparable {
    /// Web workers first, then the kinds by their names.
    package static func < (left: Self, right: Self) -> Bool {
        (left.process ?? "", left.number) < (right.process ?? "", right.number)
    }
}

extension Slot: CustomStringConvertible {
    /// "2" of a web worker, "app.2" of another kind.
    package var description: String { process.map { "\($0).\(number)" } ?? "\(number)" }
}

extension Slot: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
            self.init(number)
            return
        }
        let text = try container.decode(String.self)
        guard let dot = text.lastIndex(of: "."), let number = Int(text[text.index(after: dot)...]) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no slot: \(text)")
        }
        self.init(number, of: String(text[..<dot]))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if isWeb { try container.encode(number) } else { try container.encode(description) }
    }
}
