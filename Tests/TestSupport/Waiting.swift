internal import Linux

/// A condition that did not come true in time.
package struct DeadlinePassed: Error, CustomStringConvertible {
    /// What was waited for, for how long, and where.
    package let description: String
}

/// Waits until `condition` holds and throws when it does not within `limit`: the only way in which a test waits. The
/// condition is looked at every two milliseconds, on the calling thread.
package func wait(
    for what: String, upTo limit: Duration = .seconds(20), file: StaticString = #fileID, line: UInt = #line,
    until condition: () throws -> Bool
) throws {
    let deadline = MonotonicClock.now() + limit
    while try !condition() {
        guard MonotonicClock.now() < deadline else {
            throw DeadlinePassed(description: "\(file):\(line): waited \(limit) in vain for \(what)")
        }
        _ = try Poll.readable(anyOf: [], timeout: .milliseconds(2))
    }
}

/// The same for a value that is not there yet.
package func wait<Value>(
    for what: String, upTo limit: Duration = .seconds(20), file: StaticString = #fileID, line: UInt = #line,
    value: () throws -> Value?
) throws -> Value {
    var found: Value?
    try wait(for: what, upTo: limit, file: file, line: line) {
        found = try value()
        return found != nil
    }
    guard let found else { throw DeadlinePassed(description: "\(file):\(line): no value for \(what)") }
    return found
}
