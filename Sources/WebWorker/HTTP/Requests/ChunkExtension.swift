/// The extensions behind a chunk's size (RFC 9112 section 7.1.1), checked byte by byte and dropped:
/// `*( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )`.
struct ChunkExtension: Equatable, Sendable {
    enum Step: Equatable, Sendable { case more, lineEnds, malformed }

    private enum State: Equatable, Sendable {
        case beforeSemicolon  // white space after the size or a value; -> beforeName
        case beforeName  // -> name
        case name  // -> afterName, beforeValue, beforeName
        case afterName  // -> beforeValue, beforeName
        case beforeValue  // -> value, quoted
        case value  // -> beforeSemicolon, beforeName
        case quoted  // -> escaped, afterQuoted
        case escaped  // -> quoted
        case afterQuoted  // -> beforeSemicolon, beforeName
    }

    private var state = State.beforeSemicolon

    /// Takes the next byte after the size. White space that no semicolon follows is refused: it is not in the grammar.
    mutating func step(_ byte: UInt8) -> Step {
        let isSpace = byte.isBlank
        let isToken = ByteClass.token.contains(byte)
        let isSemicolon = byte == 0x3b
        switch state {
        case .beforeSemicolon:
            return isSpace ? .more : isSemicolon ? move(to: .beforeName) : .malformed
        case .beforeName:
            return isSpace ? .more : isToken ? move(to: .name) : .malformed
        case .name:
            if isToken { return .more }
            if isSpace { return move(to: .afterName) }
            return afterWord(byte, equalsAllowed: true)
        case .afterName:
            if isSpace { return .more }
            return byte == .carriageReturn ? .malformed : afterWord(byte, equalsAllowed: true)
        case .beforeValue:
            if isSpace { return .more }
            return isToken ? move(to: .value) : byte == 0x22 ? move(to: .quoted) : .malformed
        case .value:
            if isToken { return .more }
            return isSpace ? move(to: .beforeSemicolon) : afterWord(byte, equalsAllowed: false)
        case .quoted:
            if byte == 0x22 { return move(to: .afterQuoted) }
            if byte == 0x5c { return move(to: .escaped) }
            return isText(byte) ? .more : .malformed
        case .escaped:
            return isText(byte) ? move(to: .quoted) : .malformed
        case .afterQuoted:
            return isSpace ? move(to: .beforeSemicolon) : afterWord(byte, equalsAllowed: false)
        }
    }

    private mutating func afterWord(_ byte: UInt8, equalsAllowed: Bool) -> Step {
        if byte == .carriageReturn { return .lineEnds }
        if byte == 0x3b { return move(to: .beforeName) }
        return byte == 0x3d && equalsAllowed ? move(to: .beforeValue) : .malformed
    }

    private mutating func move(to next: State) -> Step {
        state = next
        return .more
    }

    private func isText(_ byte: UInt8) -> Bool { byte == .tab || byte >= 0x20 && byte != 0x7f }
}
