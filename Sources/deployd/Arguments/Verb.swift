internal import Supervisor

/// One of the things that the command can do.
struct Verb: Sendable {
    /// An argument that is no option.
    struct Operand: Equatable, Sendable {
        let name: String
        var isRequired = true
        /// It is a command with arguments of its own: what follows is not read.
        var isCommand = false

        /// "RELEASE", or "[RELEASE]" when it may be left out.
        var usage: String { isCommand ? "[--] \(name)..." : isRequired ? name : "[\(name)]" }
    }

    let name: String
    var operands: [Operand] = []
    /// Its own; `--config` and `--help` come with every verb.
    var options: [Option] = []
    /// What the same is called elsewhere: it is offered to who types that, and does nothing by itself.
    var synonyms: [String] = []
    /// One line for the list of verbs.
    let summary: String
    /// What a person should know before using it.
    let details: String
    let run: @Sendable (Invocation) throws(CommandError) -> ExitCode

    /// The first word that is no option begins a command.
    var takesCommand: Bool { operands.last?.isCommand == true }

    /// Its own options and those of every verb.
    var allOptions: [Option] { options + [.config, .help] }

    /// The verb that somebody means who typed another word; nil: none comes near.
    static func meant(by word: String, among verbs: [Verb]) -> String? {
        verbs.first { $0.synonyms.contains(word.lowercased()) }?.name ?? NearestName.of(word, in: verbs.map(\.name))
    }

    /// "deployd deploy [options] RELEASE".
    var usage: String {
        (["deployd", name, "[options]"] + operands.map(\.usage)).joined(separator: " ")
    }
}
