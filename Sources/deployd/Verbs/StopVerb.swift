internal import Linux
internal import Supervisor

/// `deployd stop`: the end of the master and of everything that it serves.
enum StopVerb {
    private static let now = Option(name: "--now", help: "end the workers at once, whatever they are doing")

    static let verb = Verb(
        name: "stop", options: [now],
        synonyms: ["down", "kill", "quit", "shutdown"],
        summary: "drain all workers and end the master",
        details: """
            No new connection is accepted; workers finish what they have, within the drain deadlines of their release; then
            the master ends. The command waits for that, and says what it is waiting for. Ctrl-C leaves; the master still
            stops. If the master was killed, the command ends what it left.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        let installation = try Installation(invocation)
        let atOnce = invocation.has(now.name)
        var client: ControlClient
        do throws(CommandError) { client = try installation.connect() } catch {
            guard error.exitCode == .noMaster, let leftovers = installation.leftovers else { throw error }
            // By the state, so the file may have any mistake; who wrote it wants to know.
            for problem in installation.problems {
                StandardError.line("deployd: warning: \(invocation.advice.completed("\(problem)"))", .warning)
            }
            StandardOutput.write("\(leftovers.description): ending it\n")
            return end(installation, atOnce: atOnce)
        }
        // By whom the kernel says that is, so that a master in a container is found too, and opened before the request, so
        // that it is this master's end which is waited for, whoever gets its pid later. It is 0 out of our sight.
        let pid = client.masterPid
        let master: ProcessDescriptor?
        if pid == 0 { master = nil } else { master = try? ProcessDescriptor(pid: pid) }
        let before = LaneHolders.sockets(of: installation.configuration)
        let request = ControlRequest(.stop, now: atOnce ? true : nil)
        do throws(ControlError) {
            try client.send(request)
            if let code = try follow(&client, invocation.advice) { return code }
        } catch .ended {
            // The master may be gone before its last word is out.
        } catch {
            throw CommandError(unknownOutcomeOf: "stop", error)
        }
        if let master { _ = try? Poll.readable(master.number, timeout: nil) }
        if pid == 0 {
            // It was in a container, and so were its addresses.
            StandardOutput.write("stopped\n")
            return .done
        }
        return conclude(installation, "stopped (master \(pid) is gone)", before)
    }

    /// Says that all is stopped, unless somebody still holds an address: then who does, and what to type.
    ///
    /// - Parameter before: the sockets that listened there before the end.
    private static func conclude(_ installation: Installation, _ word: String, _ before: Set<UInt64>) -> ExitCode {
        let left = LaneHolders.left(of: installation.configuration)
        guard !left.isEmpty else {
            StandardOutput.write("\(word)\n")
            return .done
        }
        // Another program waited for the address, and has it now.
        guard left.workers.count + left.keepers.count > 0 || left.hold(anyOf: before) else {
            StandardOutput.write("\(word); \(left.places) is taken by \(left.all.names) now\n")
            return .done
        }
        let others = left.otherDeployds.map { "\($0.description) has it, too: \($0.remedy)" }
        let remedies = [remedy(deployd: left), remedy(strangers: left.programs)].compactMap(\.self) + others
        StandardError.line(
            "deployd: stop: the master is gone, but \(left.places) is still held by \(left.all.names); "
                + remedies.joined(separator: "; "))
        return .refused
    }

    private static func remedy(deployd left: LaneHolders) -> String? {
        let own = left.all.filter { $0.kind != .stranger }
        guard !own.isEmpty else { return nil }
        return "`deployd stop` again ends what deployd started; if it does not, `\(own.command)`"
    }

    private static func remedy(strangers: [LaneHolder]) -> String? {
        guard !strangers.isEmpty else { return nil }
        return "deployd did not start \(strangers.names) and does not end it: `\(strangers.command)`"
    }

    /// Ends what a master left that is no more.
    static func end(_ installation: Installation, atOnce: Bool) -> ExitCode {
        let before = LaneHolders.sockets(of: installation.configuration)
        let code = MasterProcess.run(
            installation.configuration, installation.surroundings, release: nil, purpose: .end(atOnce: atOnce))
        return code == 0 ? conclude(installation, "stopped", before) : ExitCode(number: Int(code))
    }

    /// Shows what the master says on its way; gives an exit code when it does not stop.
    private static func follow(
        _ client: inout ControlClient, _ advice: CommandAdvice
    ) throws(ControlError) -> ExitCode? {
        while true {
            guard case .event(let event) = try client.next(timeout: nil) else { continue }
            switch event {
            case .note(let text): StandardOutput.write("\(advice.completed(ForeignText.line(text)))\n")
            case .error(let error):
                StandardError.line("deployd: stop: \(advice.completed(ForeignText.line(error.message)))")
                return ExitCode(number: error.exitCode)
            case .done(let done):
                guard done.exitCode != 0 else { return nil }
                StandardError.line("deployd: stop: \(advice.completed(ForeignText.line(done.message)))")
                return ExitCode(number: done.exitCode)
            case .queued, .started, .step, .output, .probe, .seen, .status, .version, .unrecognised: continue
            }
        }
    }
}
