internal import DeployCore

extension ObjectReader {
    private static let percentage = "a whole number from 1 to 99"

    /// Reads a list of steps: ever larger shares, each for a while. Only the last may be without an end.
    mutating func canary(_ key: String) -> [CanaryStep] {
        let items: [JSONValue] =
            read(key, expected: "a list of steps: [{ percent: 10, for: \"30s\" }]") {
                if case .list(let items) = $0 { items } else { nil }
            } ?? []
        var steps: [CanaryStep] = []
        for (index, item) in items.enumerated() {
            let name = "\(key)[\(index)]"
            guard let fields = item.fields else {
                refuse(name, found: item.found, expected: "a step: { percent: 10, for: \"30s\" }")
                continue
            }
            let isLast = index == items.count - 1
            let before = steps.last?.percent
            let step = nested(path: JSONOutline.path(path, key: name, isItem: true), fields: fields) {
                $0.canaryStep(after: before, isLast: isLast)
            }
            if let step { steps.append(step) }
        }
        return steps
    }

    private mutating func canaryStep(after before: Int?, isLast: Bool) -> CanaryStep? {
        let percent = integer("percent", in: 1...99)
        let duration = duration("for", atLeast: Self.shortestTimeout)
        if !has("percent") { refuse("percent", found: "nothing", expected: Self.percentage) }
        if !isLast, !has("for") {
            refuse("for", found: "nothing", expected: "a duration: only the last step may wait for `deployd promote`")
        }
        if let percent, let before, percent <= before {
            refuse("percent", found: "\(percent)", expected: "more than the \(before) of the step before")
        }
        return percent.map { CanaryStep(percent: $0, duration: duration) }
    }

    /// A canary is of use only where it can be taken back.
    mutating func refuseCanary(_ key: String, of manifest: Manifest) {
        guard manifest.rollback == .never, !manifest.canary.isEmpty else { return }
        refuse(
            key, found: "steps together with rollback: \"never\"",
            expected: "one of them: a canary is useful only if it can be rolled back")
    }
}
