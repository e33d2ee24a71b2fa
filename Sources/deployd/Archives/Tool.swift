internal import Linux

/// A program of the system that the command runs to its end.
enum Tool {
    struct Finished {
        let name: String
        let status: ExitStatus
        let output: String
        let errors: String

        /// The output; without success an error that begins with `what` and ends with the program's own words.
        @discardableResult
        func orFail(_ what: String) throws(CommandError) -> String {
            guard status == .exited(code: 0) else {
                let words = errors.split(separator: "\n").prefix(3).map { ForeignText.line(String($0)) }
                throw CommandError(
                    "deploy: \(what): \(words.isEmpty ? "\(name) \(status)" : words.joined(separator: "; "))")
            }
            return output
        }
    }

    /// Runs a program by its name on PATH, with the messages of the C locale.
    ///
    /// - Parameter input: lent; nil: nothing.
    static func run(_ name: String, _ arguments: [String], input: CInt? = nil) throws(CommandError) -> Finished {
        guard let program = path(of: name) else {
            throw CommandError(
                "deploy: there is no \(name) on this machine: install it (Debian: apt install \(package(of: name)))")
        }
        do throws(SystemError) {
            let null = try Files.openNull()
            let output = try Files.temporary(in: "/tmp")
            let errors = try Files.temporary(in: "/tmp")
            let environment = ThisProcess.environment().filter { !$0.hasPrefix("LC_") && !$0.hasPrefix("TAR_OPTIONS=") }
            let process = try ProcessDescriptor(
                pid: try spawn(
                    SpawnRequest(
                        executable: program, arguments: [name] + arguments, environment: environment + ["LC_ALL=C"],
                        descriptors: [(input ?? null.number, 0), (output.number, 1), (errors.number, 2)])))
            var status = try process.reap()
            while status == nil {
                _ = try Poll.readable(process.number, timeout: nil)
                status = try process.reap()
            }
            return Finished(
                name: name, status: status ?? .exited(code: 1), output: try text(output), errors: try text(errors))
        } catch {
            throw CommandError("deploy: \(name): \(error)")
        }
    }

    private static func text(_ file: borrowing FileDescriptor) throws(SystemError) -> String {
        let size = try file.status().size
        return String(decoding: try file.read(at: 0, count: size), as: UTF8.self)
    }

    private static func path(of name: String) -> String? {
        let path = ThisProcess.variable("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }.first {
            Files.isExecutable($0) && Files.kind($0) == .file
        }
    }

    private static func package(of name: String) -> String { name == "ssh-keygen" ? "openssh-client" : name }
}
