/// The rules for the paths of routes.
enum RoutePattern {
    /// Finds routes that no request would ever reach, or whose parameters could not be told apart.
    static func mistakes(_ method: Method, _ path: String) -> [ConfigurationError.Mistake] {
        func mistake(_ found: String, _ expected: String, _ remedy: String) -> ConfigurationError.Mistake {
            ConfigurationError.Mistake("\(method) \(path)", found: found, expected: expected, remedy: remedy)
        }
        var mistakes: [ConfigurationError.Mistake] = []
        if method == .connect {
            mistakes.append(mistake("CONNECT", "a method that reaches handlers", "remove the route"))
        }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        var names: Set<Substring> = []
        for (place, segment) in segments.enumerated() {
            let isLast = place == segments.count - 1
            switch segment {
            case "**" where !isLast:
                mistakes.append(
                    mistake("** in front of other segments", "it at the end", "name the segment: \":name\""))
            case ":":
                mistakes.append(mistake("a segment \":\"", "a name behind the colon", "name it: \":id\""))
            case "" where !isLast:
                mistakes.append(mistake("an empty segment", "none, as in the path that is looked up", "remove a slash"))
            case ".", "..":
                mistakes.append(
                    mistake("a segment \"\(segment)\"", "none, as in the path that is looked up", "remove it"))
            default:
                if segment.contains(where: { $0 == "?" || $0 == "#" }) {
                    mistakes.append(mistake("\"\(segment)\"", "a path alone", "read the query by request.query"))
                }
                if segment.hasPrefix(":"), !names.insert(segment).inserted {
                    mistakes.append(mistake("two segments \"\(segment)\"", "each name once", "rename one of them"))
                }
            }
        }
        return mistakes
    }
}
