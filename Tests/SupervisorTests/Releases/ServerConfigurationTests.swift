import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("The first configuration of a server")
struct ServerConfigurationTests {
    private func read(_ text: String, _ file: String) -> Reading<Configuration> {
        Configuration.read(Array(text.utf8), file: file, surroundings: Surroundings(workingDirectory: "/"))
    }

    @Test(
        "has no error, and the places of its file",
        arguments: ["/etc/deployd/deployd.json", "/etc/deployd/two.json", "/x/a.json"])
    func places(file: String) {
        var server = ServerConfiguration(file: file)
        server.user = "www-data"
        server.releases = ["v7", "v6"]
        let reading = read(server.text, file)
        #expect(reading.problems == [])
        let site = ["/etc/deployd/deployd.json": "/srv/site", "/etc/deployd/two.json": "/srv/two"][file] ?? "/x"
        #expect(reading.value.releasesDirectory == "\(site)/releases")
        #expect(reading.value.initialRelease == "\(site)/releases/v7")
        #expect(reading.value.user == "www-data")
        #expect(reading.value.listeners.map(\.address.description) == ["127.0.0.1:8080"])
    }

    @Test("for https listens without TLS until the lines that wait are taken in by the command that it names")
    func https() throws {
        var server = ServerConfiguration(file: "/etc/deployd/deployd.json")
        server.host = "foobar.com"
        let before = read(server.text, server.file)
        #expect(before.problems == [])
        #expect(before.value.listeners.map(\.isSecure) == [false])
        #expect(before.value.tls.challenges == "/var/lib/deployd/challenges")
        #expect(server.certificateCommands.count == 3)
        let scratch = try TemporaryDirectory()
        try scratch.write("deployd.json", server.text)
        let command = try #require(server.certificateCommands.last?.split(separator: " && ").first)
        try Child.expect(["/bin/sh", "-c", String(command).replacing(server.file, with: scratch.path("deployd.json"))])
        let text = String(decoding: try Files.read(scratch.path("deployd.json")), as: UTF8.self)
        let after = read(text, server.file)
        #expect(after.problems == [])
        #expect(after.value.listeners.map(\.isSecure) == [false, true])
        #expect(after.value.tls.certificates.map(\.key) == ["/etc/letsencrypt/live/foobar.com/privkey.pem"])
    }

    @Test("installs the unit first where there is none, and says so if the proofs cannot be expected to arrive")
    func circumstances() {
        var server = ServerConfiguration(file: "/etc/deployd/two.json")
        server.host = "foobar.com"
        #expect(server.proofsNote == nil)
        server.hasUnit = false
        #expect(
            server.certificateCommands.prefix(2) == [
                "deployd unit --install --config /etc/deployd/two.json", "systemctl enable --now deployd@two",
            ])
        for (address, isTold) in [
            ("0.0.0.0:80", false), ("192.0.2.7:80", false), ("0.0.0.0:8080", true), ("127.0.0.1:80", true),
            ("[::1]:80", true), ("unix:/run/a.sock", true),
        ] {
            server.listen = address
            #expect((server.proofsNote != nil) == isTold, "\(address)")
        }
        #expect(ServerConfiguration.unitFiles(of: server.file).contains("/lib/systemd/system/deployd@.service"))
        #expect(ServerConfiguration.unitFiles(of: server.file).contains("/etc/systemd/system/deployd@two.service"))
    }

    @Test(
        "is for a host as certificates have it",
        arguments: ["192.0.2.7", "1.2", "foobar", "FOO.com", "-a.com", "a..com", "a.com;b", "*.a.com", ""])
    func hosts(host: String) {
        #expect(ServerConfiguration.mistake(inHost: host) != nil)
        #expect(ServerConfiguration.mistake(inHost: "www.foo-bar2.com") == nil)
    }
}

@Suite("Installing a unit")
struct UnitInstallationTests {
    @Test("writes it once, replaces its own, and leaves what somebody else wrote or changed")
    func install() throws {
        let scratch = try TemporaryDirectory()
        let configuration = try Configuration.read(
            Array("{}".utf8), file: "/etc/deployd/two.json", surroundings: Surroundings(workingDirectory: "/")
        ).get()
        func install(_ text: String) throws -> UnitInstallation.Outcome {
            try UnitInstallation(text, of: configuration, in: scratch.path).install()
        }
        let file = scratch.path("deployd@two.service")
        #expect(try install("[Service]\nA=1\n") == .written)
        #expect(try install("[Service]\nA=1\n") == .unchanged)
        #expect(try install("[Service]\nA=2\n") == .replaced)
        let own = String(decoding: try Files.read(file), as: UTF8.self)
        #expect(own.hasPrefix("[Service]\nA=2\n"))
        let one = "[Service]\nExecStart=/usr/bin/deployd start --config /etc/deployd/one.json\n"
        try Files.unlink(file)
        #expect(try install(one) == .written)
        #expect(try install(one.replacing("one", with: "two")) == .another("--config /etc/deployd/one.json"))
        #expect(try install(one.replacing("/usr", with: "/usr/local")) == .replaced)
        for text in [own.replacing("A=2", with: "A=3"), own + "B=1\n", "[Service]\nA=2\n"] {
            try scratch.write("deployd@two.service", text)
            #expect(try install("[Service]\nA=2\n") == .foreign)
            #expect(String(decoding: try Files.read(file), as: UTF8.self) == text)
        }
    }
}
