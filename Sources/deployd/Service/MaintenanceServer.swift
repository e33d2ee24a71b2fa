internal import Linux
internal import Supervisor
internal import WebWorker

/// What answers users while the site is under maintenance: a web worker with one answer for everything.
enum MaintenanceServer {
    /// Serves until it is told to stop. Without an order on its standard input it ends with 1.
    static func run() -> Never {
        guard let order = MaintenanceOrder.given() else {
            StandardError.line("deployd: \(MaintenanceStep.verb) is for the master, which starts it during maintenance")
            ThisProcess.exit(1)
        }
        application(order).run()
    }

    /// The application that answers every request with the order's page.
    static func application(_ order: MaintenanceOrder) -> Application {
        var application = Application()
        application.close(
            with: Response(status: .serviceUnavailable, html: order.html)
                .with("Retry-After", "\(order.retryAfter)").with("Cache-Control", "no-store"))
        return application
    }
}
