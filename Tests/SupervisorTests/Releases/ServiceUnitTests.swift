import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("The systemd unit of a configuration")
struct ServiceUnitTests {
    private func configuration(_ text: String, file: String, uid: UInt32 = 0) throws -> Configuration {
        try Configuration.read(
            Array(text.utf8), file: file, surroundings: Surroundings(workingDirectory: "/", userID: uid)
        ).get()
    }

    private func unit(
        _ text: String, file: String = "/srv/site/deployd.json", user: String? = nil,
        executable: String = "/usr/local/bin/deployd"
    ) throws -> [String] {
        let configuration = try configuration(text, file: file, uid: user == nil ? 0 : 1000)
        return ServiceUnit(configuration, executable: executable, user: user).text.split(separator: "\n").map(
            String.init)
    }

    @Test("deploy/systemd/deployd.service is the one of an installed deployd whose releases are in /srv/site/releases")
    func example() throws {
        let configuration = try configuration(
            "{ releases: \"/srv/site/releases\", release: \"/srv/site/releases/v1\" }",
            file: "/etc/deployd/deployd.json")
        let text = ServiceUnit(configuration, executable: "/usr/local/bin/deployd", user: nil).text
        let root = (0..<4).reduce("\(#filePath)") { path, _ in Files.directory(of: path) }
        #expect(String(decoding: try Files.read("\(root)/deploy/systemd/deployd.service"), as: UTF8.self) == text)
    }

    @Test("An installed deployd has systemd's directories, any other writes beside its file")
    func places() throws {
        let installed = try unit("{ releases: \"/srv/site/releases\" }", file: "/etc/deployd/deployd.json")
        #expect(installed.contains("StateDirectory=deployd"))
        #expect(installed.contains("RuntimeDirectoryPreserve=yes"))
        #expect(installed.contains("ReadWritePaths=/srv/site /tmp /var/tmp"))
        let other = try unit("{ state: \"/var/site/state\", listen: [\"unix:/run/site/web.sock\"] }")
        #expect(!other.contains { $0.hasPrefix("StateDirectory") })
        #expect(other.contains("ReadWritePaths=/run/site /srv/site -/var/site/state /tmp /var/tmp"))
        #expect(other.contains("ExecStart=/usr/local/bin/deployd start --config /srv/site/deployd.json"))
    }

    @Test(
        "The state directory may be written, and never its parent; who makes it is said",
        arguments: [
            ("/etc/stx", nil, "-/etc/stx "), ("/stx", nil, "-/stx "),
            ("/var/lib/a b/stx", nil, "\"-/var/lib/a b/stx\" "),
            ("/var/lib/private/stx", nil, "-/var/lib/private/stx "), ("/var/lib/stx", "stx", ""),
            ("/var/lib/sites/stx", "sites/stx", ""), ("/srv/site/var/state", nil, ""),
        ] as [(String, String?, String)])
    func state(directory: String, name: String?, open: String) throws {
        for user in [nil, "anna"] {
            let unit = try unit("{ state: \"\(directory)\" }", user: user)
            #expect(unit.contains("ReadWritePaths=/srv/site \(open)/tmp /var/tmp"), "\(unit)")
            #expect(unit.filter { $0.hasPrefix("StateDirectory=") } == (name.map { ["StateDirectory=\($0)"] } ?? []))
            let word = ServiceUnit.word(directory)
            let made = user == nil && !open.isEmpty ? ["ExecStartPre=+/bin/mkdir -p -m 711 \(word)"] : []
            #expect(unit.filter { $0.hasPrefix("ExecStartPre=") } == made)
        }
    }

    @Test("A site directly below / has no unit: everything would have to be open to it")
    func root() throws {
        let configuration = try configuration(
            "{ releases: \"/releases\", listen: [\"127.0.0.1:80\", \"unix:/web.sock\"] }",
            file: "/srv/site/deployd.json")
        let unit = ServiceUnit(configuration, executable: "/usr/local/bin/deployd", user: nil)
        #expect(unit.problems(file: "deployd.json").map(\.keyPath) == ["releases", "listen[1]"])
        let fine = try self.configuration("{ state: \"/stx\" }", file: "/srv/site/deployd.json")
        #expect(ServiceUnit(fine, executable: "/usr/local/bin/deployd", user: nil).problems(file: "f") == [])
    }

