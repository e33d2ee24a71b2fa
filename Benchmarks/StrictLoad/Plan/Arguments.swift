import Linux

/// Why the arguments make no plan.
package struct UsageError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// The command line: a plan, and where its report goes.
package struct Arguments: Equatable, Sendable {
    package var plan: LoadPlan
    /// Whether the report is one JSON object.
    package var wantsJSON = false
    /// Where the list of versions is written, as CSV.
    package var versionsPath: String?
    /// Whether `--help` was asked for; then nothing else counts.
    package var wantsHelp = false

    private var thinkIsGiven = false
    private var allowsCycle = false

    /// Reads the arguments behind the program's name.
    package init(_ words: [String]) throws(UsageError) {
        var rest = words[...]
        var options: [(name: String, value: String)] = []
        var addresses: [String] = []
        while let word = rest.popFirst() {
            guard word.hasPrefix("--") else {
                addresses.append(word)
                continue
            }
            options.append((word, try Self.value(of: word, &rest)))
        }
        wantsHelp = options.contains { $0.name == "--help" }
        plan = try Self.plan(for: wantsHelp ? ["127.0.0.1:80"] : addresses)
        for option in options { try take(option.name, option.value) }
        try settle()
    }

    private static let flags: Set = [
        "--json", "--monotonic", "--allow-cycle", "--allow-idle-close", "--stop-at-failure", "--help",
    ]

    private static func value(of word: String, _ rest: inout ArraySlice<String>) throws(UsageError) -> String {
        if flags.contains(word) { return "" }
        guard let value = rest.popFirst() else { throw UsageError("\(word): a value must follow") }
        return value
    }

    private static func plan(for addresses: [String]) throws(UsageError) -> LoadPlan {
        guard addresses.count == 1, let text = addresses.first else {
            throw UsageError("one address is needed, such as 127.0.0.1:8080 or unix:run/web.sock")
        }
        guard let address = SocketAddress(parsing: text) else {
            throw UsageError("\(text): not an address; expected 127.0.0.1:8080, [::1]:8080 or unix:PATH")
        }
        return LoadPlan(address: address)
    }

    private mutating func take(_ name: String, _ value: String) throws(UsageError) {
        switch name {
        case "--json": wantsJSON = true
        case "--monotonic": plan.isMonotonic = true
        case "--allow-cycle": allowsCycle = true
        case "--allow-idle-close": plan.allowsIdleClose = true
        case "--stop-at-failure": plan.stopsAtFailure = true
        case "--help": wantsHelp = true
        case "--versions": versionsPath = value
        case "--path": plan.path = try Quantity.visible(name, value)
        case "--host": plan.host = try Quantity.visible(name, value)
        case "--expect-status": plan.expectedStatus = try Quantity.statuses(name, value)
        case "--expect-body-any", "--expect-body": plan.expectedBodies.append(try Quantity.body(name, value))
        case "--source": try takeSource(name, value)
        case "--mode": try takeMode(value)
        default: try takeQuantity(name, value)
        }
    }

    private mutating func takeQuantity(_ name: String, _ value: String) throws(UsageError) {
        switch name {
        case "--connections": plan.connections = try Quantity.count(name, value, 1...100_000)
        case "--requests": plan.requests = try Quantity.count(name, value, 1...Int.max)
        case "--rate": plan.rate = try Quantity.count(name, value, 1...10_000_000)
        case "--body-bytes": plan.bodyByteCount = try Quantity.count(name, value, 32...1_048_576)
        case "--seed": plan.seed = UInt64(try Quantity.count(name, value, 0...Int.max))
        case "--duration": plan.duration = try Quantity.time(name, value)
        case "--timeout": plan.timeout = try Quantity.time(name, value)
        case "--pause": plan.pause = try Quantity.time(name, value)
        case "--think":
            plan.think = try Quantity.times(name, value)
            thinkIsGiven = true
        default: throw UsageError("\(name): no such option; --help lists them")
        }
    }

    private mutating func takeMode(_ value: String) throws(UsageError) {
        guard let mode = LoadPlan.Mode(rawValue: value) else {
            let known = LoadPlan.Mode.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("--mode \(value): expected one of \(known)")
        }
        plan.mode = mode
        if mode == .post, plan.path == "/version" { plan.path = "/echo" }
    }

    private mutating func takeSource(_ name: String, _ value: String) throws(UsageError) {
        if plan.sources == LoadPlan.loopbackSources(for: plan.address) { plan.sources = [] }
        if value != "any" { plan.sources += try SourceRange.parse(name, value) }
    }

    /// What depends on several options.
    private mutating func settle() throws(UsageError) {
        if plan.mode == .idle, !thinkIsGiven { plan.think = 0...5_000_000_000 }
        if allowsCycle { plan.isMonotonic = false }
        if let other = plan.sources.first(where: { $0.family != plan.address.family }) {
            throw UsageError("--source \(other): not of the same kind as \(plan.address)")
        }
    }
}
