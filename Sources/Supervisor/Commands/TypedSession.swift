internal import Linux

/// A typed command that runs, seen by the person who has typed it: his streams are its streams. In the place of his terminal it has
/// one of its own, so that what it leaves behind can neither read what he types afterwards nor type in his name.
package final class TypedSession {
    /// So much of what was typed is kept until the command reads it, in bytes.
    private static let maxTyped = 4096

    private let line: LaunchLine
    private let process: ProcessDescriptor
    private let signals: SignalDescriptor
    /// Our end of the command's terminal; nil: it has none.
    private let terminal: FileDescriptor?
    /// Its number.
    private let outer: CInt?
    private var typed: [UInt8] = []
    private var isInputOpen: Bool
    private var isTerminalOpen = true

    /// Starts it.
    package convenience init(_ command: TypedCommand) throws(TypedCommand.Refusal) {
        do throws(SystemError) { try self.init(starting: command.order) } catch {
            throw TypedCommand.Refusal(error.description)
        }
    }

    private init(starting complete: LaunchOrder) throws(SystemError) {
        signals = try SignalDescriptor([.int, .term, .hup, .quit, .usr1, .usr2, .winch])
        let terminals = StandardTerminals.numbers
        var order = complete
        let ends = try terminals.isEmpty ? nil : Self.makeTerminal(for: order.account)
        if ends != nil {
            order.takesTerminal = true
            if order.value(of: "TERM") == nil, let kind = ThisProcess.variable("TERM") { order.set([("TERM", kind)]) }
        }
        line = try LaunchLine(
            starting: ([0, 1, 2] as [CInt]).map { number in
                (source: terminals.contains(number) ? ends?.inner ?? number : number, target: number)
            }, number: 3)
        outer = ends?.outer
        terminal = ends.map { FileDescriptor(owning: $0.outer) }
        if let ends { _ = FileDescriptor(owning: ends.inner) }
        process = try ProcessDescriptor(pid: line.pid)
        isInputOpen = terminals.contains(0)
        try line.send(order)
    }

    private static func makeTerminal(
        for account: LaunchOrder.Account?
    ) throws(SystemError) -> (outer: CInt, inner: CInt) {
        let terminal = try PseudoTerminal()
        if let account { try terminal.inner.setOwner(uid: account.uid, gid: account.gid) }
        StandardTerminals.copySize(to: terminal.outer.number)
        return terminal.ends()
    }

    /// Passes on what is typed and printed, and signals, until the command has ended.
    ///
    /// - Returns: its exit code, or 128 and the number of the signal that killed it.
    /// - Throws: why it was not started.
    package func wait() throws(TypedCommand.Refusal) -> Int32 {
        let raw = isInputOpen ? RawTerminal.ofInput() : nil
        if raw == nil { isInputOpen = false }
        let end: ExitStatus
        do throws(SystemError) { end = try passUntilEnd() } catch {
            throw TypedCommand.Refusal("the command (pid \(line.pid)) runs, and cannot be waited for: \(error)")
        }
        // From here on what is printed goes to a terminal as it was.
        _ = consume raw
        if let reason = line.failure() { throw TypedCommand.Refusal(reason) }
        switch end {
        case .exited(let code): return Int32(code)
        case .signalled(let signal, _): return 128 + signal.rawValue
        }
    }

    private func passUntilEnd() throws(SystemError) -> ExitStatus {
        // poll(2) passes over descriptors below 0.
        let nothing: CInt = -1
        while true {
            let (outer, reads) = (isTerminalOpen ? self.outer : nil, isInputOpen && typed.count < Self.maxTyped)
            let ready = try Poll.ready(
                reading: [process.number, signals.number, outer ?? nothing, reads ? 0 : nothing],
                writing: typed.isEmpty ? nil : outer, timeout: nil)
            if ready.readable[2] { show() }
            if ready.readable[1] { try passSignals() }
            if ready.readable[3] { readTyped() }
            if ready.isWritable { passTyped() }
            guard ready.readable[0], let end = try process.reap() else { continue }
            while let outer, isTerminalOpen, try Poll.readable(outer, timeout: .zero) { show() }
            return end
        }
    }

    /// Shows what the command has printed on its terminal.
    private func show() {
        var room = [UInt8](repeating: 0, count: 16384)
        switch try? terminal?.read(into: &room) {
        case .bytes(let count) where count > 0: StandardTerminals.write(room.prefix(count))
        case .wouldBlock: break
        // EIO: nobody has the other end any more.
        case .bytes, nil:
            isTerminalOpen = false
            typed = []
        }
    }

    private func readTyped() {
        var room = [UInt8](repeating: 0, count: Self.maxTyped)
        guard let count = try? StandardInput.read(into: &room), count > 0 else { return isInputOpen = false }
        if isTerminalOpen { typed += room.prefix(count) }
        // Ctrl-C and Ctrl-\ are signals to what runs there, and a process that is stopped hears none.
        if room.prefix(count).contains(where: { $0 == 0x03 || $0 == 0x1c }) { goOn() }
    }

    private func passTyped() {
        guard case .bytes(let count)? = try? terminal?.write(typed) else { return }
        typed.removeFirst(count)
    }

    /// A signal is for all of the command's processes, as one from a terminal would be.
    private func passSignals() throws(SystemError) {
        while let received = try signals.read() {
            if received.signal == .winch {
                if let outer { StandardTerminals.copySize(to: outer) }
            } else if !ThisProcess.signalGroup(line.pid, received.signal) {
                // The launch step does not lead its group yet.
                try process.send(received.signal)
            }
            if received.signal != .winch { goOn() }
        }
    }

    /// Lets processes go on that somebody has stopped; the others hear nothing of it.
    private func goOn() {
        if !ThisProcess.signalGroup(line.pid, .cont) { _ = try? process.send(.cont) }
    }
}
