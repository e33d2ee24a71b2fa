/// One of several deployds that are installed on a machine: its configuration lies in /etc/deployd, and has its name.
package struct Instance: Equatable, Sendable {
    /// The name that tells it from the others; empty for the first one, whose file is `deployd.json`.
    package let name: String

    /// The instance of a configuration's file; nil: it is no installed one.
    package init?(configuration file: String) {
        let suffix = ".json"
        guard Paths.parent(file) == Paths.parent(Defaults.systemConfigurationFile), file.hasSuffix(suffix) else {
            return nil
        }
        let base = Paths.name(file).dropLast(suffix.count)
        guard !base.hasPrefix("."), Self.isPlain(base) else { return nil }
        name = file == Defaults.systemConfigurationFile ? "" : String(base)
    }

    /// A name that systemd takes in StateDirectory= and in a unit's name without escapes.
    static func isPlain(_ name: Substring) -> Bool { !name.isEmpty && name.utf8.allSatisfy(isPlain) }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// The last part of its directories' names.
    package var directoryName: String { Paths.name(Defaults.systemState) + (name.isEmpty ? "" : "-\(name)") }
    /// The state directory of the instance.
    package var state: String { Paths.join(Paths.parent(Defaults.systemState), directoryName) }
    /// The directory of its sockets.
    package var runtime: String { Paths.join(Paths.parent(Defaults.systemRuntime), directoryName) }
    /// The unit's file name.
    package var unit: String { name.isEmpty ? "deployd.service" : "deployd@\(name).service" }
}
