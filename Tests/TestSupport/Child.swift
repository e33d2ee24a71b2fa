package import Linux

/// A process that a test started. It is killed and reaped at the latest when the reference goes.
package final class Child {
    /// Its process.
    package let pid: Int32
    private let process: ProcessDescriptor
    private let directory: TemporaryDirectory
    private var ended: ExitStatus?

    /// Starts a program; the first word is its path, or a name on PATH. Standard input is empty, output and errors go to
    /// files; `descriptors` is what it inherits beyond these. Without an environment it gets ours.
    package init(
        _ command: [String], environment: [String]? = nil, descriptors: [(source: Int32, target: Int32)] = []
    ) throws {
        guard let name = command.first else { throw SystemError(call: "spawn", errno: .invalid) }
        directory = try TemporaryDirectory()
        let input = try Files.openNull()
        let output = try Files.openForAppending(directory.path("output"))
        let errors = try Files.openForAppending(directory.path("errors"))
        let streams: [(source: Int32, target: Int32)] = [(input.number, 0), (output.number, 1), (errors.number, 2)]
        pid = try spawn(
            SpawnRequest(
                executable: name.contains("/") ? name : try Program.path(name), arguments: command,
                environment: environment ?? ThisProcess.environment(),
                descriptors: streams.filter { stream in !descriptors.contains { $0.target == stream.target } }
                    + descriptors))
        process = try ProcessDescriptor(pid: pid)
    }

    /// What it has written to standard output so far.
    package var output: String { text("output") }

    /// What it has written to standard error so far.
    package var errors: String { text("errors") }

    private func text(_ name: String) -> String {
        String(decoding: (try? Files.read(directory.path(name))) ?? [], as: UTF8.self)
    }

    /// How it ended; nil while it runs.
    package func status() throws(SystemError) -> ExitStatus? {
        if ended == nil { ended = try process.reap() }
        return ended
    }

    /// Sends a signal; false when it has ended.
    @discardableResult
    package func send(_ signal: Signal) throws(SystemError) -> Bool {
        ended == nil ? try process.send(signal) : false
    }

    /// Waits for its end.
    package func wait(
        upTo limit: Duration = .seconds(30), file: StaticString = #fileID, line: UInt = #line
    ) throws -> ExitStatus {
        try TestSupport.wait(
            for: "the end of process \(pid)", upTo: limit, file: file, line: line, value: { try status() })
    }

    /// Waits until its output has `text` in it.
    package func wait(
        forOutput text: String, upTo limit: Duration = .seconds(20), file: StaticString = #fileID, line: UInt = #line
    ) throws {
        try TestSupport.wait(for: "\"\(text)\" from process \(pid)", upTo: limit, file: file, line: line) {
            if output.contains(text) { return true }
            guard let ended = try status() else { return false }
            if output.contains(text) { return true }
            throw DeadlinePassed(description: "\(file):\(line): process \(pid) \(ended) without \"\(text)\": \(errors)")
        }
    }

    /// How a command ended, and all that it wrote.
    package struct Finished: Sendable {
        /// How it ended.
        package let status: ExitStatus
        /// Standard output.
        package let output: String
        /// Standard error.
        package let errors: String
    }

    /// Runs a command to its end, which must be a good one.
    package static func expect(_ command: [String]) throws {
        let finished = try run(command)
        guard finished.status == .exited(code: 0) else {
            throw CommandFailed(
                description: "\(command.joined(separator: " ")): \(finished.status): \(finished.errors)")
        }
    }

    /// Runs a command to its end.
    package static func run(
        _ command: [String], environment: [String]? = nil, descriptors: [(source: Int32, target: Int32)] = [],
        upTo limit: Duration = .seconds(60)
    ) throws -> Finished {
        let child = try Child(command, environment: environment, descriptors: descriptors)
        let status = try child.wait(upTo: limit)
        return Finished(status: status, output: child.output, errors: child.errors)
    }

    deinit {
        guard ended == nil else { return }
        _ = try? process.send(.kill)
        do {
            while try process.reap() == nil { _ = try Poll.readable(process.number, timeout: .seconds(1)) }
        } catch {
            StandardError.line("process \(pid) could not be reaped: \(error)")
        }
    }
}

/// A command of a test that did not end with 0.
package struct CommandFailed: Error, CustomStringConvertible {
    /// The command, its end, and what it wrote to standard error.
    package let description: String
}
