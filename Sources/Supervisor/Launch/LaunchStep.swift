internal import Handoff
internal import Linux

/// The short life between the master's posix_spawn and the worker's own program.
///
/// It is deployd itself in a fresh process with one thread, so here everything may be called that is forbidden between
/// fork and exec. Standard output and error are the generation's log already, the lanes are at 3 and above.
package enum LaunchStep {
    /// The hidden verb by which the master calls it; its argument is the number of the order's socket.
    package static let verb = "__launch"

    /// The exit code when the worker's program could not be started; the reason goes back through the order's socket.
    static let failed: Int32 = 126
    /// The exit code when the master vanished before it had said what to do.
    static let orphaned: Int32 = 125

    /// Waits for the order and becomes the worker.
    package static func run(socketNumber: Int32) -> Never {
        let socket = Socket(adopting: FileDescriptor(owning: socketNumber))
        guard let order = LaunchOrder(parsing: receiveAll(socket)) else { ThisProcess.exit(orphaned) }
        // From here on the order's socket must not reach the worker.
        try? closeOnExec(from: socketNumber)
        let reason = become(order)
        let start = ProgramStart(
            directory: order.directory, searchPath: order.value(of: "PATH") ?? Defaults.searchPath)
        let obstacle = reason.call == "execve" ? start.obstacle(to: order.executable) : nil
        _ = try? socket.send(Array((reason.description + (obstacle.map { ": \($0.text)" } ?? "")).utf8))
        ThisProcess.exit(failed)
    }

    private static func receiveAll(_ socket: borrowing Socket) -> [UInt8] {
        var order: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 65536)
        while true {
            do {
                switch try socket.receive(into: &room) {
                case .bytes(0): return order
                case .bytes(let count): order += room.prefix(count)
                case .wouldBlock: _ = try Poll.readable(socket.number, timeout: nil)
                }
            } catch {
                return []
            }
        }
    }

    private static func become(_ order: LaunchOrder) -> SystemError {
        do {
            try ThisProcess.newSession()
            if let mark = order.mark { _ = try Files.openForAppending(mark, mode: 0o600) }
            if order.takesTerminal == true { try ThisProcess.takeTerminal() }
            // Before anything that may take away the right to.
            if let group = order.group { try ControlGroup(path: group, root: "/").add(pid: 0) }
            // The master has raised it for itself.
            if let files = order.softFiles { try ResourceLimit.files.setSoft(files) }
            for limit in order.limits { try ResourceLimit(rawValue: limit.resource)?.set(limit.value) }
            if let account = order.account {
                // Where the kernel does not let us, the master puts steering right afterwards.
                try? ThisProcess.forbidChangingSteering()
                try ThisProcess.become(uid: account.uid, gid: account.gid, groups: account.groups)
            }
            if let mask = order.umask { ThisProcess.setMask(mask) }
            try ThisProcess.changeDirectory(order.directory)
        } catch {
            return error
        }
        var own = order
        // Who inherits sockets is told whose they are.
        if own.environment.contains(where: { $0.hasPrefix("\(Handoff.WorkerEnvironment.listenCount)=") }) {
            own.set([(Handoff.WorkerEnvironment.listenProcess, "\(ThisProcess.pid)")])
        }
        if own.environment.contains(where: { $0.hasPrefix("\(Handoff.WorkerEnvironment.watchdog)=") }) {
            own.set([(Handoff.WorkerEnvironment.watchdogProcess, "\(ThisProcess.pid)")])
        }
        own.findHome()
        return execute(own.executable, arguments: own.arguments, environment: own.environment)
    }
}
