internal import DeployCore

extension ObjectReader {
    /// The shortest time between two looks or probes of a watch: the master has other things to do as well.
    private static let shortestInterval = Duration.milliseconds(10)

    /// Reads `watch`: a duration alone, or an object of what counts as evidence; `false` in it turns a kind off.
    mutating func watch(_ key: String) -> Manifest.Watch {
        guard let value = value(key), value.fields == nil else { return object(key) { $0.watch() } }
        var watch = nested(path: JSONOutline.path(path, key: key), fields: [:]) { $0.watch() }
        watch.duration = duration(key) ?? watch.duration
        return watch
    }

    private mutating func watch() -> Manifest.Watch {
        var watch = Manifest.Watch()
        let evidence = watch.evidence
        watch.duration = duration("for") ?? watch.duration
        watch.evidence.interval = duration("interval", atLeast: Self.shortestInterval) ?? evidence.interval
        watch.evidence.errors = part("errors") { $0.errors() }
        watch.evidence.latency = part("latency") { $0.latency() }
        watch.evidence.queue = part("queue") { $0.queue() }
        watch.evidence.probes = part("probes") { $0.watchProbes() }
        var test = WatchTest()
        watch.test = hook("test", timeout: Defaults.testTimeout) { reader in
            test.interval = reader.duration("interval", atLeast: Self.shortestInterval) ?? test.interval
            test.count = reader.integer("count", in: 1...1000) ?? test.count
        }
        watch.evidence.test = watch.test.map { _ in test }
        if case .boolean(false) = value("hang") {
            watch.evidence.hang = nil
        } else {
            watch.evidence.hang = duration("hang", atLeast: Self.shortestTimeout) ?? evidence.hang
        }
        return watch
    }

    /// An object, or `false`, which is nil.
    private mutating func part<Value>(_ key: String, _ body: (inout ObjectReader) -> Value) -> Value? {
        switch value(key) {
        case .boolean(false):
            _ = nested(path: JSONOutline.path(path, key: key), fields: [:], body)
            return nil
        case nil, .object:
            return object(key, body)
        case .some(let other):
            refuse(key, found: other.found, expected: "an object: { … }, or false")
            return nested(path: JSONOutline.path(path, key: key), fields: [:], body)
        }
    }

    private mutating func errors() -> ErrorLimit {
        var limit = ErrorLimit()
        limit.points =
            read("points", expected: "a number of percentage points, from 0 to 100") {
                switch $0 {
                case .integer(let number) where (0...100).contains(number): Double(number)
                case .number(let number) where (0...100).contains(number): number
                default: nil
                }
            } ?? limit.points
        limit.answers = integer("answers", in: 1...1_000_000) ?? limit.answers
        limit.count = integer("count", in: 1...1_000_000) ?? limit.count
        return limit
    }

    private mutating func latency() -> LatencyLimit {
        var limit = LatencyLimit()
        limit.factor = integer("factor", in: 1...1000) ?? limit.factor
        limit.above = duration("above") ?? limit.above
        limit.answers = integer("answers", in: 1...1_000_000) ?? limit.answers
        return limit
    }

    private mutating func queue() -> QueueLimit {
        var limit = QueueLimit()
        limit.length = integer("length", in: 1...65_536) ?? limit.length
        limit.lasting = duration("for") ?? limit.lasting
        return limit
    }

    private mutating func watchProbes() -> WatchProbes {
        var probes = WatchProbes()
        probes.interval = duration("interval", atLeast: Self.shortestInterval) ?? probes.interval
        probes.count = integer("count", in: 1...1000) ?? probes.count
        return probes
    }
}
