internal import Handoff
internal import Linux

/// Checks that a release's way to its sockets fits the listeners of the configuration.
struct InheritCheck {
    let manifest: Manifest
    let listeners: [ListenerSetting]
    /// The manifest's name in problems.
    let file: String

    var problems: [Problem] {
        argumentProblems + [listenerProblem, readinessProblem].compactMap { $0 } + variableProblems
    }

    private var word: String { "\(JSONValue.quoted(manifest.inherit.rawValue))" }

    private var argumentProblems: [Problem] {
        let known = listeners.map(\.name)
        return manifest.command.enumerated().flatMap { index, argument in
            DescriptorArguments.names(in: argument).filter { !known.contains($0) }.map { name in
                let nearest = NearestName.of(name, in: known).map { "{fd:\($0)}" }
                return Problem(
                    file: file, keyPath: "command[\(index)]", found: "{fd:\(name)}",
                    expected: nearest ?? "the name of a listener: "
                        + known.map { "{fd:\($0)}" }.joined(separator: ", "))
            }
        }
    }

    /// nginx knows a socket by its own address, which for a unix socket is another one in each generation. The others
    /// have no words for what is not in the file system.
    private var listenerProblem: Problem? {
        switch manifest.inherit {
        case .listenFds, .einhorn: nil
        case .stdin:
            listeners.count == 1
                ? nil
                : problem("\(word) with \(listeners.count) listeners", "one listener: descriptor 0 is one socket")
        case .nginx:
            listeners.first { $0.address.port == nil }.map {
                problem(
                    "\(word) with the listener \($0.address)",
                    "listeners on TCP: nginx knows a socket by its address, and a unix socket's own name changes from "
                        + "one generation to the next")
            }
        case .serverStarter, .fpm:
            listeners.first { if case .abstract = $0.address { true } else { false } }.map {
                problem("\(word) with the listener \($0.address)", "listeners on TCP, or at a path")
            }
        }
    }

    private var readinessProblem: Problem? {
        guard manifest.inherit == .fpm, manifest.readiness != .notify else { return nil }
        return Problem(
            file: file, keyPath: "readiness", found: JSONValue.quoted(manifest.readiness.rawValue),
            expected: "\"notify\": with \"inherit\" \(word) the workers speak FastCGI and answer no HTTP probe")
    }

    private var variableProblems: [Problem] {
        manifest.environment.keys.filter(WorkerEnvironment.setByMaster.contains).sorted().map {
            Problem(
                file: file, keyPath: JSONOutline.path("environment", key: $0), found: "a variable that deployd sets",
                expected: "another name")
        }
    }

    private func problem(_ found: String, _ expected: String) -> Problem {
        Problem(file: file, keyPath: "inherit", found: found, expected: expected)
    }
}
