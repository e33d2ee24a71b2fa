import Handoff
import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("Presets for servers")
struct ServerPresetTests {
    @Test("Each is a manifest without a mistake", arguments: ServerPreset.all.map(\.name))
    func isRead(name: String) throws {
        let preset = try #require(ServerPreset.named(name))
        let reading = Manifest.read(Array(preset.manifest.utf8), directory: "/releases/v1", shownFile: "release.json")
        #expect(reading.problems.map(\.description) == [])
        #expect(reading.value.health.path == "/")
        #expect(!reading.value.command.isEmpty)
    }

    @Test("They are listed by name, each once")
    func order() {
        let names = ServerPreset.all.map(\.name)
        #expect(names == Set(names).sorted())
    }

    @Test("A slip of the hand is told")
    func nearest() {
        #expect(ServerPreset.named("gunicron") == nil)
        #expect(ServerPreset.nearest(to: "gunicron") == "gunicorn")
        #expect(ServerPreset.nearest(to: "apache") == nil)
    }

    @Test("unicorn finishes what it has on QUIT")
    func signal() throws {
        let preset = try #require(ServerPreset.named("unicorn"))
        let reading = Manifest.read(Array(preset.manifest.utf8), directory: "/releases/v1", shownFile: "release.json")
        #expect(reading.value.drain.signal == .quit)
    }
}
