internal import DeployCore

extension Manifest.Watch {
    /// The shortest time between two looks or probes of a watch: the master has other things to do as well.
    fileprivate static let shortestInterval = Duration.milliseconds(10)

    /// Reads `watch`: a duration alone, or an object of what counts as evidence; `false` in it turns a kind off.
    static func read(_ key: String, from reader: inout ObjectReader) -> Self {
        guard let value = reader.value(key), value.fields == nil else {
            return reader.object(key) { Self(reading: &$0) }
        }
        var watch = reader.nested(key, fields: [:]) { Self(reading: &$0) }
        watch.duration = reader.duration(key) ?? watch.duration
        return watch
    }

    private init(reading reader: inout ObjectReader) {
        duration = reader.duration("for") ?? duration
        evidence.alpha =
            reader.read("alpha", expected: "a probability, from 0.000001 to 0.5") {
                if case .number(let number) = $0, (0.000001...0.5).contains(number) { number } else { nil }
            } ?? evidence.alpha
        evidence.leastAnswers = reader.integer("answers", in: 1...1_000_000_000)
        evidence.atMost = reader.duration("atMost", atLeast: duration) ?? max(evidence.atMost, duration)
        evidence.interval = reader.duration("interval", atLeast: Self.shortestInterval) ?? evidence.interval
        evidence.errors = reader.objectOrFalse("errors") { ErrorLimit(reading: &$0) }
        evidence.latency = reader.objectOrFalse("latency") { LatencyLimit(reading: &$0) }
        evidence.queue = reader.objectOrFalse("queue") { QueueLimit(reading: &$0) }
        evidence.probes = reader.objectOrFalse("probes") { WatchProbes(reading: &$0) }
        var pace = WatchTest()
        test = Manifest.Hook.read("test", timeout: Defaults.testTimeout, from: &reader) { reader in
            pace.interval = reader.duration("interval", atLeast: Self.shortestInterval) ?? pace.interval
            pace.count = reader.integer("count", in: 1...1000) ?? pace.count
        }
        evidence.test = test.map { _ in pace }
        if case .boolean(false) = reader.value("hang") {
            evidence.hang = nil
        } else {
            evidence.hang = reader.timeout("hang") ?? evidence.hang
        }
    }
}

extension ErrorLimit {
    fileprivate init(reading reader: inout ObjectReader) {
        self.init()
        let points: Double? =
            reader.read("points", expected: "a number of percentage points, from 0 to 100") {
                switch $0 {
                case .integer(let number) where (0...100).contains(number): Double(number)
                case .number(let number) where (0...100).contains(number): number
                default: nil
                }
            }
        answers = reader.integer("answers", in: 1...1_000_000)
        count = reader.integer("count", in: 1...1_000_000)
        self.points = points ?? (isFixed ? Self.thresholds.points : self.points)
    }
}

extension LatencyLimit {
    fileprivate init(reading reader: inout ObjectReader) {
        self.init()
        factor = reader.integer("factor", in: 1...1000) ?? factor
        above = reader.duration("above") ?? above
        answers = reader.integer("answers", in: 1...1_000_000)
    }
}

extension QueueLimit {
    fileprivate init(reading reader: inout ObjectReader) {
        self.init()
        length = reader.integer("length", in: 1...65_536) ?? length
        lasting = reader.duration("for") ?? lasting
    }
}

extension WatchProbes {
    fileprivate init(reading reader: inout ObjectReader) {
        self.init()
        interval = reader.duration("interval", atLeast: Manifest.Watch.shortestInterval) ?? interval
        count = reader.integer("count", in: 1...1000) ?? count
    }
}
