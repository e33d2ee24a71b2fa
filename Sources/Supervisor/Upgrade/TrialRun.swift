internal import DeployCore
internal import Linux

/// The trial run of a program that is to become the master: on the real configuration and the real state, and changing
/// nothing.
///
/// The master starts the program with the hidden verb, its state directory, and the arguments that it was started with
/// itself. All that a start needs is done here but for what would have an effect: settings and state are read, and the
/// machine goes on from there. The verdict is one line on standard output and the exit code.
package enum TrialRun {
    package static let verb = "__try"

    /// The beginning of the line that says yes; the version follows.
    static let ready = "deployd-can-go-on "

    /// Tries, and says what came of it: the exit code.
    ///
    /// - Parameter state: the state directory of the master that asks.
    package static func run(_ configuration: Configuration, state: String) -> Int32 {
        do {
            try attempt(configuration, state: state)
            StandardOutput.write("\(ready)\(Version.current)\n")
            return 0
        } catch let problems as ProblemsFound {
            for problem in problems.problems { StandardOutput.write("\(problem)\n") }
        } catch {
            StandardOutput.write("\(error)\n")
        }
        return 1
    }

    private static func attempt(_ configuration: Configuration, state: String) throws {
        guard configuration.stateDirectory == state else {
            throw ProblemsFound([
                Problem(
                    file: configuration.file ?? "", keyPath: "state", found: configuration.stateDirectory,
                    expected: "\(state), where the running master has its state",
                    advice: "undo it, or stop the master and start it again")
            ])
        }
        let directory = StateDirectory(root: state, runtime: configuration.runtimeDirectory)
        guard let saved = try directory.readState(), saved.isOfThisBoot else {
            throw ProblemsFound([
                Problem(file: directory.stateFile, found: "no state to continue from", expected: "the master's state")
            ])
        }
        // What would keep a master from starting would keep this one from going on.
        let problems = Check.trustProblems(
            configuration, file: configuration.file ?? "", try Surroundings.ofThisProcess())
        guard problems.isEmpty else { throw ProblemsFound(problems) }
        // The program that goes on opens listeners that are new in the file: it must not fail at that.
        let obstacles = TakeoverCheck.problems(configuration, file: configuration.file ?? "", saved)
        guard obstacles.isEmpty else { throw ProblemsFound(obstacles) }
        _ = try History.load(stateDirectory: directory.root)
        // What the master itself opens, and what may be short.
        _ = try Epoll()
        _ = try GenerationLogs(directory, limit: configuration.policies.logLimitBytes)
        let survivors = Set(PreviousMaster(saved).survivors.map(\.worker.number))
        let (machine, _) = Machine.resuming(
            KilledMachine(saved.machine, survivors: survivors), policies: Policies(configuration.policies),
            at: Master.now())
        guard machine.serving == saved.machine.serving, machine.generation(machine.serving) != nil else {
            throw ProblemsFound([
                Problem(
                    file: directory.stateFile, found: "a state after which nothing serves",
                    expected: "generation \(saved.machine.serving.map { "\($0)" } ?? "?") to serve on")
            ])
        }
    }
}
