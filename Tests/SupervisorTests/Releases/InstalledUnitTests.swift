import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("The unit that is installed for a configuration")
struct InstalledUnitTests {
    private func configuration(_ file: String?) throws -> Configuration {
        let surroundings = Surroundings(workingDirectory: "/srv/site")
        guard let file else { return Configuration.defaults(surroundings) }
        return try Configuration.read(Array("{}".utf8), file: file, surroundings: surroundings).get()
    }

    @Test(
        "What `deployd unit` prints is found again",
        arguments: ["/srv/site/deployd.json", "/srv/50% of it/x.json", nil] as [String?])
    func own(file: String?) throws {
        let configuration = try configuration(file)
        let text = ServiceUnit(configuration, executable: "/usr/local/bin/deployd", user: nil).text
        #expect(InstalledUnit.starts(configuration, text))
        let other = try self.configuration("/srv/other/deployd.json")
        #expect(!InstalledUnit.starts(other, text))
    }

    @Test(
        "A unit of somebody's own is one, when it starts deployd with this file",
        arguments: [
            ("ExecStart=/opt/deployd start --config=/srv/site/deployd.json v1", true),
            ("ExecStart=\"/opt/my programs/deployd\" start --config /srv/site/deployd.json", true),
            ("WorkingDirectory=/srv/site\nExecStart=/opt/deployd start", true),
            ("WorkingDirectory=/srv/other\nExecStart=/opt/deployd start", false),
            ("ExecStart=/opt/deployd start", false),
            ("ExecStart=/opt/deployd start --config /srv/site/deployd.json5", false),
            ("ExecStart=/opt/deployd check --config /srv/site/deployd.json", false),
            ("ExecStart=/opt/nginx start --config /srv/site/deployd.json", false),
            ("ExecReload=/opt/deployd start --config /srv/site/deployd.json", false),
        ])
    func others(text: String, isOne: Bool) throws {
        let configuration = try configuration("/srv/site/deployd.json")
        #expect(InstalledUnit.starts(configuration, "[Service]\n\(text)\n") == isOne)
    }

    @Test("Its name is the file's; the one that `deployd unit` gives goes before others")
    func names() throws {
        let scratch = try TemporaryDirectory()
        let two = try configuration("/etc/deployd/two.json")
        #expect(InstalledUnit(of: two, in: [scratch.path]) == nil)
        let text = ServiceUnit(two, executable: "/usr/local/bin/deployd", user: nil).text
        try scratch.write("a.service", text)
        try scratch.write("b.timer", text)
        #expect(InstalledUnit(of: two, in: [scratch.path])?.name == "a")
        try scratch.write("deployd@two.service", text)
        #expect(InstalledUnit(of: two, in: [scratch.path])?.name == "deployd@two")
        let first = try configuration("/etc/deployd/deployd.json")
        #expect(InstalledUnit(of: first, in: [scratch.path]) == nil)
    }

    @Test("A package's units count where the administrator has none of that name; a template is each instance's")
    func package() throws {
        let scratch = try TemporaryDirectory()
        let folders = [scratch.path("etc"), scratch.path("usr")]
        let (first, two) = (try configuration("/etc/deployd/deployd.json"), try configuration("/etc/deployd/two.json"))
        let text = { (file: String) in
            "[Service]\nProtectSystem=strict\nExecStart=/usr/bin/deployd start --config \(file)\n"
        }
        try scratch.write("usr/deployd.service", text("/etc/deployd/deployd.json"))
        try scratch.write("usr/deployd@.service", text("/etc/deployd/%i.json") + "ReadWritePaths=/srv/%i\n")
        #expect(InstalledUnit(of: first, in: folders)?.name == "deployd")
        let unit = try #require(InstalledUnit(of: two, in: folders))
        #expect(unit.name == "deployd@two")
        #expect(unit.file == scratch.path("usr/deployd@.service"))
        #expect(unit.sandbox.mayWrite("/srv/two/uploads"))
        #expect(!unit.sandbox.mayWrite("/srv/more"))
        try scratch.write("etc/deployd@two.service.d/override.conf", "[Service]\nReadWritePaths=/srv/more\n")
        #expect(InstalledUnit(of: two, in: folders)?.sandbox.mayWrite("/srv/more") == true)
        // The administrator's has the name of the package's, and starts another site.
        try scratch.write("etc/deployd.service", text("/srv/site/deployd.json"))
        #expect(InstalledUnit(of: first, in: folders) == nil)
    }
}
