package import Linux

/// Where the programs are that tests run.
package enum Program {
    /// The path of a program on PATH; nil when there is none. The system's own folders come first: what a version
    /// manager puts before them may be a script that other users cannot run.
    package static func find(_ name: String) -> String? {
        let path = ThisProcess.variable("PATH") ?? ""
        let folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"] + path.split(separator: ":").map(String.init)
        return folders.map { "\($0)/\(name)" }.first { Files.kind($0) == .file && Files.isExecutable($0) }
    }

    /// The path of a program that must be there.
    package static func path(_ name: String) throws(SystemError) -> String {
        guard let found = find(name) else { throw SystemError(call: "find", errno: .notFound, subject: name) }
        return found
    }

    /// The command that runs a Python program given as text.
    package static func python(_ source: String, _ arguments: String...) throws(SystemError) -> [String] {
        [try path("python3"), "-c", source] + arguments
    }
}

/// What the build made.
package enum Products {
    /// The folder of the built executables: the one that the running test binary lies in.
    package static func directory() throws(SystemError) -> String {
        Files.directory(of: try ThisProcess.executable())
    }

    /// The path of a built executable, such as "deployd".
    package static func path(_ name: String) throws(SystemError) -> String { "\(try directory())/\(name)" }
}
