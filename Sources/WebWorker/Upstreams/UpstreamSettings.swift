/// Limits on connections to a server behind, and on its time.
public struct UpstreamSettings: Sendable, Equatable {
    /// The most connections of one worker, busy ones included; more requests wait.
    public var maxConnections = 256
    /// The most connections that one worker keeps without a request. A server that gives each connection a process of its
    /// own (php-fpm, gunicorn's sync workers) has as many fewer for others.
    public var maxKept = 128
    /// How long a connection is kept without a request. Shorter than the servers' own limits (2 s in gunicorn, 5 s in
    /// Node and uvicorn), so that it is seldom the server that closes.
    public var keptTimeout = Duration.milliseconds(1500)
    /// The most requests of one worker that wait for a connection; more are answered with 503.
    public var maxWaiting = 1024
    /// How long a request waits for a connection: over a restart of the server, say. Then 502 when none can be made, 504
    /// when it takes too long, 503 when all are busy.
    public var connectTimeout = Duration.seconds(5)
    /// The time in which the server may take none of a request, or less than 1 KiB a second; then 504.
    public var sendTimeout = Duration.seconds(30)
    /// The time from the end of the request to the end of the answer's head; then 504.
    public var answerTimeout = Duration.seconds(60)
    /// How long the server may send nothing more of an answer that it has begun, as an event stream does between two events;
    /// then the answer is broken off.
    public var streamTimeout = Duration.seconds(600)
    /// The longest silence of the server on a WebSocket, or another protocol after an upgrade.
    public var tunnelTimeout = Duration.seconds(3600)

    /// Whether the server gets a request only when all of its body is here, and its answer is taken as fast as it gives it,
    /// whatever the client's pace: in memory, then in a file. For servers that work on one request at a time, which slow
    /// clients would keep from all others.
    public var wholeBodies = false

    /// Settings with their defaults.
    public init() {}

    /// The defaults for FastCGI: as for HTTP, but no connection is kept, since each would keep a process of php-fpm from all
    /// other workers; and bodies are whole before the application is asked.
    public static var fastCGI: UpstreamSettings {
        var settings = UpstreamSettings()
        settings.maxKept = 0
        settings.wholeBodies = true
        return settings
    }

    var poolLimits: UpstreamPool.Limits {
        var limits = UpstreamPool.Limits()
        limits.maxConnections = max(1, maxConnections)
        limits.maxKept = max(0, maxKept)
        limits.maxWaiting = max(1, maxWaiting)
        return limits
    }
}
