import Linux

/// One client: its socket, what it is doing with it, and the request and answer under way.
final class Client {
    /// Its place among the clients, from 0.
    let index: Int
    var script: ConnectionScript
    var parser: ResponseParser
    var socket: Socket?
    /// Counts sockets, so that an event of a closed one is told from one of its successor.
    var serial: UInt32 = 0
    /// What the answers on this socket were.
    var versions = VersionTimeline.Connection(opened: 0)
    /// The request's bytes, and which of them are still to be sent.
    var request: [UInt8]
    var unsent = 0..<0
    /// When the next request is due; with a rate it may have been due for long.
    var due: Nanoseconds = 0
    /// What the request's latency counts from.
    var begun: Nanoseconds = 0
    /// True once it asks no more.
    var isRetired = false

    init(index: Int, plan: LoadPlan, request: [UInt8], maxBodyBytes: Int) {
        self.index = index
        self.request = request
        script = ConnectionScript(mode: plan.mode, allowsIdleClose: plan.allowsIdleClose)
        parser = ResponseParser(maxBodyBytes: maxBodyBytes)
    }

    /// The token of this socket's events.
    var token: UInt64 { UInt64(serial) << 32 | UInt64(index) }
}
