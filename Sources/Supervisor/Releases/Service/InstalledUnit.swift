internal import Linux

/// The unit by which systemd runs the master of a configuration.
package struct InstalledUnit: Equatable, Sendable {
    /// The directory of an administrator's units. Source: systemd.unit(5).
    private static let directory = "/etc/systemd/system"
    /// Is there while systemd runs the machine. Source: sd_booted(3).
    private static let presence = "/run/systemd/system"

    /// As systemctl is told: `deployd`, `deployd@two`.
    package let name: String
    /// Where its file is.
    private let folder: String

    /// Looks for it; nil: none is installed, or systemd does not run this machine.
    package init?(of configuration: Configuration) {
        guard Files.kind(Self.presence) == .directory else { return nil }
        self.init(of: configuration, in: Self.directory)
    }

    /// Looks in one directory: for the name that `deployd unit` gives it, and then for any other.
    init?(of configuration: Configuration, in directory: String) {
        let own = ServiceUnit.file(of: configuration)
        let suffix = ".service"
        let others = ((try? Files.list(directory)) ?? []).filter { $0.hasSuffix(suffix) && $0 != own }.sorted()
        let file = ([own] + others).first { file in
            guard let text = try? Files.read(Paths.join(directory, file), limit: 1 << 16) else { return false }
            return Self.starts(configuration, String(decoding: text, as: UTF8.self))
        }
        guard let file else { return nil }
        name = String(file.dropLast(suffix.count))
        folder = directory
    }

    /// The path of its file.
    var file: String { Paths.join(folder, "\(name).service") }

    /// What it lets the service write to.
    var sandbox: ServiceSandbox { ServiceSandbox(texts(of: "\(name).service")) }

    /// A unit beside it, or itself, with what was added by `systemctl edit`; empty: there is none.
    func texts(of unit: String) -> [String] {
        let (file, more) = (Paths.join(folder, unit), Paths.join(folder, "\(unit).d"))
        guard Files.kind(file) == .file else { return [] }
        let parts = ((try? Files.list(more)) ?? []).filter { $0.hasSuffix(".conf") }.sorted()
        return ([file] + parts.map { Paths.join(more, $0) }).compactMap {
            (try? Files.read($0, limit: 1 << 16)).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// A unit's text has deployd start a master with this configuration.
    static func starts(_ configuration: Configuration, _ text: String) -> Bool {
        let lines = text.split(separator: "\n")
        let value = { (key: String) in lines.last { $0.hasPrefix("\(key)=") }?.dropFirst(key.count + 1) }
        guard let command = value("ExecStart") else { return false }
        let words = command.split(separator: " ")
        guard let verb = words.firstIndex(of: "start"), verb > 0,
            Paths.name(String(words[verb - 1]).replacing("\"", with: "")).hasPrefix("deployd")
        else { return false }
        let options = " \(words[(verb + 1)...].joined(separator: " ")) "
        guard options.contains(" --config") else {
            // It finds its file as a command does that is typed where it runs.
            let place = value("WorkingDirectory").map(String.init) ?? "/"
            let isThere = ServiceUnit.plain(configuration.directory) == place
            let file = configuration.file
            if isThere { return file.map { Paths.name($0) == Defaults.configurationFile } ?? true }
            return file == Defaults.systemConfigurationFile && place == "/"
        }
        guard let file = configuration.file else { return false }
        return [ServiceUnit.word(file), file].contains { word in
            options.contains(" --config \(word) ") || options.contains(" --config=\(word) ")
        }
    }
}
