internal import Linux
internal import Supervisor

/// `deployd init --server NAME DIR`: a manifest for a known server.
enum InitVerb {
    static let server = Option(name: "--server", value: "NAME", help: "the server that runs the application")
    static let list = Option(name: "--list", help: "print the servers that are known")

    static let verb = Verb(
        name: "init", operands: [Verb.Operand(name: "DIR", isRequired: false)], options: [server, list],
        summary: "write the release.json of a known server",
        details: """
            Writes DIR/release.json (DIR is made if it is not there) with what the server needs to run under deployd, to be
            changed by hand where the application differs. A release.json that is there already stays as it is.
            """,
        run: { invocation throws(CommandError) in try run(invocation) })

    private static func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        guard !invocation.has(list.name) else {
            StandardOutput.write(listing)
            return .done
        }
        guard let name = invocation.value(of: server) else {
            throw mistake("which server? init needs --server NAME; `deployd init --list` has the names")
        }
        guard let preset = ServerPreset.named(name) else {
            let nearest = ServerPreset.nearest(to: name).map { "; did you mean \($0)?" } ?? ""
            throw mistake("--server \(name): this server is not known\(nearest) `deployd init --list` has the names")
        }
        guard let directory = invocation.operands.first else {
            throw mistake("where to? init needs the release's directory: deployd init --server \(name) DIR")
        }
        let path = try write(preset, to: directory)
        StandardOutput.write("wrote \(path): \(preset.summary)\nto look for mistakes: deployd check \(directory)\n")
        return .done
    }

    private static var listing: String {
        let width = ServerPreset.all.map(\.name.count).max() ?? 0
        return ServerPreset.all.map { preset in
            preset.name + String(repeating: " ", count: width - preset.name.count + 2) + preset.summary + "\n"
        }.joined()
    }

    private static func write(_ preset: ServerPreset, to directory: String) throws(CommandError) -> String {
        let path = "\(directory)/release.json"
        // Also a link that leads nowhere is somebody's.
        if (try? Files.status(path, followingLinks: false)) != nil {
            throw CommandError("\(path): found a file; it stays as it is. Expected none: name another DIR")
        }
        do throws(SystemError) {
            if Files.kind(directory) == nil { try Files.makeDirectory(directory) }
            try Files.replace(path, with: Array(preset.manifest.utf8), mode: 0o644)
        } catch {
            throw CommandError(error)
        }
        return path
    }

    private static func mistake(_ message: String) -> CommandError {
        CommandError("init: \(message)", exitCode: .usage)
    }
}
