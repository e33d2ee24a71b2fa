package import Linux

/// Facts of a process and its machine that settings depend on: an argument, so that tests can vary them.
package struct Surroundings: Sendable, Equatable {
    /// The absolute path at which relative paths of the command line start.
    package var workingDirectory: String
    /// The environment of this process.
    package var environment: [String: String]
    /// The effective user of the process.
    package var userID: UInt32
    /// The effective group of the process.
    package var groupID: UInt32
    /// The directory of the deployd executable, absolute.
    package var executableDirectory: String
    /// The name of the executable in there.
    package var executableName: String
    /// The processors that this process may use.
    package var cores: Int
    /// The form of commands in messages for people.
    package var advice = CommandAdvice.plain

    /// The deployd executable, absolute.
    package var executable: String { Paths.join(executableDirectory, executableName) }

    /// Surroundings as told; for those of this process see `ofThisProcess`.
    package init(
        workingDirectory: String, environment: [String: String] = [:], userID: UInt32 = 0, groupID: UInt32 = 0,
        executableDirectory: String = "/usr/bin", executableName: String = "deployd", cores: Int = 1
    ) {
        self.workingDirectory = workingDirectory
        self.environment = environment
        self.userID = userID
        self.groupID = groupID
        self.executableDirectory = executableDirectory
        self.executableName = executableName
        self.cores = cores
    }

    /// Those of this process.
    ///
    /// - Throws: what the working directory or the executable could not be found for.
    package static func ofThisProcess() throws(SystemError) -> Surroundings {
        var environment: [String: String] = [:]
        for entry in ThisProcess.environment() {
            guard let equals = entry.firstIndex(of: "="), equals != entry.startIndex else { continue }
            environment[String(entry[..<equals])] = String(entry[entry.index(after: equals)...])
        }
        let executable = try ThisProcess.executable()
        return Surroundings(
            workingDirectory: try Files.workingDirectory(),
            environment: environment,
            userID: ThisProcess.uid,
            groupID: ThisProcess.gid,
            executableDirectory: Paths.parent(executable),
            executableName: String(executable.dropFirst(Paths.parent(executable).count).drop { $0 == "/" }),
            cores: ThisProcess.processorCount)
    }
}
