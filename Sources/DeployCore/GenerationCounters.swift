/// What is counted outside the machine: by workers on their scoreboards, by the kernel in the lanes.
package struct GenerationCounters: Equatable, Sendable {
    /// Requests being answered; nil: nobody counts.
    package var requests: Int?
    /// Connections without a request.
    package var idle: Int?
    /// Upgraded connections.
    package var upgraded: Int?
    /// Connections that wait in the lanes; nil: unknown.
    package var queued: Int?

    package init(requests: Int? = nil, idle: Int? = nil, upgraded: Int? = nil, queued: Int? = nil) {
        self.requests = requests
        self.idle = idle
        self.upgraded = upgraded
        self.queued = queued
    }
}
