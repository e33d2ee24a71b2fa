/// A metric with all its samples, in the model that the text formats of Prometheus and OpenMetrics have in common.
struct MetricFamily: Equatable, Sendable {
    /// What the samples are.
    enum Kind: String, Sendable {
        /// A value that rises and falls.
        case gauge
        /// A sum that only rises; its samples' names end in `_total`.
        case counter
        /// Counts of what was at most so large, by the label `le`.
        case histogram
    }

    struct Label: Equatable, Sendable {
        let name: String
        let value: String

        init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    struct Sample: Equatable, Sendable {
        let labels: [Label]
        let value: Double
    }

    /// Without `_total` and `_bucket`. A unit is the end of it.
    let name: String
    let kind: Kind
    let help: String
    var samples: [Sample]

    /// A family without samples yet.
    init(_ name: String, _ help: String, _ kind: Kind = .gauge) {
        self.name = name
        self.kind = kind
        self.help = help
        samples = []
    }

    /// A gauge of one sample.
    init(_ name: String, _ help: String, value: Double, _ labels: [Label] = []) {
        self.init(name, help)
        add(value, labels)
    }

    mutating func add(_ value: Double, _ labels: [Label]) { samples.append(Sample(labels: labels, value: value)) }

    fileprivate var sampleName: String {
        switch kind {
        case .gauge: name
        case .counter: name + "_total"
        case .histogram: name + "_bucket"
        }
    }
}

/// The text of metrics: Prometheus' format 0.0.4, or OpenMetrics 1.0.
///
/// Source: prometheus.io, Exposition formats; OpenMetrics 1.0, sections "Text format" and "Metric types".
struct MetricsFormat: Equatable, Sendable {
    /// The value of Content-Type.
    let type: String
    private let isOpen: Bool

    static let prometheus = MetricsFormat(type: "text/plain; version=0.0.4; charset=utf-8", isOpen: false)
    static let openMetrics = MetricsFormat(
        type: "application/openmetrics-text; version=1.0.0; charset=utf-8", isOpen: true)

    /// The format that a scraper asks for.
    init(accept: String?) {
        self = accept?.contains("application/openmetrics-text") == true ? .openMetrics : .prometheus
    }

    private init(type: String, isOpen: Bool) {
        self.type = type
        self.isOpen = isOpen
    }

    /// The text of those that have samples.
    func text(_ families: [MetricFamily]) -> String {
        var text = ""
        for family in families where !family.samples.isEmpty {
            // What is described is the family in the one format, the series in the other.
            let name = isOpen || family.kind == .histogram ? family.name : family.sampleName
            text += "# HELP \(name) \(Self.escaped(family.help, quotes: isOpen))\n"
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for sample in family.samples {
                text += "\(family.sampleName)\(Self.text(sample.labels)) \(Self.text(sample.value))\n"
            }
        }
        return isOpen ? text + "# EOF\n" : text
    }

    private static func text(_ labels: [MetricFamily.Label]) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
    }

    /// Whole numbers without a fraction.
    private static func text(_ value: Double) -> String {
        guard let whole = Int(exactly: value), abs(whole) < 1 << 53 else { return value.isFinite ? "\(value)" : "+Inf" }
        return "\(whole)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
