import Linux
import StrictLoad

/// The command `strict-load`: reads the arguments, runs, reports. Exit codes: 0 nothing failed and something was
/// answered, 1 otherwise, 64 usage, 71 the system refused what the run needs.
@main
enum StrictLoadCommand {
    static func main() {
        let arguments: Arguments
        do {
            arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
        } catch {
            StandardError.line("strict-load: \(error)\n\(usage)")
            ThisProcess.exit(64)
        }
        if arguments.wantsHelp {
            StandardOutput.write(usage + "\n")
            ThisProcess.exit(0)
        }
        do {
            let report = try run(arguments)
            ThisProcess.exit(report.isPerfect ? 0 : 1)
        } catch {
            StandardError.line("strict-load: \(error)")
            ThisProcess.exit(71)
        }
    }

    private static func run(_ arguments: Arguments) throws(SystemError) -> Report {
        let signals = try SignalDescriptor([.int, .term])
        let loop = try LoadLoop(
            arguments.plan, interrupt: signals.number, showsProgress: StandardError.isTerminal)
        let report = try loop.run()
        StandardOutput.write(arguments.wantsJSON ? report.json : report.text)
        if let path = arguments.versionsPath {
            try Files.replace(path, with: Array(report.versionsCSV.utf8), mode: 0o644)
        }
        return report
    }
}
