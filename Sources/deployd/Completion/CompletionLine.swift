internal import Supervisor

/// The words of a command line up to the cursor, and what the last one can be.
struct CompletionLine {
    /// What is to be completed.
    enum Place: Equatable {
        case verb
        /// The name of an option of this verb; nil: of none yet.
        case option(of: String?)
        /// The value of an option; in front of it, what stands in the same word.
        case value(Option, of: String?, prefix: String)
        /// An operand, by its name in the usage.
        case operand(String, of: String)
        case nothing
    }

    /// What is there of the word: the candidates begin so.
    let current: String
    let place: Place
    /// The values that were given to options.
    let values: [String: String]
    /// The options that stand in the line.
    let given: Set<String>

    /// - Parameter words: without the command's name; the last one may be empty. bash makes words of their own of an equals
    ///   sign and of what is behind it.
    init(_ words: [String], verbs: [Verb]) {
        var before = words
        var current = before.popLast() ?? ""
        if current == "=" {
            before.append(current)
            current = ""
        }
        let scan = Scan(before, verbs)
        values = scan.values
        given = scan.given
        if let option = scan.awaiting {
            place = .value(option, of: scan.verb?.name, prefix: "")
        } else if !scan.isBehindDashes, current.hasPrefix("--"), let sign = current.firstIndex(of: "="),
            let option = scan.options.first(where: { $0.name == current[..<sign] && $0.value != nil })
        {
            place = .value(option, of: scan.verb?.name, prefix: String(current[...sign]))
            current = String(current[current.index(after: sign)...])
        } else if !scan.isBehindDashes, current.hasPrefix("-") {
            place = .option(of: scan.verb?.name)
        } else if let verb = scan.verb {
            let operand = verb.operands.dropFirst(scan.operands).first
            place = operand.map { .operand($0.name, of: verb.name) } ?? .nothing
        } else {
            place = scan.isLost ? .nothing : .verb
        }
        self.current = current
    }
}

/// What the words before the cursor say.
private struct Scan {
    private let verbs: [Verb]
    private(set) var verb: Verb?
    /// How many operands the verb has got.
    private(set) var operands = 0
    private(set) var values: [String: String] = [:]
    private(set) var given: Set<String> = []
    /// The option whose value comes next.
    private(set) var awaiting: Option?
    private(set) var isBehindDashes = false
    /// The verb is none.
    private(set) var isLost = false

    /// The options that may be given here.
    var options: [Option] { verb?.allOptions ?? [.config, .help] }

    init(_ words: [String], _ verbs: [Verb]) {
        self.verbs = verbs
        var last: Option?
        for word in words {
            // After bash's equals sign comes a value, also one that may be left out.
            if word == "=", let option = last ?? awaiting {
                (awaiting, last) = (option, nil)
                continue
            }
            last = nil
            if let option = awaiting {
                values[option.name] = word
                awaiting = nil
            } else if word == "--" {
                isBehindDashes = true
            } else if !isBehindDashes, word.hasPrefix("-"), word != "-" {
                last = take(word)
            } else {
                takeWord(word)
            }
        }
    }

    /// - Returns: the option, if it may have a value behind an equals sign only.
    private mutating func take(_ word: String) -> Option? {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = options.first(where: { $0.name == parts[0] || $0.short == parts[0] }) else { return nil }
        given.insert(option.name)
        guard option.value != nil else { return nil }
        if parts.count > 1 {
            values[option.name] = parts[1]
            return nil
        }
        if option.isValueOptional { return option }
        awaiting = option
        return nil
    }

    private mutating func takeWord(_ word: String) {
        guard verb == nil else {
            operands += 1
            return
        }
        guard !isLost else { return }
        verb = verbs.first { $0.name == word }
        isLost = verb == nil
    }
}
