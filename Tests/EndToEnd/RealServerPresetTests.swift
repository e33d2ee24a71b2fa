import FoundationEssentials
import Linux
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Real servers by their presets")
    struct RealServerPresetTests {
        /// A server, and how its users come: kept connections where it is to lose none of them.
        struct Known: Sendable, CustomTestStringConvertible {
            let preset: [String]
            let mode: Load.Mode
            /// The file by which one sees that it is installed, and the Debian package that has it.
            let file: String
            let package: String
            /// The folder of its site in Benchmarks/Servers.
            let site: String

            var testDescription: String { preset.joined(separator: " ") }
        }

        private static let known = [
            Known(
                preset: ["starlet"], mode: .close, file: "/usr/share/perl5/Plack/Handler/Starlet.pm",
                package: "starlet",
                site: "psgi"),
            Known(preset: ["starman"], mode: .close, file: "/usr/bin/starman", package: "starman", site: "psgi"),
            Known(preset: ["unicorn"], mode: .keepalive, file: "/usr/bin/unicorn", package: "unicorn", site: "rack"),
            Known(
                preset: ["puma", "--behind-web"], mode: .keepalive, file: "/usr/bin/puma", package: "puma", site: "rack"
            ),
            Known(
                preset: ["haproxy"], mode: .keepalive, file: "/usr/sbin/haproxy", package: "haproxy", site: "haproxy"),
        ]

        @Test(
            "With the release.json that init writes, none loses a request from one release to the next",
            arguments: known)
        func losesNothing(server known: Known) throws {
            guard Files.kind(known.file) == .file else {
                return skipped(
                    "the preset \(known.preset)", because: "\(known.file) is missing (Debian: \(known.package))")
            }
            let folder = "\(Repository.path)/Benchmarks/Servers/\(known.site)"
            try Server.expectNoLoss(of: known.preset, known.mode) { server, release in
                for name in try Files.list(folder) {
                    let text = String(decoding: try Files.read("\(folder)/\(name)"), as: UTF8.self)
                        .replacing("@VERSION@", with: release).replacing("@BIND@", with: "fd@3").replacing(
                            "@OWN@", with: "")
                    try server.directory.write("releases/\(release)/\(name)", text)
                }
                try server.directory.write("releases/\(release)/version", "\(release)\n")
            }
        }
    }
}
