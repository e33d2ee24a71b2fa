internal import Linux

// What hooks and tests have in common: a command in a session of its own.
extension Master {
    /// Waits for what the session prints, and for its end. On an error it is killed, and nobody waits for it.
    func watch(_ session: CommandSession, process: Token.Kind, output: Token.Kind) throws(SystemError) {
        do {
            try epoll.add(session.output.number, .readable, token: Token(output, nextSerial()).number)
            for serial in session.processes.keys { try watch(serial, of: session, process) }
        } catch {
            abandon(session)
            throw error
        }
    }

    private func watch(_ serial: UInt64, of session: CommandSession, _ kind: Token.Kind) throws(SystemError) {
        guard let process = session.processes[serial] else { return }
        try epoll.add(process.process.number, .readable, token: Token(kind, serial).number)
    }

    /// Kills a session that nobody waits for any more, and has its processes reaped.
    func abandon(_ session: CommandSession) {
        try? epoll.remove(session.output.number)
        session.signal(.kill)
        for process in session.processes.values {
            let token = Token(.helper, nextSerial())
            helpers[token.serial] = HelperProcess(adopting: process)
            if (try? epoll.add(process.process.number, .readable, token: token.number)) == nil {
                try? epoll.modify(process.process.number, .readable, token: token.number)
            }
        }
    }

    /// A process of the session has ended: the last lines that it printed, when nothing is left of it; else nil, and what
    /// was found still alive is waited for too.
    func ended(_ serial: UInt64, of session: CommandSession, _ kind: Token.Kind) -> [String]? {
        guard let process = session.processes[serial] else { return nil }
        try? epoll.remove(process.process.number)
        guard session.ended(serial, next: nextSerial) else {
            for serial in session.processes.keys { try? watch(serial, of: session, kind) }
            return nil
        }
        try? epoll.remove(session.output.number)
        return session.output.rest()
    }

    /// Writes lines of a command into its generation's log, each with what it is.
    func note(_ lines: [String], of command: String, _ generation: GenerationNumber) {
        logs.append(lines.map { "[\(command)] \($0)\n" }.joined(), to: generation)
    }

    /// A command may outlive its generation, whose log then waits for it.
    func closeLogIfGone(_ generation: GenerationNumber) {
        if machine.generation(generation) == nil { logs.close(generation) }
    }
}
