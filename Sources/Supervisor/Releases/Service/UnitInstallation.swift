package import Linux

/// A unit that deployd puts where systemd looks, and may put there anew for as long as nobody else has changed it.
package struct UnitInstallation {
    /// What became of it.
    package enum Outcome: Equatable, Sendable {
        case written
        /// It was there already, as it is.
        case unchanged
        /// One that an earlier installation wrote has made way.
        case replaced
        /// There is one that a person wrote or changed: it is left as it is.
        case foreign
        /// There is one of an earlier installation that starts another site, by these options of `deployd start`.
        case another(String)
    }

    /// Where an administrator's units are. Source: systemd.unit(5), "UNIT FILE LOAD PATH".
    package static let folder = "/etc/systemd/system"
    private static let mark = "# Installed by `deployd unit --install`: "

    /// The path of the file.
    package let file: String
    private let content: String

    /// The installation of a configuration's unit.
    ///
    /// - Parameter text: as `deployd unit` prints it.
    package init(_ text: String, of configuration: Configuration, in folder: String = Self.folder) {
        file = Paths.join(folder, ServiceUnit.file(of: configuration))
        content = Self.marked(text)
    }

    /// As systemctl is told.
    package var name: String { String(Paths.name(file).dropLast(".service".count)) }

    /// Writes it, unless there is one that is somebody else's.
    package func install() throws(SystemError) -> Outcome {
        // (A link, as of `systemctl mask`, is somebody's, too.)
        guard let status = try? Files.status(file, followingLinks: false) else {
            try Files.replace(file, with: Array(content.utf8), mode: 0o644)
            return .written
        }
        guard status.kind == .file else { return .foreign }
        let present = String(decoding: try Files.read(file, limit: 1 << 16), as: UTF8.self)
        if present == content { return .unchanged }
        guard Self.isUnchanged(present) else { return .foreign }
        if let other = Self.start(in: present), other != Self.start(in: content) { return .another(other) }
        try Files.replace(file, with: Array(content.utf8), mode: 0o644)
        return .replaced
    }

    /// What stands behind `start` in the line that starts the master: which site it is.
    private static func start(in text: String) -> String? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("ExecStart=") }),
            let place = line.firstRange(of: " start")
        else { return nil }
        return String(line[place.upperBound...].drop { $0 == " " })
    }

    private static func marked(_ text: String) -> String { "\(text)\n\(mark)\(sum(text))\n" }

    /// The text is what an installation wrote.
    private static func isUnchanged(_ text: String) -> Bool {
        guard let place = text.firstRange(of: "\n\(mark)") else { return false }
        return marked(String(text[..<place.lowerBound])) == text
    }

    /// FNV-1a, 64 bits: it tells a text that was changed, not one that was forged.
    private static func sum(_ text: String) -> String {
        let sum = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(sum, radix: 16)
    }
}
