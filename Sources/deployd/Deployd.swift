internal import Linux
internal import Supervisor

/// The command. Its first argument is the verb; `VerbTable` knows them all.
@main
enum Deployd {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        runHidden(arguments)
        Signal.ignorePipe()
        Signal.ignoreFileSizeLimit()
        do throws(CommandError) {
            exit(try run(arguments))
        } catch {
            for line in error.lines { StandardError.line(line) }
            exit(error.exitCode)
        }
    }

    /// The verbs by which the master, units and shells call this executable; they are for nobody else. First of all, since the
    /// launch step is on the way of every worker.
    private static func runHidden(_ arguments: [String]) {
        switch arguments.first {
        case LaunchStep.verb?:
            guard let number = arguments.dropFirst().first.flatMap({ Int32($0) }) else { exit(.usage) }
            LaunchStep.run(socketNumber: number)
        case Keeper.verb?:
            guard let number = arguments.dropFirst().first.flatMap({ Int32($0) }) else { exit(.usage) }
            Keeper.run(socketNumber: number, service: Array(arguments.dropFirst(3)))
        case ServiceStop.verb?: exit(ServiceStop.run(Array(arguments.dropFirst())))
        case ServiceEnd.verb?: exit(ServiceEnd.run(Array(arguments.dropFirst())))
        case Completion.verb?:
            Signal.ignorePipe()
            exit(Completion.run(Array(arguments.dropFirst())))
        case WebServer.verb?:
            ThisProcess.setName("deployd-web")
            WebServer.run()
        case MaintenanceStep.verb?:
            ThisProcess.setName("deployd-maint")
            MaintenanceServer.run()
        case PruneStep.verb?:
            ThisProcess.setName("deployd-prune")
            ThisProcess.exit(PruneStep.run(Array(arguments.dropFirst())))
        case RemovalStep.verb?:
            ThisProcess.setName("deployd-remove")
            ThisProcess.exit(RemovalStep.run(Array(arguments.dropFirst())))
        default: return
        }
    }

    /// Reads the arguments and does what they say.
    static func run(_ arguments: [String]) throws(CommandError) -> ExitCode {
        if arguments.first == TrialRun.verb { return try Trial.run(arguments) }
        let invocation = try ArgumentParser(VerbTable.verbs).parse(arguments)
        guard !invocation.has(Option.help.name) else {
            StandardOutput.write(HelpText.forStandardOutput().page(for: invocation.verb))
            return .done
        }
        do throws(CommandError) {
            // (What init writes need not be there.)
            let needsNone = [HelpVerb.verb, InitVerb.verb].map(\.name)
            if !needsNone.contains(invocation.verb.name) { try Installation.check(invocation) }
            Installation.tellFile(invocation)
            return try invocation.verb.run(invocation)
        } catch {
            throw error.completed(by: invocation.advice)
        }
    }

    private static func exit(_ code: ExitCode) -> Never {
        if code == .done, let failure = StandardOutput.failure {
            StandardError.line("deployd: \(failure)")
            ThisProcess.exit(ExitCode.noOutput.rawValue)
        }
        ThisProcess.exit(code.rawValue)
    }
}
