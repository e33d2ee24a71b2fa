/// Text that is not ours: the name of a release, what a worker wrote, a reason from a file or a message.
///
/// Whoever prints such text sends it through here first. What could steer a terminal, or begin a line that nobody wrote,
/// becomes a question mark; everything else stays as it is.
package enum ForeignText {
    /// `text` as one harmless line. A tab stays.
    package static func line(_ text: String) -> String {
        // Almost always there is nothing to do.
        guard !isHarmless(text) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isHarmless($0) ? $0 : "?" }))
    }

    /// Each line of `text`, harmless.
    package static func lines(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line(String($0)) }
    }

    /// True if `text` can be printed as it is. The name of something (a release) has to be so.
    package static func isHarmless(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy(isHarmless)
    }

    /// Control characters (C0, DEL, C1) steer terminals; line and paragraph separators break lines; the bidirectional
    /// controls show a text in another order than it has. Source: Unicode, categories Cc, Zl and Zp; UAX 9.
    package static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09: true
        case 0x00..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0x061C: false
        default: true
        }
    }
}
