/// What one client, and all of them together, may take of the master. Together they bound its memory for control to
/// about `maxClients * (maxRequestBytes + maxQueuedBytes)`, and only clients that may control it can use that up.
package enum ControlLimits {
    /// Connections at a time; further ones are told so and closed.
    package static let maxClients = 64
    /// The longest request line, its newline not counted: a page of maintenance may be in it.
    package static let maxRequestBytes = 2 * MaintenanceTerms.maxPageBytes + 64 * 1024
    /// Request lines on one connection: the request, and the cancels that may follow.
    package static let maxRequestsPerClient = 16
    /// From the connection, or the first byte of a later line, to the line's end.
    package static let requestDeadline: Duration = .seconds(5)
    /// Bytes that wait for a client that does not read. Beyond that, a deploy's events are left out and counted.
    package static let maxQueuedBytes = 256 * 1024
    /// The part of `maxQueuedBytes` that only the last event may use, so that a slow reader still learns the outcome.
    package static let reservedForLastEvent = 32 * 1024
    /// A client that has not read a byte for so long, while bytes wait for it, is dropped.
    package static let readDeadline: Duration = .seconds(30)
    /// The pause in accepting after the process ran out of descriptors or memory.
    package static let acceptPause: Duration = .seconds(1)
    /// Connections accepted in one turn of the loop; the others wait for the next.
    package static let maxAcceptsPerTurn = 16
    /// Bytes read from one client in one turn of the loop.
    package static let maxReadPerTurn = 16 * 1024
    /// Bytes given to the kernel by one call.
    package static let maxWritePerCall = 64 * 1024
    /// Connections that may wait to be accepted.
    package static let backlog = 64
}
