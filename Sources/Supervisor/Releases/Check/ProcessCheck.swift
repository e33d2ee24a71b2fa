internal import DeployCore
internal import Handoff
internal import Linux

/// Checks that the kinds of processes of a release fit each other, and the place of their sockets.
struct ProcessCheck {
    let manifest: Manifest
    let directory: StateDirectory
    /// The manifest's name in problems.
    let file: String

    var problems: [Problem] {
        guard !manifest.processes.isEmpty else { return [] }
        return argumentProblems(manifest.command, "command", of: nil)
            + manifest.processes.flatMap { process in
                let key = JSONOutline.path("processes", key: process.name)
                return argumentProblems(process.command, "\(key).command", of: process)
                    + [protocolProblem(process, key), pathProblem(process, key)].compactMap { $0 }
                    + variableProblems(process, key)
            }
    }

    /// Words in braces that no value is there for.
    private func argumentProblems(_ command: [String], _ key: String, of process: Manifest.Process?) -> [Problem] {
        let known = SocketArguments.known(in: manifest.processes, of: process)
        return command.enumerated().flatMap { index, argument in
            let sockets = SocketArguments.words(in: argument, isWeb: process == nil)
            let descriptors = process == nil ? [] : DescriptorArguments.names(in: argument).map { "{fd:\($0)}" }
            return (sockets + descriptors).filter { !known.contains($0) }.map { word in
                Problem(
                    file: file, keyPath: "\(key)[\(index)]", found: word,
                    expected: known.isEmpty
                        ? "a kind of process with a socket" : "one of " + known.joined(separator: ", "))
            }
        }
    }

    /// nginx knows a socket by its address, which here is another one in each generation.
    private func protocolProblem(_ process: Manifest.Process, _ key: String) -> Problem? {
        guard process.socket == .listen, process.inherit == .nginx else { return nil }
        return Problem(
            file: file, keyPath: "\(key).inherit", found: "\"nginx\"",
            expected: "another: nginx knows a socket by its address, which changes from one generation to the next")
    }

    private func pathProblem(_ process: Manifest.Process, _ key: String) -> Problem? {
        // A number that no server will ever come to.
        let path = directory.processSocket(process.name, of: GenerationNumber(rawValue: 9_999_999), process.socket)
        // Where the state directory's own sockets have no room, that is the mistake, and it is told.
        guard let path, path.utf8.count > SocketAddress.maxPathBytes,
            directory.longestSocket.utf8.count <= SocketAddress.maxPathBytes
        else { return nil }
        return Problem(
            file: file, keyPath: key, found: "a socket path of \(path.utf8.count) bytes",
            expected: "at most \(SocketAddress.maxPathBytes), which is the most that the kernel takes",
            advice: "a shorter name, or a shorter `state` in deployd.json: its full path is \(path)")
    }

    private func variableProblems(_ process: Manifest.Process, _ key: String) -> [Problem] {
        let port = process.socket == .port ? [WorkerEnvironment.port] : []
        return process.environment.keys.filter { WorkerEnvironment.setByMaster.contains($0) || port.contains($0) }
            .sorted().map {
                Problem(
                    file: file, keyPath: JSONOutline.path("\(key).environment", key: $0),
                    found: "a variable that deployd sets", expected: "another name")
            }
    }
}
