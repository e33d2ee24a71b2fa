internal import Supervisor

/// Reads a command line: the verb first, then its options and operands in any order. `--name value` and `--name=value`
/// mean the same, unless the value may be left out; behind `--` everything is an operand, and a number below 0 always is.
/// `--config` and `--help` may also stand before the verb.
struct ArgumentParser {
    private let verbs: [Verb]

    init(_ verbs: [Verb]) {
        self.verbs = verbs
    }

    func parse(_ arguments: [String]) throws(CommandError) -> Invocation {
        var rest = arguments[...]
        var options: [String: String] = [:]
        while let first = rest.first, first.hasPrefix("-") {
            if first == "--version" { return Invocation(verb: VersionVerb.verb, operands: [], options: options) }
            try takeOption(&rest, of: [.config, .help], verb: nil, into: &options)
        }
        guard let name = rest.popFirst() else {
            if options[Option.help.name] != nil { return Invocation(verb: HelpVerb.verb, operands: [], options: [:]) }
            throw UsageError.noVerb.commandError(nil)
        }
        guard let verb = verbs.first(where: { $0.name == name }) else {
            throw UsageError.unknownVerb(name, nearest: Verb.meant(by: name, among: verbs)).commandError(nil)
        }
        return try parse(rest, verb, options)
    }

    private func parse(
        _ arguments: ArraySlice<String>, _ verb: Verb, _ globals: [String: String]
    ) throws(CommandError) -> Invocation {
        var rest = arguments
        var options = globals
        var operands: [String] = []
        while let first = rest.first {
            if first == "--" {
                operands += rest.dropFirst()
                break
            } else if first.hasPrefix("-"), first != "-", Int(first) == nil {
                try takeOption(&rest, of: verb.allOptions, verb: verb.name, into: &options)
            } else if verb.takesCommand {
                operands = Array(rest)
                break
            } else {
                operands.append(rest.removeFirst())
            }
        }
        if options[Option.help.name] == nil { try check(operands, verb, arguments) }
        return Invocation(verb: verb, operands: operands, options: options)
    }

    private func takeOption(
        _ rest: inout ArraySlice<String>, of known: [Option], verb: String?, into options: inout [String: String]
    ) throws(CommandError) {
        let word = rest.removeFirst()
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts.first ?? word
        guard let option = known.first(where: { $0.name == name || $0.short == name }) else {
            let nearest = NearestName.of(name, in: known.map(\.name))
            throw UsageError.unknownOption(name, nearest: nearest).commandError(verb)
        }
        guard let value = option.value else {
            if parts.count > 1 { throw UsageError.valueUnwanted(name).commandError(verb) }
            options[option.name] = ""
            return
        }
        if option.isValueOptional, parts.count == 1 {
            options[option.name] = ""
            return
        }
        guard let given = parts.count > 1 ? parts[1] : rest.popFirst(), !given.isEmpty else {
            throw UsageError.valueMissing(name, called: value).commandError(verb)
        }
        options[option.name] = given
    }

    private func check(
        _ operands: [String], _ verb: Verb, _ arguments: ArraySlice<String>
    ) throws(CommandError) {
        if let missing = verb.operands.dropFirst(operands.count).first(where: \.isRequired) {
            throw UsageError.operandMissing(missing.name).commandError(verb.name)
        }
        if !verb.takesCommand, let surplus = operands.dropFirst(verb.operands.count).first {
            throw (valueApart(arguments, verb) ?? .operandUnwanted(surplus)).commandError(verb.name)
        }
        // A variable of a script that was never set: it would be taken for the working directory.
        if let (operand, _) = zip(verb.operands, operands).first(where: { $0.1.isEmpty }) {
            throw UsageError.operandEmpty(operand.name).commandError(verb.name)
        }
    }

    /// A number that stands behind an option as if it were its value, where that is given by an equals sign only.
    private func valueApart(_ arguments: ArraySlice<String>, _ verb: Verb) -> UsageError? {
        let words = arguments.prefix { $0 != "--" }
        for (word, next) in zip(words, words.dropFirst()) where next.first?.isNumber == true {
            let option = verb.allOptions.first { $0.isValueOptional && ($0.name == word || $0.short == word) }
            if let option { return .valueApart(option.name, found: next) }
        }
        return nil
    }
}
