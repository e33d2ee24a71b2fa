internal import Linux

/// The configured time limits in whole milliseconds, the unit of the loop's clock.
struct TimeLimits: Equatable, Sendable {
    let head: Int64
    let body: Int64
    let idle: Int64
    let write: Int64
    let linger: Int64
    /// Bytes of a body that earn it another second.
    let bodyBytesPerSecond: Int64

    init(_ configuration: Configuration) {
        head = Int64(configuration.headTimeout.milliseconds)
        body = Int64(configuration.bodyTimeout.milliseconds)
        idle = Int64(configuration.idleTimeout.milliseconds)
        write = Int64(configuration.writeTimeout.milliseconds)
        linger = Int64(configuration.lingerTimeout.milliseconds)
        bodyBytesPerSecond = Int64(max(1, configuration.minBodyRate))
    }

    /// The deadline of a body that began at `since` and has `bytes` so far.
    func bodyDeadline(since: Int64, bytes: Int) -> Int64 { since + body + Int64(bytes) * 1000 / bodyBytesPerSecond }
}
