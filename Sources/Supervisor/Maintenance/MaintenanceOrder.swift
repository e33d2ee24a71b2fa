internal import FoundationEssentials
internal import Linux

/// Maintenance that is on: what its worker serves, and what the next master goes by. As long as the file is in the state directory
/// maintenance is on, whoever is killed, stopped or upgraded.
package struct MaintenanceOrder: Codable, Equatable, Sendable {
    /// The moment at which it was asked for: RFC 3339, UTC.
    package var since: String
    /// The name of the user who did.
    package var user: String
    /// The page, HTML; nil: deployd's own.
    package var page: String?
    /// Networks that are let in, as ``IPNetwork`` reads them.
    package var allowed: [String]
    /// The value of Retry-After, in seconds.
    package var retryAfter: Int

    /// More than any can have: in JSON a byte of a page takes six at most.
    private static let maxBytes = 6 * MaintenanceTerms.maxPageBytes + 65536

    init(_ terms: MaintenanceTerms, by who: HistoryRecord.Who) {
        since = WallClock.text(WallClock.now())
        user = who.user
        page = terms.page
        allowed = terms.allowed.map(\.description)
        retryAfter = terms.retryAfter
    }

    /// For a file that cannot be read: users stay out.
    fileprivate init(unreadableSince moment: Duration) {
        since = WallClock.text(moment)
        user = "?"
        page = nil
        allowed = []
        retryAfter = Defaults.retryAfter
    }

    /// The page that users get.
    package var html: String { page ?? MaintenancePage.html }

    /// What the listeners go by.
    var closure: Closure {
        Closure(allowed: allowed.prefix(Closure.mostNetworks).compactMap { IPNetwork($0) })
    }

    /// Reads what a worker of maintenance was given as its standard input; nil for anything else.
    package static func given() -> MaintenanceOrder? {
        let file = FileDescriptor(owning: 0)
        let bytes = try? file.read(at: 0, count: maxBytes)
        _ = file.release()
        return try? JSONDecoder().decode(MaintenanceOrder.self, from: Data(bytes ?? []))
    }

    /// As it is written down, and given to a worker.
    var bytes: [UInt8] { JSONLine.bytes(self) }
}

extension StateDirectory {
    /// Is there while maintenance is on.
    private var maintenance: String { "\(root)/maintenance.json" }

    /// Turns maintenance on for this master and the next ones.
    func write(_ order: MaintenanceOrder) throws(SystemError) { try Files.replace(maintenance, with: order.bytes) }

    /// Turns it off for the next masters.
    func removeMaintenance() throws(SystemError) {
        try Files.unlink(maintenance)
        try Files.synchronizeDirectory(root)
    }

    /// What was turned on; nil: it is off. A file that cannot be read keeps users out all the same: somebody wanted that.
    func readMaintenance() -> MaintenanceOrder? {
        guard Files.kind(maintenance) != nil else { return nil }
        if let bytes = try? Files.read(maintenance),
            let order = try? JSONDecoder().decode(MaintenanceOrder.self, from: Data(bytes))
        {
            return order
        }
        StandardError.line(
            "deployd: \(maintenance) cannot be read: maintenance stays on, with deployd's own page and nobody let in; "
                + "`deployd maintenance on` writes it anew, `deployd maintenance off` removes it", .warning)
        return MaintenanceOrder(unreadableSince: (try? Files.status(maintenance))?.modified ?? WallClock.now())
    }
}
