/// Words of a command that a person is told to type: a path may have a space or a quote in it.
package enum ShellWord {
    /// The word as a shell reads it as one: as it is where that is enough.
    package static func quoted(_ word: String) -> String {
        if !word.isEmpty, word.utf8.allSatisfy(isPlain) { return word }
        let escaped = word.replacing("'", with: "'\\''")
        return "'\(escaped)'"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "/._-+=:@%,".utf8.contains(byte)
        }
    }
}