    @Test("Where the sandbox is closed a start says who makes the state directory")
    func closedState() {
        #expect(StateCheck.closedRemedy("/etc/stx", isThere: false).contains("install -d -m 711 -o "))
        #expect(StateCheck.closedRemedy("/etc/stx", isThere: true).contains("`deployd unit` prints a unit"))
    }

    @Test("A second instance has directories, and a unit, of its own name")
    func instance() throws {
        let two = try unit("{ releases: \"/srv/two/releases\" }", file: "/etc/deployd/two.json")
        #expect(two.first == "# Made by `deployd unit`, for /etc/systemd/system/deployd@two.service.")
        for line in ["StateDirectory=deployd-two", "RuntimeDirectory=deployd-two", "LogsDirectory=deployd-two"] {
            #expect(two.contains(line))
        }
        #expect(two.contains("ReadWritePaths=/srv/two /tmp /var/tmp"))
        #expect(two.contains("ExecStopPost=-/usr/local/bin/deployd __service-end %n --config /etc/deployd/two.json"))
        let configuration = try configuration("{}", file: "/etc/deployd/two.json")
        #expect(configuration.stateDirectory == "/var/lib/deployd-two")
        #expect(configuration.runtimeDirectory == "/run/deployd-two")
        let first = try self.configuration("{}", file: "/etc/deployd/deployd.json")
        #expect(first.stateDirectory == "/var/lib/deployd" && first.runtimeDirectory == "/run/deployd")
        for file in ["/etc/deployd/.two.json", "/etc/deployd/two", "/etc/deployd/a b.json", "/etc/other/two.json"] {
            #expect(Instance(configuration: file) == nil, "\(file)")
        }
    }

    @Test("What a release writes to is named, where it is not the instance's own")
    func written() throws {
        let configuration = try configuration(
            "{ releases: \"/srv/site/releases\" }", file: "/etc/deployd/deployd.json")
        let text = ServiceUnit(
            configuration, executable: "/usr/local/bin/deployd", user: nil,
            written: ["/var/log/deployd", "/var/log/site"]
        ).text
        #expect(text.contains("\nReadWritePaths=/srv/site /var/log/site /tmp /var/tmp\n"))
    }

    @Test("A path below another is not named twice")
    func shortest() throws {
        #expect(try unit("{ state: \"var/state\" }").contains("ReadWritePaths=/srv/site /tmp /var/tmp"))
    }

    @Test(
        "Homes are closed, unless something of it lies there",
        arguments: [
            ("/srv/site/deployd.json", "ProtectHome=yes"), ("/home/anna/site/deployd.json", "ProtectHome=no"),
            ("/homely/deployd.json", "ProtectHome=yes"),
        ])
    func homes(file: String, line: String) throws {
        #expect(try unit("{}", file: file).contains(line))
    }

    @Test("Nothing takes openat2 away, without which no file is served")
    func opens() throws { #expect(try !unit("{}").contains { $0.hasPrefix("RestrictSUIDSGID") }) }

    @Test("Another user than root gets no capability, but for ports below 1024")
    func users() throws {
        let plain = try unit("{}", user: "anna")
        #expect(plain.contains("User=anna"))
        #expect(plain.contains("CapabilityBoundingSet="))
        let low = try unit("{ listen: [\"[::]:80\"] }", user: "anna")
        #expect(low.contains("AmbientCapabilities=CAP_NET_BIND_SERVICE"))
        #expect(try !unit("{ listen: [\"[::]:80\"] }").contains { $0.hasPrefix("User=") || $0.hasPrefix("Ambient") })
    }

    @Test(
        "Paths are written so that systemd reads them back",
        arguments: [
            ("/srv/a b", "\"/srv/a b\""), ("/srv/50%", "/srv/50%%"), ("/srv/$x", "\"/srv/$$x\""),
            ("/srv/q\"q", "\"/srv/q\\\"q\""), ("/srv/plain", "/srv/plain"),
        ])
    func words(path: String, word: String) {
        #expect(ServiceUnit.word(path) == word)
    }
}
