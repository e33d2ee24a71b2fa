/// Maintenance that is on, as `status` tells it.
package struct MaintenanceReport: Codable, Equatable, Sendable {
    /// RFC 3339, UTC.
    package var since: String
    /// The name of the user who turned it on.
    package var user: String
    /// Addresses and networks that get the site; absent: none does.
    package var allow: [String]?
    package var retryAfterSeconds: Int
    /// The size of the page, in bytes; absent: it is deployd's own.
    package var pageBytes: Int?
    /// Whether the worker that answers is ready: until then users wait.
    package var ready: Bool
}

extension Maintenance {
    /// What is on; nil: nothing is, or it is about to be.
    var report: MaintenanceReport? {
        guard let order, !isOpening else { return nil }
        return MaintenanceReport(
            since: order.since, user: order.user, allow: order.allowed.isEmpty ? nil : order.allowed,
            retryAfterSeconds: order.retryAfter, pageBytes: order.page?.utf8.count, ready: isReady)
    }
}

extension ProblemReport {
    init(of maintenance: MaintenanceReport) {
        let letIn = (maintenance.allow ?? []).joined(separator: ", ")
        self.init(
            "maintenance is on since \(maintenance.since) (\(maintenance.user)): users get 503"
                + (letIn.isEmpty ? "" : ", but for \(letIn)")
                + (maintenance.ready ? "" : "; the worker that answers them is not ready, and they wait"),
            advice: "`deployd maintenance off` ends it")
    }
}
