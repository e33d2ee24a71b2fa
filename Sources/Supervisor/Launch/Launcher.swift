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

    /// Makes a directory that can take the place of the user's home, unless the process will not need one. Without it the
    /// process is started all the same.
    private func giveHome(to order: inout LaunchOrder) {
        guard let replaceable = order.replaceable, !replaceable.isEmpty else { return }
        let isOurs = order.account == nil || order.account?.uid == ThisProcess.uid
        if isOurs, replaceable.allSatisfy({ order.value(of: $0).map(Files.isWritable) ?? ($0 != "HOME") }) { return }
        let uid = order.account?.uid ?? ThisProcess.uid
        do { order.home = try directory.makeHome(of: uid, gid: order.account?.gid ?? ThisProcess.gid) } catch {
            log("no home directory for user \(uid): \(error)", .warning)
        }
    }
}
