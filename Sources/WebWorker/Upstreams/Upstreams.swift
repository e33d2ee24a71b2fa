/// The servers behind, and the connections to them by descriptor.
struct Upstreams {
    let servers: [Upstream]
    /// At least one connection came free in this turn.
    var areDue = false
    private var links: [UpstreamLink?] = []

    init(_ descriptions: [UpstreamDescription]) { servers = descriptions.map { Upstream($0) } }

    /// The link of a token, unless it is gone.
    func link(_ token: UInt64) -> UpstreamLink? {
        let index = Int(UInt32(truncatingIfNeeded: token))
        guard index < links.count, let link = links[index], link.token == token else { return nil }
        return link
    }

    mutating func add(_ link: UpstreamLink) {
        while links.count <= link.descriptorIndex { links.append(nil) }
        links[link.descriptorIndex] = link
    }

    mutating func remove(_ link: UpstreamLink) { links[link.descriptorIndex] = nil }

    /// The next time a pool may do something by itself; `Int64.max` for never.
    func nextDeadline(at now: Int64) -> Int64 {
        if areDue { return now }
        return servers.reduce(.max) { min($0, $1.nextDeadline(at: now) ?? .max) }
    }
}
