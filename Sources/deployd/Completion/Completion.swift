internal import DeployCore
internal import Linux
internal import Supervisor

/// What may come next on a command line. The scripts of all shells (`CompletionScript`) ask for it by a hidden verb, so that they
/// know what this very program knows, and the releases of the configuration that the line names.
struct Completion {
    /// The hidden verb; its arguments are the words up to the cursor, without the command's name.
    static let verb = "__complete"
    /// Printed where the shell has to complete a file.
    static let files = ":files"
    /// So many generations are offered.
    private static let offeredGenerations = 20

    /// A word that may stand there, and what it means.
    struct Candidate: Equatable {
        let word: String
        var help = ""
    }

    private let line: CompletionLine
    private let verbs: [Verb]

    init(_ words: [String], verbs: [Verb] = VerbTable.verbs) {
        self.verbs = verbs
        line = CompletionLine(words, verbs: verbs)
    }

    /// Prints the candidates, a line each: the word, and behind a tab what it means.
    static func run(_ words: [String]) -> ExitCode {
        let lines = Completion(words).answer.map { candidates in
            candidates.map { $0.help.isEmpty ? $0.word : "\($0.word)\t\($0.help)" }
        }
        StandardOutput.write((lines ?? [files]).map { $0 + "\n" }.joined())
        return .done
    }

    /// The candidates; nil: any file.
    var answer: [Candidate]? {
        let (candidates, prefix): ([Candidate]?, String) =
            switch line.place {
            case .verb: (verbs.map { Candidate(word: $0.name, help: $0.summary) }, "")
            case .option(let verb): (options(of: verb), "")
            case .value(let option, let verb, let prefix): (values(of: option, of: verb), prefix)
            case .operand(let name, _): (operands(name), "")
            case .nothing: ([], "")
            }
        // A name with a line feed in it would be two.
        return candidates?.filter { $0.word.hasPrefix(line.current) && $0.word.utf8.allSatisfy { $0 >= 0x20 } }
            .map { Candidate(word: prefix + $0.word, help: $0.help) }
    }

    private func options(of verb: String?) -> [Candidate] {
        guard let verb = verbs.first(where: { $0.name == verb }) else {
            return [Option.config, .help].map { Candidate(word: $0.name, help: $0.help) }
                + [Candidate(word: "--version", help: VersionVerb.verb.summary)]
        }
        return verb.allOptions.filter { !line.given.contains($0.name) }.map { Candidate(word: $0.name, help: $0.help) }
    }

    private func values(of option: Option, of verb: String?) -> [Candidate]? {
        switch option.value {
        case "FILE", "SIGNERS", "PLACE", "DIR", "DIRECTORY", "PROGRAM": nil
        case "TIME": words(["30s", "90s", "5m", "10m"])
        case "PERCENT": words(["1", "5", "10", "25", "50"])
        case "KIND": kinds
        case "NAME" where option == InitVerb.app: AppPreset.all.map { Candidate(word: $0.name, help: $0.summary) }
        case "NAME" where option == InitVerb.server:
            ServerPreset.all.map { Candidate(word: $0.name, help: $0.summary) }
        default: []
        }
    }

    private func operands(_ name: String) -> [Candidate]? {
        switch name {
        case "RELEASE": releases
        case "GENERATION": generations
        case "VERB": verbs.map { Candidate(word: $0.name, help: $0.summary) }
        case "SHELL": words(CompletionScript.allCases.map(\.rawValue))
        case "on|off": words(["on", "off"])
        case "PROGRAM", "DIR", "FILE", "COMMAND": nil
        default: []
        }
    }

    private func words(_ words: [String]) -> [Candidate] { words.map { Candidate(word: $0) } }
}

// What is there on this machine.
extension Completion {
    /// The configuration that the line names, or that holds here; nil: where this is cannot be known.
    private var configuration: Configuration? {
        guard let surroundings = try? Surroundings.ofThisProcess() else { return nil }
        return Configuration.examine(named: line.values[Option.config.name], surroundings: surroundings).value
    }

    /// Directories with a manifest: those of the releases directory by their names, any other by a path.
    private var releases: [Candidate] {
        guard let configuration else { return [] }
        if let slash = line.current.lastIndex(of: "/") { return releases(below: String(line.current[...slash])) }
        let layout = ReleaseLayout(configuration)
        let current = layout.current()
        let named = layout.releases().filter(Self.isRelease).sorted().map { path in
            Candidate(word: Paths.name(path), help: path == current ? "committed last" : "")
        }
        return named.contains { $0.word.hasPrefix(line.current) } ? named : releases(below: "")
    }

    /// - Parameter folder: as it was typed, with its slash; empty: the working directory.
    private func releases(below folder: String) -> [Candidate] {
        let names = (try? Files.list(folder.isEmpty ? "." : folder)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted().compactMap { name in
            let path = folder + name
            if Self.isRelease(path) { return Candidate(word: path) }
            return Files.kind(path) == .directory ? Candidate(word: path + "/") : nil
        }
    }

    private static func isRelease(_ path: String) -> Bool {
        Files.kind(Paths.join(path, Defaults.manifestFile)) == .file
    }

    private var logNames: [LogName] {
        configuration.flatMap { try? LogDirectory(stateDirectory: $0.stateDirectory).names() } ?? []
    }

    /// Those whose output is there, the newest first.
    private var generations: [Candidate] {
        let numbers = Set(logNames.map(\.generation.rawValue)).sorted(by: >)
        return words(numbers.prefix(Self.offeredGenerations).map(String.init))
    }

    private var kinds: [Candidate] { words(Set(logNames.map(\.kind)).sorted()) }
}
