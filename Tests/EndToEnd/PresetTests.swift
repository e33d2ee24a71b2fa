import Linux
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Servers in other languages")
    struct PresetTests {
        private static let application = """
            version = open("version", "rb").read()


            def app(environ, start_response):
                start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(version)))])
                return [version]
            """

        /// With threads gunicorn closes kept connections when it stops, and loses what crosses the close.
        @Test(
            "gunicorn, with the release.json that init writes, loses no request from one release to the next",
            arguments: [("gunicorn", Load.Mode.close), ("gunicorn", .keepalive), ("gunicorn-threads", .close)])
        func gunicorn(preset: String, mode: Load.Mode) throws {
            guard Program.find("gunicorn") != nil else {
                return skipped("the preset \(preset)", because: "gunicorn is missing (Debian: gunicorn)")
            }
            let server = try Server()
            for release in ["one", "two"] {
                let written = try server.deployd(
                    "init", "--server", preset, server.directory.path("releases/\(release)"))
                #expect(written.status == .exited(code: 0), "\(written.errors)")
                try server.directory.write("releases/\(release)/app.py", Self.application)
                try server.directory.write("releases/\(release)/version", "\(release)\n")
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

        @Test("init keeps a release.json that is there, and names what it does not know")
        func refusals() throws {
            let server = try Server(started: false)
            let there = try server.deployd("init", "--server", "node", server.directory.path("releases/v1"))
            #expect(there.status == .exited(code: 1))
            #expect(there.errors.contains("release.json: found a file; it stays as it is"), "\(there.errors)")
            let unknown = try server.deployd("init", "--server", "gunicron", server.directory.path("releases/new"))
            #expect(unknown.status == .exited(code: 64))
            #expect(unknown.errors.contains("did you mean gunicorn?"), "\(unknown.errors)")
            #expect(Files.kind(server.directory.path("releases/new")) == nil)
            let listed = try server.deployd("init", "--list")
            #expect(listed.output.contains("uvicorn"), "\(listed.output)")
            try server.waitUntilServing()
            try server.finish()
        }
    }
}
