internal import Linux
internal import Supervisor

/// `deployd version`: of the command, and of the master where it is another.
enum VersionVerb {
    static let verb = Verb(
        name: "version",
        summary: "print the version",
        details:
            "Prints the version of this command and, if a master of another version is running, the master's.",
        run: { invocation throws(CommandError) in
            StandardOutput.write("deployd \(Version.current)\n")
            if case .version(let master)? = try? Installation(invocation).ask(.version),
                master.deployd != Version.current
            {
                StandardOutput.write("master \(master.deployd) (pid \(master.pid))\n")
            }
            return .done
        })
}
