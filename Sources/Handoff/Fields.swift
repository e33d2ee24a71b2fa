/// Text of `KEY=VALUE` lines, the form of both directions between master and worker. Source: sd_notify(3).
///
/// Lines without `=` are passed over; of a key that is there twice the last one counts.
package struct Fields: Equatable, Sendable {
    private var values: [(key: String, value: String)]

    /// Fields in the order in which they are to be written.
    package init(_ values: [(key: String, value: String)] = []) { self.values = values }

    /// Reads a message, byte by byte: only a line feed ends a line. Bytes that are no UTF-8 are repaired.
    package init(parsing bytes: [UInt8]) {
        values = bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard let sign = line.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            return (
                String(decoding: line[..<sign], as: UTF8.self),
                String(decoding: line[line.index(after: sign)...], as: UTF8.self)
            )
        }
    }

    /// The value of a key; nil when it is not there.
    package subscript(_ key: String) -> String? { values.last { $0.key == key }?.value }

    /// The message. A line feed within a value would end it, so it becomes a space.
    package var bytes: [UInt8] {
        let feed = UInt8(ascii: "\n")
        var message: [UInt8] = []
        for (key, value) in values {
            message += key.utf8
            message.append(UInt8(ascii: "="))
            message += value.utf8.map { $0 == feed ? UInt8(ascii: " ") : $0 }
            message.append(feed)
        }
        return message
    }

    /// Whether both have the same fields in the same order.
    package static func == (one: Fields, other: Fields) -> Bool {
        one.values.elementsEqual(other.values) { $0 == $1 }
    }

    /// A duration in whole microseconds, as systemd writes them; nil when it is not there, no number, or negative.
    /// More than `longest` is `longest`: an instant so far ahead must still be one.
    func duration(_ key: String, longest: Duration) -> Duration? {
        guard let text = self[key], let number = Int64(text), number >= 0 else { return nil }
        return min(.microseconds(number), longest)
    }
}
