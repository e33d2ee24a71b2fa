internal import Supervisor

/// A command line, read: the verb, its operands, its options.
struct Invocation: Sendable {
    let verb: Verb
    let operands: [String]
    /// By the option's long name; an option without a value has an empty one. The last of several counts.
    let options: [String: String]

    func has(_ option: String) -> Bool { options[option] != nil }

    func value(of option: Option) -> String? { options[option.name] }

    /// How commands are told that a person is to type after this one.
    var advice: CommandAdvice { CommandAdvice(configurationFile: value(of: .config)) }

    /// An option's value as a time, with a unit.
    func duration(of option: Option) throws(CommandError) -> Duration? {
        guard let text = value(of: option) else { return nil }
        do throws(QuantityError) {
            return try Durations.parse(text)
        } catch {
            throw UsageError.badValue(
                option.name, found: text, expected: "a time with a unit (ms, s, m, h, d), such as 90s or 10m"
            )
            .commandError(verb.name)
        }
    }

    /// An option's value as a number from `range`.
    func number(of option: Option, in range: ClosedRange<Int>) throws(CommandError) -> Int? {
        guard let text = value(of: option) else { return nil }
        return try number(text, called: option.name, in: range)
    }

    /// A text of the command line as a number from `range`; `name` is what the person calls it.
    func number(_ text: String, called name: String, in range: ClosedRange<Int>) throws(CommandError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            let most =
                range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
            throw UsageError.badValue(name, found: text, expected: "a whole number, \(most)").commandError(verb.name)
        }
        return number
    }
}
