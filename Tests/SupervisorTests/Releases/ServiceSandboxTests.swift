import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("What a service may write to")
struct ServiceSandboxTests {
    @Test("What `deployd unit` opens is open, and nothing else")
    func own() throws {
        let surroundings = Surroundings(workingDirectory: "/", userID: 0)
        let text = "{ state: \"/var/lib/a/b\", listen: [\"unix:/run/a b/web.sock\"] }"
        let configuration = try Configuration.read(
            Array(text.utf8), file: "/srv/50% site/deployd.json", surroundings: surroundings
        ).get()
        let unit = ServiceUnit(
            configuration, executable: "/usr/local/bin/deployd", user: nil, written: ["/var/lib/php/sessions"])
        let sandbox = ServiceSandbox([unit.text])
        #expect(sandbox.isStrict)
        for path in unit.places.all + ["/srv/50% site/releases", "/tmp", "/var/tmp"] {
            #expect(sandbox.mayWrite(path), "\(path)")
        }
        for path in ["/", "/etc", "/var/lib", "/var/lib/a", "/var/lib/php", "/run", "/srv", "/home/anna"] {
            #expect(!sandbox.mayWrite(path), "\(path)")
        }
    }

    @Test("Files that add to a unit count, an empty list forgets those before, and no sandbox is open")
    func additions() {
        let unit = "[Service]\nProtectSystem=strict\nReadWritePaths=/srv/one /nowhere \\\n  -/elsewhere\n"
        #expect(!ServiceSandbox([unit]).mayWrite("/srv/two"))
        #expect(ServiceSandbox([unit]).missing == ["/srv/one", "/nowhere"])
        #expect(ServiceSandbox([unit, "[Service]\nReadWritePaths=/srv/two\n"]).mayWrite("/srv/two/x"))
        let forgotten = ServiceSandbox([unit, "ReadWritePaths=\nReadWritePaths=\"/srv/t w o\"\n"])
        #expect(!forgotten.mayWrite("/srv/one") && forgotten.mayWrite("/srv/t w o"))
        #expect(ServiceSandbox([unit, "ProtectSystem=full"]).mayWrite("/srv/two"))
        #expect(!ServiceSandbox([unit, "ProtectHome=yes\nReadWritePaths=/home/anna"]).mayWrite("/home/anna"))
    }

    /// A site whose pool of PHP keeps its sessions in a directory of its own.
    private func site() throws -> (TemporaryDirectory, ResolvedRelease, Configuration) {
        let scratch = try TemporaryDirectory()
        try Files.makeDirectory(scratch.path("sessions"))
        try scratch.release(
            "site/releases/v1",
            manifest: """
                { command: ["site"], processes: { php: { command: ["php-fpm8.2", "--fpm-config", "fpm.conf"] } } }
                """)
        try scratch.write("site/releases/v1/php-fpm8.2", "#!/bin/sh\n", mode: 0o755)
        try scratch.write(
            "site/releases/v1/fpm.conf",
            "[www]\n;php_value[session.save_path] = /none\n"
                + "php_admin_value[session.save_path] = \"2;\(scratch.path("sessions"))\"\n")
        try scratch.write("site/deployd.json", "{ listen: ['127.0.0.1:0'] }")
        let surroundings = Surroundings(workingDirectory: scratch.path("site"), userID: ThisProcess.uid)
        let configuration = try Configuration.load(named: nil, surroundings: surroundings)
        let resolver = ReleaseResolver(configuration: configuration, surroundings: surroundings)
        return (scratch, try resolver.resolve("releases/v1"), configuration)
    }

    @Test("The sessions of a release's PHP are written, where its pool keeps them")
    func sessions() throws {
        let (scratch, release, _) = try site()
        #expect(WrittenPlaces(release.manifest, release: release.path).all == [scratch.path("sessions")])
        try scratch.write("site/releases/v1/fpm.conf", "[www]\n")
        let standard = ["/var/lib/php/sessions", "/var/lib/php/session"].filter { Files.kind($0) == .directory }
        #expect(WrittenPlaces(release.manifest, release: release.path).all == standard)
    }

    @Test("That variables do not reach PHP is a warning, where there are some")
    func environment() throws {
        let scratch = try TemporaryDirectory()
        let surroundings = Surroundings(workingDirectory: scratch.path, userID: ThisProcess.uid)
        let resolver = ReleaseResolver(configuration: .defaults(surroundings), surroundings: surroundings)
        func warnings(_ pool: String, _ more: String = "environment: { TIER: 'silver' },") throws -> [String] {
            try scratch.release(
                "releases/v1",
                manifest: """
                    { command: ["site"], \(more) processes: { php: { command: ["php-fpm", "-y", "fpm.conf"] } } }
                    """)
            try scratch.write("releases/v1/php-fpm", "#!/bin/sh\n", mode: 0o755)
            try scratch.write("releases/v1/fpm.conf", pool)
            return resolver.examine("releases/v1").warnings
        }
        let closed = try warnings("[www]\npm = static\n; clear_env = no\n")
        #expect(closed.count == 1 && closed[0].hasSuffix("put `clear_env = no` into its pool's file"), "\(closed)")
        #expect(try warnings("[www]\n", "") == [])
        #expect(try warnings("[www]\nclear_env=no\n") == [])
        #expect(try warnings("include = pools/*.conf\n") == [])
    }

    @Test("check tells of an installed unit that is closed where the site writes, or that names what is not there")
    func installed() throws {
        let (scratch, release, configuration) = try site()
        func warnings(_ text: String) throws -> [String] {
            // (The site of this test lies in /tmp, where everybody may write.)
            try scratch.write("units/site.service", text.replacing(" /tmp /var/tmp", with: ""))
            let unit = try #require(InstalledUnit(of: configuration, in: [scratch.path("units")]))
            return ServiceCheck.warnings(configuration, release, file: "deployd.json", unit: unit)
        }
        let written = [scratch.path("sessions")]
        let good = ServiceUnit(configuration, executable: "/bin/deployd", user: nil, written: written).text
        #expect(try warnings(good) == [])
        let old = try warnings(ServiceUnit(configuration, executable: "/bin/deployd", user: nil).text)
        #expect(
            old == [
                "\(scratch.path("units/site.service")): the service may not write to \(written[0]), which the site "
                    + "needs: `deployd unit` prints one that fits"
            ])
        try scratch.write("units/site.service.d/override.conf", "[Service]\nReadWritePaths=\(written[0])\n")
        #expect(try warnings(ServiceUnit(configuration, executable: "/bin/deployd", user: nil).text) == [])
        try Files.removeTree(scratch.path("sessions"))
        let gone = try warnings(good)
        #expect(gone.count == 1 && gone[0].contains("so the service cannot start: make it"), "\(gone)")
        #expect(ServiceCheck.warnings(configuration, release, file: "deployd.json", unit: nil) == [])
    }
}
