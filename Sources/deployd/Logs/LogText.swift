internal import Linux

/// What workers wrote, on its way to standard output. It is not our text: of what steers a terminal only colours pass,
/// and only to a terminal. What comes in pieces, a character or a code, waits for its rest.
struct LogText {
    /// A code that is longer is none that we let pass.
    private static let maxCodeLength = 64

    /// Whether a person looks who wants colours.
    private let keepsColours: Bool
    /// Bytes of a character whose last ones have not come yet.
    private var unfinished: [UInt8] = []
    /// What follows an escape character, for as long as it may become a colour.
    private var code: String.UnicodeScalarView?
    /// Whether a colour was begun that the line has not ended.
    private var isColoured = false
    /// A carriage return came, which counts only before what is no line feed.
    private var isReturning = false

    init(keepsColours: Bool) {
        self.keepsColours = keepsColours
    }

    /// The next bytes, as they may be printed.
    mutating func printable(_ bytes: [UInt8]) -> String {
        let all = unfinished + bytes
        let end = Self.wholeCharacters(in: all)
        unfinished = Array(all[end...])
        var shown = String.UnicodeScalarView()
        for scalar in String(decoding: all[..<end], as: UTF8.self).unicodeScalars { take(scalar, &shown) }
        return String(shown)
    }

    /// What is left when nothing follows.
    mutating func end() -> String {
        var shown = String.UnicodeScalarView()
        for scalar in String(decoding: unfinished, as: UTF8.self).unicodeScalars { take(scalar, &shown) }
        unfinished = []
        giveUpCode(&shown)
        endColour(&shown)
        return String(shown)
    }

    private mutating func take(_ scalar: Unicode.Scalar, _ shown: inout String.UnicodeScalarView) {
        if isReturning, scalar != "\n" { shown.append("?") }
        isReturning = false
        guard var code else { return takeText(scalar, &shown) }
        code.append(scalar)
        self.code = code
        let isOpening = code.count == 1 && scalar == "["
        let isParameter = code.count > 1 && (("0"..."9").contains(scalar) || scalar == ";" || scalar == ":")
        if code.count > 1, scalar == "m" {
            self.code = nil
            guard keepsColours else { return }
            shown.append("\u{1B}")
            shown.append(contentsOf: code)
            isColoured = String(code) != "[m" && String(code) != "[0m"
        } else if !isOpening && !isParameter || code.count > Self.maxCodeLength {
            code.removeLast()
            self.code = code
            giveUpCode(&shown)
            take(scalar, &shown)
        }
    }

    private mutating func takeText(_ scalar: Unicode.Scalar, _ shown: inout String.UnicodeScalarView) {
        switch scalar {
        case "\u{1B}": code = String.UnicodeScalarView()
        case "\r": isReturning = true
        case "\n":
            endColour(&shown)
            shown.append("\n")
        default: shown.append(ForeignText.isHarmless(scalar) ? scalar : "?")
        }
    }

    /// It was no colour: it is shown as text.
    private mutating func giveUpCode(_ shown: inout String.UnicodeScalarView) {
        guard let code else { return }
        self.code = nil
        shown.append("?")
        shown.append(contentsOf: code)
    }

    /// A colour ends with its line: it must not reach lines of others.
    private mutating func endColour(_ shown: inout String.UnicodeScalarView) {
        guard isColoured else { return }
        shown.append(contentsOf: "\u{1B}[0m".unicodeScalars)
        isColoured = false
    }

    /// Up to where `bytes` are whole characters; behind are at most three bytes of one that has begun.
    private static func wholeCharacters(in bytes: [UInt8]) -> Int {
        for back in 1...3 where bytes.count >= back {
            let byte = bytes[bytes.count - back]
            if byte < 0x80 { return bytes.count }
            guard byte >= 0xC0 else { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
            return length > back ? bytes.count - back : bytes.count
        }
        return bytes.count
    }
}
