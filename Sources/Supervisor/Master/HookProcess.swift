internal import Linux

/// A hook as the master holds it: the process that was started, and what is left of its session when that one has ended.
final class HookProcess {
    let kind: HookKind
    let generation: GenerationNumber
    let output: HookOutput
    /// The leader of its session and process group.
    let pid: Int32
    /// The processes that are waited for, by the serial number of their token.
    private(set) var processes: [UInt64: ProcessBox] = [:]
    private var order: Socket?
    private var end: WorkerEnd = .unobserved

    /// Starts the launch step, which waits for its order.
    init(_ kind: HookKind, _ generation: GenerationNumber, output: HookOutput, serial: UInt64) throws(SystemError) {
        self.kind = kind
        self.generation = generation
        self.output = output
        let ends = try SocketPair(.stream).ends()
        let ours = Socket(adopting: FileDescriptor(owning: ends.first))
        let theirs = Socket(adopting: FileDescriptor(owning: ends.second))
        let null = try Files.open("/dev/null")
        pid = try spawn(
            SpawnRequest(
                executable: "/proc/self/exe", arguments: ["deployd", LaunchStep.verb, "3"], environment: [],
                descriptors: [
                    (null.number, 0), (output.fileNumber, 1), (output.fileNumber, 2), (theirs.number, 3),
                ]))
        order = consume ours
        processes[serial] = ProcessBox(try ProcessDescriptor(pid: pid))
    }

    /// Takes over what is left of a hook that an earlier master started; nil when nothing is.
    init?(
        adopting hook: DurableHook, of generation: GenerationNumber, output path: String, serial: () -> UInt64
    ) {
        guard let identity = hook.process else { return nil }
        let started = ThisProcess.startTime(of: identity.pid)
        // The number is another's: then the kernel had nobody left in the session either.
        if let started, started != identity.startTime { return nil }
        kind = hook.kind
        self.generation = generation
        pid = identity.pid
        guard let output = try? HookOutput(path, isNew: false) else { return nil }
        self.output = output
        watchMembers(serial)
        if processes.isEmpty { return nil }
    }

    /// Lets the launch step become the hook.
    func launch(_ launchOrder: LaunchOrder) throws(SystemError) {
        var rest = launchOrder.bytes[...]
        while !rest.isEmpty {
            switch try order?.send(Array(rest)) {
            case .bytes(let count): rest = rest.dropFirst(count)
            case .wouldBlock, nil:
                throw SystemError(call: "send", errno: .noBuffers, subject: "the launch order of \(rest.count) bytes")
            }
        }
        try order?.shutdown(.write)
    }

    /// Sends a signal to all of it.
    func signal(_ signal: Signal) {
        ThisProcess.signalGroup(pid, signal)
        for member in Sessions.members(of: pid) where member != pid {
            _ = try? ProcessDescriptor(pid: member).send(signal)
        }
        for process in processes.values { _ = try? process.process.send(signal) }
    }

    /// A process that was waited for has ended. What is left of the session is killed: a hook is over when its command
    /// is. True: nothing is left.
    func ended(_ serial: UInt64, next: () -> UInt64) -> Bool {
        guard let ended = processes[serial] else { return false }
        let isOurs = order != nil
        if isOurs {
            // Before the reaping, so that the group's number is still its own.
            signal(.kill)
            if let status = try? ended.process.reap() { end = WorkerEnd(status, launchFailure: launchFailure()) }
            order = nil
        }
        processes[serial] = nil
        guard processes.isEmpty else { return false }
        watchMembers(next)
        for process in processes.values { _ = try? process.process.send(.kill) }
        return processes.isEmpty
    }

    /// How it ended.
    var result: WorkerEnd { end }

    private func watchMembers(_ serial: () -> UInt64) {
        for member in Sessions.members(of: pid) {
            if let process = try? ProcessDescriptor(pid: member) { processes[serial()] = ProcessBox(process) }
        }
    }

    private func launchFailure() -> String? {
        var room = [UInt8](repeating: 0, count: 1024)
        guard case .bytes(let count) = try? order?.receive(into: &room), count > 0 else { return nil }
        return String(decoding: room.prefix(count), as: UTF8.self)
    }
}

extension WorkerEnd {
    /// How a child ended; `launchFailure`: what the launch step could not do.
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
