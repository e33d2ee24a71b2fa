internal import Linux
internal import Supervisor

/// `deployd help`: the list of verbs, or the page of one.
enum HelpVerb {
    static let verb = Verb(
        name: "help", operands: [Verb.Operand(name: "VERB", isRequired: false)],
        summary: "list the verbs, or show the page of one",
        details: "Shows the list of verbs and exit codes, or the page of VERB, as `deployd VERB --help` does.",
        run: { invocation throws(CommandError) in
            guard let name = invocation.operands.first else {
                StandardOutput.write(HelpText.forStandardOutput().overview(VerbTable.verbs))
                return .done
            }
            guard let verb = VerbTable.verbs.first(where: { $0.name == name }) else {
                let nearest = Verb.meant(by: name, among: VerbTable.verbs)
                throw UsageError.unknownVerb(name, nearest: nearest).commandError(nil)
            }
            StandardOutput.write(HelpText.forStandardOutput().page(for: verb))
            return .done
        })
}
