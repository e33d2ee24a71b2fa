/// Text of `KEY=VALUE` lines, the form of both directions between master and worker. Source: sd_notify(3).
///
/// Lines without `=` are passed over; of a key that is there twice the last one counts.
package struct Fields: Equatable, Sendable {
    private var values: [(key: String, value: String)]

    /// Fields in the order in which they are to be written.
    package init(_ values: [(key: String, value: String)] = []) { self.values = values }

    /// Reads a message; bytes that are no UTF-8 are repaired.
    package init(parsing bytes: [UInt8]) {
        values = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            guard let sign = line.firstIndex(of: "=") else { return nil }
            return (String(line[..<sign]), String(line[line.index(after: sign)...]))
        }
    }

    /// The value of a key; nil when it is not there.
    package subscript(_ key: String) -> String? { values.last { $0.key == key }?.value }

    /// The message. A line break within a value would end it, so it becomes a space.
    package var bytes: [UInt8] {
        values.flatMap { Array("\($0.key)=\($0.value.map { $0 == "\n" ? " " : String($0) }.joined())\n".utf8) }
    }

    package static func == (one: Fields, other: Fields) -> Bool {
        one.values.elementsEqual(other.values) { $0 == $1 }
    }

    /// A duration in whole microseconds, as systemd writes them; nil when it is not there or no number.
    func duration(_ key: String) -> Duration? {
        self[key].flatMap { Int64($0) }.map { .microseconds($0) }
    }
}
