/// Finds the right place of a misplaced key: deeper in the file, or in the other one of the two.
struct UnknownKeys {
    /// The words that mark such a problem.
    static let found = "an unknown key"
    /// So many places are named.
    private static let told = 3

    /// The keys that the file may have, as paths.
    let known: [String]
    let otherFile: String
    /// The keys that the other file may have; asked for only where there is need.
    let otherKeys: () -> [String]

    /// The problems, with advice for the keys of which no other spelling is near.
    func advised(_ problems: [Problem]) -> [Problem] {
        problems.map { problem in
            guard problem.found == Self.found, problem.expected.hasPrefix("one of "), problem.advice.isEmpty else {
                return problem
            }
            var problem = problem
            problem.advice = advice(on: problem.keyPath)
            return problem
        }
    }

    private func advice(on keyPath: String) -> String {
        let name = Self.lastPart(of: keyPath)
        let here = known.filter { Self.lastPart(of: $0) == name && $0 != keyPath }
        if !here.isEmpty { return "there is " + here.prefix(Self.told).joined(separator: ", ") }
        let there = otherKeys().filter { $0 == keyPath || Self.lastPart(of: $0) == name }
        return there.isEmpty ? "" : "\(otherFile) has \(there.prefix(Self.told).joined(separator: ", "))"
    }

    private static func lastPart(of keyPath: String) -> String {
        keyPath.split(separator: ".").last.map(String.init) ?? keyPath
    }
}
