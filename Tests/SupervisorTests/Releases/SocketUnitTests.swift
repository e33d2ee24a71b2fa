import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("The socket unit of a service")
struct SocketUnitTests {
    @Test("Its addresses are read as systemd reads them, the files that add to it last")
    func addresses() {
        let unit = """
            [Socket]
            ListenStream=80
            ListenStream=127.0.0.1:8080
            #ListenStream=1
            ListenStream=/run/site/web.sock
            ListenStream=@site

            """
        let all = ["[::]:80", "127.0.0.1:8080", "unix:/run/site/web.sock", "unix:@site"]
        #expect(SocketUnit.addresses([unit]) == all.compactMap { SocketAddress(parsing: $0) })
        let other = SocketUnit.addresses([unit, "[Socket]\nListenStream=\nListenStream=[::1]:81\n"])
        #expect(other == [SocketAddress(parsing: "[::1]:81")].compactMap(\.self))
    }

    @Test("It is the one with the service's name, and what another program has is not systemd's")
    func ofService() throws {
        let scratch = try TemporaryDirectory()
        let holder = try Socket.stream(.v4)
        try holder.bind(try #require(SocketAddress(parsing: "127.0.0.1:0")))
        try holder.listen(backlog: 1)
        let address = try holder.localAddress()
        let surroundings = Surroundings(workingDirectory: "/srv/site")
        let configuration = try Configuration.read(
            Array("{}".utf8), file: "/srv/site/deployd.json", surroundings: surroundings
        ).get()
        let text = ServiceUnit(configuration, executable: "/usr/local/bin/deployd", user: nil).text
        try scratch.write("site.service", text)
        let service = try #require(InstalledUnit(of: configuration, in: [scratch.path]))
        try scratch.write("other.socket", "[Socket]\nListenStream=80\n")
        #expect(SocketUnit(of: service) == nil)
        try scratch.write("site.socket", "[Socket]\nListenStream=80\n")
        try scratch.write("site.socket.d/a.conf", "[Socket]\nListenStream=\(address)\n")
        let unit = try #require(SocketUnit(of: service))
        #expect(unit.name == "site.socket" && unit.addresses.count == 2)
        #expect(!unit.held.contains(address))
        #expect(!SocketUnit.isManagers(address))
    }

    @Test("The one that comes with deployd gives up, and uses no word of its own")
    func example() throws {
        let root = (0..<4).reduce("\(#filePath)") { path, _ in Files.directory(of: path) }
        let text = String(decoding: try Files.read("\(root)/deploy/systemd/deployd.socket"), as: UTF8.self)
        let lines = text.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("TriggerLimitIntervalSec=") })
        #expect(lines.contains { $0.hasPrefix("TriggerLimitBurst=") })
        #expect(!text.contains("lane"))
        #expect(SocketUnit.addresses([text]) == [SocketAddress(parsing: "[::]:80")].compactMap(\.self))
    }
}
