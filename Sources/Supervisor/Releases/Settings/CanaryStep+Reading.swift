internal import DeployCore

extension CanaryStep {
    /// Reads a list of steps: ever larger shares, each for a while. Only the last may be without an end.
    static func list(_ key: String, from reader: inout ObjectReader) -> [CanaryStep] {
        let items = reader.read(key, expected: "a list of steps: [{ percent: 10, for: \"30s\" }]") { $0.items } ?? []
        var steps: [CanaryStep] = []
        for (index, item) in items.enumerated() {
            let name = "\(key)[\(index)]"
            guard let fields = item.fields else {
                reader.refuse(name, found: item.found, expected: "a step: { percent: 10, for: \"30s\" }")
                continue
            }
            let isLast = index == items.count - 1
            let before = steps.last?.percent
            let step = reader.nested(name, isItem: true, fields: fields) {
                CanaryStep(reading: &$0, after: before, isLast: isLast)
            }
            if let step { steps.append(step) }
        }
        return steps
    }

    private init?(reading reader: inout ObjectReader, after before: Int?, isLast: Bool) {
        let percent = reader.integer("percent", in: 1...99)
        let duration = reader.timeout("for")
        if !reader.has("percent") {
            reader.refuse("percent", found: "nothing", expected: "a whole number from 1 to 99")
        }
        if !isLast, !reader.has("for") {
            reader.refuse(
                "for", found: "nothing", expected: "a duration: only the last step may wait for `deployd promote`")
        }
        guard let percent else { return nil }
        if let before, percent <= before {
            reader.refuse("percent", found: "\(percent)", expected: "more than the \(before) of the step before")
        }
        self.init(percent: percent, duration: duration)
    }
}
