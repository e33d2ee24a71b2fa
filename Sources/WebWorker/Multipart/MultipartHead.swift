/// What a part of a form says of itself (RFC 7578, section 4.2).
struct MultipartHead: Equatable {
    let name: String
    /// Nil: it is no file.
    let fileName: String?
    let type: String?

    /// Reads header fields; nil without `Content-Disposition: form-data` and a name in it.
    init?(_ fields: [UInt8]) {
        var (disposition, type): (String?, String?) = (nil, nil)
        for line in Self.lines(fields) {
            guard let colon = line.utf8.firstIndex(of: .colon) else { return nil }
            let value = String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
            switch line[..<colon].lowercased() {
            case "content-disposition": disposition = disposition ?? value
            case "content-type": type = type ?? value
            default: break
            }
        }
        guard let disposition, Self.word(disposition) == "form-data", let name = Self.parameter("name", of: disposition)
        else {
            return nil
        }
        self.name = Self.decoded(name)
        self.type = type
        fileName = Self.parameter("filename", of: disposition).map { Self.lastPart(of: Self.decoded($0)) }
    }

    /// The lines, of which one that begins with a space goes on with the one before (RFC 5322, section 2.2.3).
    private static func lines(_ fields: [UInt8]) -> [String] {
        var lines: [String] = []
        for line in fields.split(separator: 0x0a) {
            let text = String(decoding: line.last == 0x0d ? line.dropLast() : line, as: UTF8.self)
            if let first = text.utf8.first, first == .space || first == .tab, let last = lines.popLast() {
                lines.append(last + text)
            } else {
                lines.append(text)
            }
        }
        return lines.filter { !$0.isEmpty }
    }

    /// The first word of a field's value, in lower case.
    static func word(_ value: String) -> String {
        String(value.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }).lowercased()
    }

    /// The value of a parameter, a token or quoted; nil: there is none. Browsers write a quote as `%22` or `\"`, and a backslash as
    /// itself.
    static func parameter(_ name: String, of value: String) -> [UInt8]? {
        let bytes = Array(value.utf8)
        var place = bytes.firstIndex(of: 0x3b) ?? bytes.count
        while place < bytes.count {
            place += 1
            while place < bytes.count, bytes[place] == .space || bytes[place] == .tab { place += 1 }
            let start = place
            while place < bytes.count, bytes[place] != 0x3d, bytes[place] != 0x3b { place += 1 }
            let key = String(decoding: bytes[start..<place], as: UTF8.self).lowercased()
            guard place < bytes.count, bytes[place] == 0x3d else { continue }
            let found = text(bytes, from: &place)
            if key == name { return found }
            while place < bytes.count, bytes[place] != 0x3b { place += 1 }
        }
        return nil
    }

    /// The text behind an equals sign.
    private static func text(_ bytes: [UInt8], from place: inout Int) -> [UInt8] {
        place += 1
        guard place < bytes.count, bytes[place] == 0x22 else {
            let start = place
            while place < bytes.count, bytes[place] != 0x3b { place += 1 }
            var end = place
            while end > start, bytes[end - 1] == .space || bytes[end - 1] == .tab { end -= 1 }
            return Array(bytes[start..<end])
        }
        place += 1
        var text: [UInt8] = []
        while place < bytes.count, bytes[place] != 0x22 {
            if bytes[place] == 0x5c, place + 1 < bytes.count, bytes[place + 1] == 0x22 { place += 1 }
            text.append(bytes[place])
            place += 1
        }
        place += 1
        return text
    }

    /// A name as a person has written it. Source: HTML, "multipart/form-data encoding algorithm": `"` and ends of lines are encoded
    /// with a percent sign, and nothing else is, not even that.
    private static func decoded(_ name: [UInt8]) -> String {
        String(decoding: name, as: UTF8.self).replacing("%22", with: "\"").replacing("%0D", with: "\r")
            .replacing("%0A", with: "\n")
    }

    /// The last part of a path of any system, without control characters.
    private static func lastPart(of path: String) -> String {
        let last = path.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }.last ?? ""
        let name = String(String.UnicodeScalarView(last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }))
        return name == "." || name == ".." ? "" : name
    }
}
