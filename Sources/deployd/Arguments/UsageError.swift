/// What is wrong with a command line.
enum UsageError: Equatable {
    case noVerb
    case unknownVerb(String, nearest: String?)
    case unknownOption(String, nearest: String?)
    case valueMissing(String, called: String)
    case valueUnwanted(String)
    case valueApart(String, found: String)
    case operandMissing(String)
    case operandEmpty(String)
    case operandUnwanted(String)
    case badValue(String, found: String, expected: String)

    private var message: String {
        switch self {
        case .noVerb: "no verb given"
        case .unknownVerb(let found, let nearest): "unknown verb \"\(found)\"\(Self.meant(nearest))"
        case .unknownOption(let found, let nearest): "unknown option \(found)\(Self.meant(nearest))"
        case .valueMissing(let option, let name): "\(option) needs a value, \(name)"
        case .valueUnwanted(let option): "\(option) takes no value"
        case .valueApart(let option, let found):
            "\(option) may stand alone, so its value follows an equals sign: write \(option)=\(found)"
        case .operandMissing(let name): "\(name) is missing"
        case .operandEmpty(let name): "\(name) is empty"
        case .operandUnwanted(let found): "unexpected argument \"\(found)\""
        case .badValue(let name, let found, let expected): "\(name): found \"\(found)\", expected \(expected)"
        }
    }

    private static func meant(_ nearest: String?) -> String {
        nearest.map { "; did you mean \($0)?" } ?? ""
    }

    /// The error for the person, with the way to the page that helps.
    func commandError(_ verb: String?) -> CommandError {
        let prefix = verb.map { "\($0): " } ?? ""
        let page = verb.map { "deployd \($0) --help" } ?? "deployd help"
        return CommandError("\(prefix)\(message) (see `\(page)`)", exitCode: .usage)
    }
}
