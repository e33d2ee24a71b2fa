internal import FoundationEssentials

/// A JSON5 file that was read: its values, and where they stand.
struct JSONDocument {
    /// The keys and values of the outermost object.
    let fields: [String: JSONValue]
    let outline: JSONOutline

    /// A file of configuration larger than this is somebody's mistake.
    static let maxBytes = 1 << 20

    /// Reads `bytes`; `file` is the name used in problems.
    ///
    /// - Throws: the place where the text is not JSON5, or every key that stands there twice.
    init(_ bytes: [UInt8], file: String) throws(ProblemsFound) {
        do {
            outline = try JSONOutline(bytes)
        } catch {
            throw ProblemsFound([
                Problem(
                    file: file, position: error.position, found: error.found, expected: error.expected,
                    advice: error.advice)
            ])
        }
        guard outline.duplicates.isEmpty else {
            throw ProblemsFound(
                outline.duplicates.map {
                    Problem(
                        file: file, position: $0.second, keyPath: $0.keyPath, found: "the key a second time",
                        expected: "it once", advice: "the first is at \($0.first)")
                })
        }
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        guard let value = try? decoder.decode(JSONValue.self, from: Data(bytes)) else {
            throw ProblemsFound([Problem(file: file, found: "what Foundation cannot decode", expected: "JSON5")])
        }
        guard case .object(let fields) = value else {
            throw ProblemsFound([Problem(file: file, found: value.found, expected: "an object: { … }")])
        }
        self.fields = fields
    }

    /// `problems` in the order in which their keys stand in the file; those about absent keys come first.
    func sorted(_ problems: [Problem]) -> [Problem] {
        let none = TextPosition(line: 0, column: 0)
        let placed = problems.enumerated().map { (outline.positions[$1.keyPath] ?? none, $0, $1) }
        return placed.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }
}
