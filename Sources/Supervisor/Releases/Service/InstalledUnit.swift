internal import Linux

/// The unit by which systemd runs the master of a configuration: an administrator's, or one that a package brought.
package struct InstalledUnit: Equatable, Sendable {
    /// Where systemd looks for units; of two with one name the first counts. Source: systemd.unit(5), "UNIT FILE LOAD PATH".
    private static let folders = [
        "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
        "/lib/systemd/system",
    ]
    /// Is there while systemd runs the machine. Source: sd_booted(3).
    private static let presence = "/run/systemd/system"
    private static let suffix = ".service"

    /// As systemctl is told: `deployd`, `deployd@two`.
    package let name: String
    /// The path of its file; of an instance that has none of its own, its template's.
    let file: String
    /// Where systemd looks for it, and for what adds to it.
    private let folders: [String]

    /// Looks for it; nil: none is installed, or systemd does not run this machine.
    package init?(of configuration: Configuration) {
        guard Files.kind(Self.presence) == .directory else { return nil }
        self.init(of: configuration, in: Self.folders)
    }

    /// Looks in these directories: for the name that `deployd unit` gives it, for the template of that name, and then for any
    /// other.
    init?(of configuration: Configuration, in folders: [String]) {
        let own = ServiceUnit.file(of: configuration)
        let named = [own, Self.template(of: own)].compactMap(\.self)
        let others = Self.services(in: folders).filter { !named.contains($0) }
        let instance = ServiceUnit.instance(of: configuration)?.name ?? ""
        for unit in named + others {
            guard let file = Self.find(unit, in: folders), let text = Self.text(file) else { continue }
            let isTemplate = unit.hasSuffix("@\(Self.suffix)")
            guard Self.starts(configuration, isTemplate ? text.replacing("%i", with: instance) : text) else { continue }
            name = String(unit.dropLast(Self.suffix.count)) + (isTemplate ? instance : "")
            self.file = file
            self.folders = folders
            return
        }
        return nil
    }

    /// Services by the names of their files, sorted. Of what packages brought only ours are looked at.
    private static func services(in folders: [String]) -> [String] {
        let names = folders.enumerated().flatMap { number, folder in
            ((try? Files.list(folder)) ?? []).filter { number == 0 || $0.hasPrefix("deployd") }
        }
        return names.filter { $0.hasSuffix(suffix) }.sorted().uniqued()
    }

    /// "deployd@.service" of "deployd@two.service"; nil: that is no instance.
    private static func template(of unit: String) -> String? {
        guard let mark = unit.firstIndex(of: "@"), let dot = unit.lastIndex(of: "."), mark < dot else { return nil }
        return "\(unit[...mark])\(unit[dot...])"
    }

    private static func find(_ unit: String, in folders: [String]) -> String? {
        folders.map { Paths.join($0, unit) }.first { Files.kind($0) == .file }
    }

    private static func text(_ file: String) -> String? {
        (try? Files.read(file, limit: 1 << 16)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// What it lets the service write to.
    var sandbox: ServiceSandbox { ServiceSandbox(texts(of: name + Self.suffix)) }

    /// A unit beside it, or itself, with what was added by `systemctl edit`; empty: there is none.
    func texts(of unit: String) -> [String] {
        let names = [unit, Self.template(of: unit)].compactMap(\.self)
        guard let file = names.compactMap({ Self.find($0, in: folders) }).first else { return [] }
        let added = names.flatMap { name in folders.map { Paths.join($0, "\(name).d") } }.flatMap { folder in
            ((try? Files.list(folder)) ?? []).filter { $0.hasSuffix(".conf") }.map { Paths.join(folder, $0) }
        }
        let instance = name.split(separator: "@", maxSplits: 1).dropFirst().first.map(String.init)
        return ([file] + added.sorted { Paths.name($0) < Paths.name($1) }).compactMap(Self.text).map { text in
            instance.map { text.replacing("%i", with: $0) } ?? text
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
