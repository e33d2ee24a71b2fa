internal import Handoff

/// `{fd:NAME}` within an argument of a command: the number of the descriptor that the listener NAME has in the worker.
enum DescriptorArguments {
    private static let opening = "{fd:"

    /// The listeners that an argument names, in its order.
    static func names(in argument: String) -> [String] {
        var names: [String] = []
        _ = replace(in: argument) { name in
            names.append(name)
            return nil
        }
        return names
    }

    /// The argument with numbers in the place of names. A name that no socket has stays as it is.
    static func substitute(_ argument: String, _ sockets: [SocketProtocol.InheritedSocket]) -> String {
        replace(in: argument) { name in sockets.first { $0.name == name }.map { "\($0.descriptor)" } }
    }

    private static func replace(in argument: String, _ number: (String) -> String?) -> String {
        var result = ""
        var rest = argument[...]
        while let start = rest.firstRange(of: opening), let end = rest[start.upperBound...].firstIndex(of: "}") {
            let name = String(rest[start.upperBound..<end])
            result += rest[..<start.lowerBound] + (number(name) ?? opening + name + "}")
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
