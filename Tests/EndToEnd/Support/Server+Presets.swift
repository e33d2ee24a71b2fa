import FoundationEssentials
import Linux
import TestSupport
import Testing

extension Server {
    /// Deploys one, two and one again under load, and expects that no request fails. Each is what `init --server` writes with
    /// these words, but for a shorter watch, and the files.
    static func expectNoLoss(of preset: [String], _ mode: Load.Mode, files: (Server, String) throws -> Void) throws {
        let server = try Server()
        for release in ["one", "two"] {
            let directory = server.directory.path("releases/\(release)")
            let written = try Child.run(server.command(["init", "--server"] + preset + [directory]))
            #expect(written.status == .exited(code: 0), "\(written.errors)")
            let manifest = String(decoding: try Files.read("\(directory)/release.json"), as: UTF8.self)
            try server.directory.write(
                "releases/\(release)/release.json",
                manifest.replacing("    health: {", with: "    watch: \"50ms\",\n    health: {"))
            try files(server, release)
        }
        try server.deploy("one")
        try server.waitUntilDrained()
        let load = try Load(mode, at: try server.address(), connections: 8, bodies: ["one\\n", "two\\n"])
        for release in ["two", "one"] { try server.deploy(release) }
        let report = try load.end()
        report.expectPerfect("\(preset), \(mode)")
        try server.waitUntilDrained()
        try server.finish()
    }
}
