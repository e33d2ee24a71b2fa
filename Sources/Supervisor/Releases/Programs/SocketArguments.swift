/// `{socket}`, `{port}` and `{socket:NAME}` within an argument of a command: where a kind of process is reached.
enum SocketArguments {
    /// The words that have a value in a command of `process`; nil: in the release's own.
    static func known(in processes: [Manifest.Process], of process: Manifest.Process?) -> [String] {
        var words = processes.filter { $0.socket != .nowhere }.map { "{socket:\($0.name)}" }
        switch process?.socket {
        case .listen: words += ["{socket}", "{fd:\(process?.name ?? "")}"]
        case .path: words.append("{socket}")
        case .port: words.append("{port}")
        case .nowhere, nil: break
        }
        return words
    }

    /// The words of this kind that an argument has, in its order. Without a kind of its own (`isWeb`) the plain ones mean
    /// nothing.
    static func words(in argument: String, isWeb: Bool) -> [String] {
        var words: [String] = []
        var rest = argument[...]
        while let start = rest.firstIndex(of: "{"), let end = rest[start...].firstIndex(of: "}") {
            let word = String(rest[start...end])
            let isPlain = word == "{socket}" || word == "{port}"
            if word.hasPrefix("{socket:") || (isPlain && !isWeb) { words.append(word) }
            rest = rest[rest.index(after: start)...]
        }
        return words
    }

    /// The argument with values in the place of words. A word without a value stays as it is.
    static func substitute(_ argument: String, _ values: [String: String]) -> String {
        var result = ""
        var rest = argument[...]
        while let start = rest.firstIndex(of: "{") {
            result += rest[..<start]
            rest = rest[start...]
            guard let end = rest.firstIndex(of: "}"), let value = values[String(rest[...end])] else {
                result.append("{")
                rest = rest.dropFirst()
                continue
            }
            result += value
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
