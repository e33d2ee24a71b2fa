internal import DeployCore
internal import Linux

/// A command of a release that is no worker, as the master holds it: the process that was started, and what is left of
/// its session when that one has ended.
class ProcessSession {
    let generation: GenerationNumber
    /// The leader of its session and process group.
    let pid: Int32
    /// The start time: with the pid, the identity of the process.
    private let startTime: UInt64
    var identity: ProcessIdentity { ProcessIdentity(pid: pid, startTime: startTime) }
    /// The processes that are waited for, by the serial number of their token.
    private(set) var processes: [UInt64: ProcessBox] = [:]
    /// Unobserved for a child of an earlier master.
    private(set) var end: WorkerEnd = .unobserved
    private var line: LaunchLine?

    /// Starts the launch step, which waits for its order.
    ///
    /// - Parameter output: the file to which it prints, lent.
    init(_ generation: GenerationNumber, printingTo output: CInt, serial: UInt64) throws(SystemError) {
        self.generation = generation
        let null = try Files.openNull()
        let line = try LaunchLine(
            starting: [(null.number, 0), (output, 1), (output, 2)], number: 3)
        self.line = line
        pid = line.pid
        startTime = ProcessStatus(of: line.pid)?.startTime ?? 0
        processes[serial] = ProcessBox(try ProcessDescriptor(pid: pid))
    }

    /// Takes over what is left of a command that an earlier master started; nil when nothing is.
    init?(adopting identity: ProcessIdentity, of generation: GenerationNumber, serial: () -> UInt64) {
        self.generation = generation
        pid = identity.pid
        startTime = identity.startTime
        watch(Sessions.members(of: pid, startedAt: identity.startTime), serial)
        if processes.isEmpty { return nil }
    }

    /// Lets the launch step become the command.
    func launch(_ order: LaunchOrder) throws(SystemError) {
        guard let line else { throw LaunchLine.missing }
        try line.send(order)
    }

    /// Sends a signal to all of it.
    func signal(_ signal: Signal) {
        // Only while the leader is ours to reap the group's number is surely its own.
        if line != nil { ThisProcess.signalGroup(pid, signal) }
        Sessions.signal(signal, to: Sessions.members(of: pid, startedAt: startTime).filter { $0 != pid })
        for process in processes.values { _ = try? process.process.send(signal) }
    }

    /// A process that was waited for has ended. What is left of the session is killed: it is over when its command is.
    /// True: nothing is left.
    func ended(_ serial: UInt64, next: () -> UInt64) -> Bool {
        guard let ended = processes[serial] else { return false }
        if let line {
            // Before the reaping, so that the group's number is still its own.
            signal(.kill)
            if let status = try? ended.process.reap() { end = WorkerEnd(status, launchFailure: line.failure()) }
            self.line = nil
        } else if ended.process.pid == pid, let status = try? ended.process.reap() {
            // (A child that this process had before it became this program.)
            end = WorkerEnd(status, launchFailure: nil)
        }
        processes[serial] = nil
        guard processes.isEmpty else { return false }
        watch(Sessions.members(of: pid, startedAt: startTime), next)
        for process in processes.values { _ = try? process.process.send(.kill) }
        return processes.isEmpty
    }

    private func watch(_ members: [Int32], _ serial: () -> UInt64) {
        for member in members {
            if let process = try? ProcessDescriptor(pid: member) { processes[serial()] = ProcessBox(process) }
        }
    }
}

extension WorkerEnd {
    /// The end of a child; `launchFailure` is the launch step's.
    init(_ status: ExitStatus, launchFailure: String?) {
        if let launchFailure {
            self = .notLaunched(reason: launchFailure)
        } else {
            switch status {
            case .exited(let code): self = .exited(code: code)
            case .signalled(let signal, let dumped):
                self = .signalled(name: signal.description, dumpedCore: dumped)
            }
        }
    }
}
