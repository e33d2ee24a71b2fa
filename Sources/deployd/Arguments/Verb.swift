/// One of the things that the command can do.
struct Verb: Sendable {
    /// An argument that is no option.
    struct Operand: Equatable, Sendable {
        let name: String
        var isRequired = true

        /// "RELEASE", or "[RELEASE]" when it may be left out.
        var usage: String { isRequired ? name : "[\(name)]" }
    }

    let name: String
    var operands: [Operand] = []
    /// Its own; `--config` and `--help` come with every verb.
    var options: [Option] = []
    /// One line for the list of verbs.
    let summary: String
    /// What a person should know before using it.
    let details: String
    let run: @Sendable (Invocation) throws(CommandError) -> ExitCode

    /// Its own options and those of every verb.
    var allOptions: [Option] { options + [.config, .help] }

    /// "deployd deploy [options] RELEASE".
    var usage: String {
        (["deployd", name, "[options]"] + operands.map(\.usage)).joined(separator: " ")
    }
}
