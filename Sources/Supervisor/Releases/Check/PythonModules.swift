internal import Linux

/// The application that the command of a Python server names, MODULE:CALLABLE. Where the module is nowhere the server's workers
/// end at once, with a traceback and after the check.
///
/// Only what is certain is told: where options, variables or files may name other places to look, nothing is.
struct PythonModules {
    /// A module that is nowhere.
    struct Missing: Equatable {
        /// Which word of the command names it.
        let index: Int
        /// As it is written: "app:app".
        let word: String
        /// "app".
        let module: String
    }

    /// The absolute path of the command's working directory, where servers look first.
    let directory: String
    /// The release's environment; nil: it has none.
    let virtualEnvironment: String?
    /// The program, and what it is run by: modules are looked for beside them, too.
    let programs: [String]
    /// The variables of its processes.
    let environment: [String: String]

    private struct Server {
        /// The options whose value is the application; empty: it is the first word that belongs to no option.
        var options: [String] = []
        /// Options without a value.
        var flags: [String] = []
        /// With these options nothing is known.
        var movers: [String] = []
    }

    private static let servers: [String: Server] = [
        "gunicorn": Server(
            flags: ["--preload", "--reload", "--reuse-port", "--no-sendfile", "--capture-output"],
            movers: ["--chdir", "--pythonpath", "--paste", "--paster", "-c", "--config"]),
        "hypercorn": Server(flags: ["--debug", "--reload"], movers: ["-c", "--config"]),
        "uvicorn": Server(
            flags: ["--factory", "--proxy-headers", "--no-proxy-headers", "--reload", "--no-access-log"],
            movers: ["--app-dir"]),
        "uwsgi": Server(
            options: ["--wsgi", "--module", "-w"],
            movers: [
                "--chdir", "--pythonpath", "--python-path", "--pp", "--ini", "--yaml", "--json", "--xml", "-H",
                "--home", "--virtualenv", "--venv",
            ]),
    ]

    /// The module of a command that is nowhere; nil: it is there, or nothing is certain.
    func missing(in command: [String]) -> Missing? {
        guard let name = command.first, let server = Self.servers[CommandFiles.plainName(of: name)],
            !command.contains(where: { word in server.movers.contains { word == $0 || word.hasPrefix("\($0)=") } }),
            environment["PYTHONPATH"] == nil, environment["PYTHONHOME"] == nil, environment["GUNICORN_CMD_ARGS"] == nil,
            Files.kind("\(directory)/gunicorn.conf.py") == nil,
            let index = Self.application(in: command, server), let module = Self.module(command[index])
        else { return nil }
        return has(module.split(separator: ".").map(String.init))
            ? nil : Missing(index: index, word: command[index], module: module)
    }

    private static func application(in command: [String], _ server: Server) -> Int? {
        command.indices.dropFirst().first { index in
            let (word, before) = (command[index], command[index - 1])
            guard server.options.isEmpty else { return server.options.contains(before) }
            let isValue = index > 1 && before.hasPrefix("-") && !before.contains("=") && !server.flags.contains(before)
            return !word.hasPrefix("-") && !isValue
        }
    }

    /// "shop.wsgi" of "shop.wsgi:application"; nil: it is not written so.
    private static func module(_ word: String) -> String? {
        let name = String(word.prefix { $0 != ":" })
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let isOfName = { (character: Character) in character.isLetter || character.isNumber || character == "_" }
        let areNames = parts.allSatisfy { $0.first?.isNumber == false && $0.allSatisfy(isOfName) }
        return areNames ? name : nil
    }

    private func has(_ parts: [String]) -> Bool {
        if Self.isThere(parts[0], in: directory) { return Self.isThere(parts.joined(separator: "/"), in: directory) }
        let places = packages
        return places.contains { Self.isThere(parts[0], in: $0) } || places.contains(where: Self.hasFinder)
    }

    /// A module, or a package, whatever is in it.
    private static func isThere(_ path: String, in directory: String) -> Bool {
        let place = Paths.join(directory, path)
        if ["", ".py", ".pyc"].contains(where: { Files.kind(place + $0) != nil }) { return true }
        let start = "\(Paths.name(place))."
        let names = (try? Files.list(Paths.parent(place))) ?? []
        return names.contains { $0.hasPrefix(start) && $0.hasSuffix(".so") }
    }

    /// Something is installed there from where it is developed: its finder may know any module. Source: PEP 660.
    private static func hasFinder(_ directory: String) -> Bool {
        ((try? Files.list(directory)) ?? []).contains { $0.hasPrefix("__editable__") || $0.hasSuffix(".egg-link") }
    }

    /// The directories in which packages are installed, and those that files in there add. Source: Python's `site`.
    private var packages: [String] {
        let own = programs.flatMap { [$0, (try? Files.realPath($0)) ?? $0] }.map { Paths.parent(Paths.parent($0)) }
        let home = environment["HOME"].map { [Paths.join($0, ".local")] } ?? []
        let prefixes = ([virtualEnvironment].compactMap(\.self) + own + home + ["/usr", "/usr/local"]).uniqued()
        let versions = prefixes.flatMap { ["\($0)/lib", "\($0)/lib64"] }.flatMap { library in
            ((try? Files.list(library)) ?? []).filter { $0.hasPrefix("python3") }.map { Paths.join(library, $0) }
        }
        let places = versions.flatMap { [$0, "\($0)/site-packages", "\($0)/dist-packages"] }
        return places + places.flatMap(Self.added)
    }

    private static func added(by directory: String) -> [String] {
        let files = ((try? Files.list(directory)) ?? []).filter { $0.hasSuffix(".pth") }
        return files.flatMap { file -> [String] in
            let text = (try? Files.read(Paths.join(directory, file), limit: 1 << 16)) ?? []
            let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
            return lines.filter { !$0.hasPrefix("#") && !$0.hasPrefix("import") }.map {
                Paths.join(directory, String($0))
            }
        }
    }
}
