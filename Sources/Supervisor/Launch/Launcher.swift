internal import Linux

/// Completes orders with what every process that the master starts gets.
final class Launcher {
    private let directory: StateDirectory
    private let log: MasterLog
    /// The limit of open files that this process was started with, and that its children get.
    var softFiles: UInt64?

    init(_ directory: StateDirectory, _ log: MasterLog) {
        self.directory = directory
        self.log = log
    }

    /// The order, with further variables, and with a home for a user who has none that he can write to.
    func complete(_ order: LaunchOrder, _ variables: [(String, String)] = []) -> LaunchOrder {
        var order = order
        order.softFiles = softFiles
        order.environment += variables.map { "\($0)=\($1)" }
        giveHome(to: &order)
        return order
    }

    /// Without a home the process is started all the same.
    private func giveHome(to order: inout LaunchOrder) {
        do { try order.giveHome(in: directory) } catch {
            log("no home directory for user \(order.account?.uid ?? ThisProcess.uid): \(error)", .warning)
        }
    }
}
