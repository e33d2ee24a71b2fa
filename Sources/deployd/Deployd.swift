internal import Linux

/// The command. Its first argument is the verb; `VerbTable` knows them all.
@main
enum Deployd {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        Signal.ignorePipe()
        do throws(CommandError) {
            exit(try run(arguments))
        } catch {
            for line in error.lines { StandardError.line(line) }
            exit(error.exitCode)
        }
    }

    /// Reads the arguments and does what they say.
    static func run(_ arguments: [String]) throws(CommandError) -> ExitCode {
        let invocation = try ArgumentParser(VerbTable.verbs).parse(arguments)
        guard !invocation.has(Option.help.name) else {
            StandardOutput.write(HelpText.page(for: invocation.verb))
            return .done
        }
        return try invocation.verb.run(invocation)
    }

    private static func exit(_ code: ExitCode) -> Never {
        ThisProcess.exit(code.rawValue)
    }
}
