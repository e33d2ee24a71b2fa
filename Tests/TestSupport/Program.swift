package import Linux
import Testing

/// Where the programs are that tests run.
package enum Program {
    /// The path of a program on PATH; nil when there is none. The system's own folders come first: what a version
    /// manager puts before them may be a script that other users cannot run.
    package static func find(_ name: String) -> String? {
        let path = ThisProcess.variable("PATH") ?? ""
        let folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"] + path.split(separator: ":").map(String.init)
        return folders.map { "\($0)/\(name)" }.first { Files.kind($0) == .file && Files.isExecutable($0) }
    }

    /// The path of a program. Where it is not installed the test that runs says so, and ends here without having failed.
    package static func path(_ name: String) throws -> String {
        if let found = find(name) { return found }
        let reason = "there is no \(name)"
        skipped(Test.current?.name ?? name, because: reason)
        #if compiler(>=6.3)
            try Test.cancel("\(reason)")
        #else
            throw SystemError(call: "find", errno: .notFound, subject: name)
        #endif
    }

    /// Ends the test that runs, as ``path(_:)`` does, unless a program is there that it starts by its name alone.
    package static func require(_ names: String...) throws { for name in names { _ = try path(name) } }

    /// The command that runs a Python program given as text.
    package static func python(_ source: String, _ arguments: String...) throws -> [String] {
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
