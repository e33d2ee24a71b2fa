internal import Linux

/// The process that removes what the processes of a generation have made: it may be deep and wide, and the loop must not
/// wait for it.
package enum RemovalStep {
    /// The hidden verb; its arguments are the directories.
    package static let verb = "__remove"

    /// Removes them and says what could not be removed.
    package static func run(_ paths: [String]) -> Int32 {
        var code: Int32 = 0
        for path in paths {
            do throws(SystemError) { try Files.removeTree(path) } catch {
                StandardError.line("deployd: what a generation left was not removed: \(error)")
                code = 1
            }
        }
        return code
    }
}
