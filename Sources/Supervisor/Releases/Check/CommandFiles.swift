internal import Linux

/// The files that the command of a known server or interpreter names: its configuration, its script. Where one is missing
/// the program ends at once, with words of its own and after the check.
///
/// Only what is certain is looked at: words of commands that are not known, and files that the program looks for elsewhere
/// than in its working directory, are passed over.
struct CommandFiles {
    /// A file that a command names.
    struct Named: Equatable {
        /// Which word of the command names it.
        let index: Int
        /// As it is written.
        let name: String
        /// Absolute.
        let path: String
    }

    /// The absolute path of the command's working directory.
    let directory: String
    /// Something may be there that the author of the command may not see.
    var mayBeHidden: (String) -> Bool = { _ in false }

    /// The words of a command that a program reads as files.
    private struct Rule {
        /// The options whose value is a file.
        var options: [String] = []
        /// Suffixes of other words that are files.
        var suffixes: [String] = []
        /// The first word behind the program is a script, unless it is an option.
        var runsScript = false
        /// The option whose value is the directory of relative names; without it only absolute ones are looked at.
        var base: String?
        /// With these options nothing is known.
        var movers: [String] = []
    }

    private static let rules: [String: Rule] = {
        let script = Rule(runsScript: true)
        let rack = [".ru"]
        let psgi = Rule(options: ["-a", "--app"], suffixes: [".psgi"])
        return [
            "bash": script, "node": script, "nodejs": script, "perl": script, "php": script, "python": script,
            "ruby": script, "sh": script,
            "caddy": Rule(options: ["--config"]),
            "gunicorn": Rule(options: ["-c", "--config"]),
            "h2o": Rule(options: ["-c", "--conf"]),
            "haproxy": Rule(options: ["-f"], movers: ["-C"]),
            "hypercorn": Rule(options: ["-c", "--config"]),
            "java": Rule(options: ["-jar"]),
            "lighttpd": Rule(options: ["-f"]),
            "nginx": Rule(options: ["-c"], base: "-p"),
            "php-fpm": Rule(options: ["-y", "--fpm-config"]),
            "plackup": psgi, "starman": psgi,
            "puma": Rule(options: ["-C", "--config"], suffixes: rack, movers: ["--dir"]),
            "rackup": Rule(suffixes: rack),
            "unicorn": Rule(options: ["-c", "--config-file"], suffixes: rack),
            "uvicorn": Rule(options: ["--env-file", "--log-config"]),
            "uwsgi": Rule(options: ["--ini", "--yaml", "--json", "--xml"]),
        ]
    }()

    /// Files that the command names and that do not exist, in its order.
    func missing(in command: [String]) -> [Named] {
        named(by: command).filter { Self.isMissing($0.path) && !mayBeHidden($0.path) }
    }

    /// All that the command names, there or not.
    func named(by command: [String]) -> [Named] {
        guard let program = command.first, let rule = Self.rules[Self.plainName(of: program)],
            !rule.movers.contains(where: { command.contains($0) })
        else { return [] }
        var base: String? = directory
        if let option = rule.base {
            let index = command.firstIndex(of: option).map { $0 + 1 }
            base = index.flatMap { $0 < command.count ? Paths.join(directory, command[$0]) : nil }
        }
        return Self.words(of: command, rule).compactMap { index, name -> Named? in
            guard !name.isEmpty, name != "-", !name.contains(where: { "{}:".contains($0) }) else { return nil }
            guard name.hasPrefix("/") || base != nil else { return nil }
            let path = Paths.join(base ?? "/", name)
            return Named(index: index, name: name, path: path)
        }
    }

    /// Files that are there and that a shell's own text (`sh -c "..."`) names. Where they stand in it is not looked at: each may be
    /// run.
    func namedByShell(in command: [String]) -> [Named] {
        guard command.count > 2, ["sh", "bash", "dash"].contains(Self.plainName(of: command[0])),
            let option = command.dropFirst().firstIndex(where: { $0.hasPrefix("-") && $0.contains("c") }),
            option + 1 < command.count
        else { return [] }
        let words = command[option + 1].split { " \t\n;&|()<>\"'`={}".contains($0) }.map(String.init)
        return words.filter { $0.contains("/") }.map {
            Named(index: option + 1, name: $0, path: Paths.join(directory, $0))
        }.filter { Files.kind($0.path) == .file }
    }

    /// The words, or parts of them, that are files.
    private static func words(of command: [String], _ rule: Rule) -> [(index: Int, name: String)] {
        var found: [(index: Int, name: String)] = []
        for (index, word) in command.enumerated().dropFirst() {
            if index > 1, rule.options.contains(command[index - 1]) {
                found.append((index, word))
            } else if let option = rule.options.first(where: { word.hasPrefix("\($0)=") && $0.hasPrefix("--") }) {
                found.append((index, String(word.dropFirst(option.count + 1))))
            } else if rule.suffixes.contains(where: { word.hasSuffix($0) }), !word.hasPrefix("-") {
                found.append((index, word))
            } else if rule.runsScript, index == 1, !word.hasPrefix("-"), word.contains(".") || word.contains("/") {
                found.append((index, word))
            }
        }
        return found
    }

    /// A program's name without its directory and version: "php-fpm" of "/usr/sbin/php-fpm8.2".
    static func plainName(of program: String) -> String {
        var name = Paths.name(program)[...]
        while let last = name.last, last == "." || ("0"..."9").contains(last) { name.removeLast() }
        return String(name)
    }

    /// A place that this user may not look at counts as existing.
    private static func isMissing(_ path: String) -> Bool {
        do throws(SystemError) {
            _ = try Files.status(path)
            return false
        } catch {
            return error.errno == .notFound || error.errno == .notADirectory
        }
    }
}
