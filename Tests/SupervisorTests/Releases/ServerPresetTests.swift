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
        for text in [preset.manifest, preset.behindWeb].compactMap(\.self) {
            let reading = Manifest.read(Array(text.utf8), directory: "/releases/v1", shownFile: "release.json")
            #expect(reading.problems.map(\.description) == [])
            #expect(reading.value.health.path == "/")
            #expect(text.contains("command: [") == (name != "files"))
            #expect(text.hasSuffix("}\n"))
            #expect(!text.split(separator: "\n").contains { $0.count > 130 }, "a line is too long for a screen")
        }
    }

    @Test(
        "Those of applications are manifests without a mistake, and so is what they say of shared directories",
        arguments: AppPreset.all.map(\.name))
    func applications(name: String) throws {
        let preset = try #require(AppPreset.named(name))
        let reading = Manifest.read(Array(preset.manifest.utf8), directory: "/releases/v1", shownFile: "release.json")
        #expect(reading.problems.map(\.description) == [])
        let web = try #require(reading.value.web)
        #expect(reading.value.health.path != nil && preset.manifest.hasSuffix("}\n"))
        #expect(!preset.manifest.split(separator: "\n").contains { $0.count > 140 }, "a line is too long for a screen")
        #expect(preset.manifest.contains("php-fpm.conf") == (preset.files.first?.path == "php-fpm.conf"))
        if let pool = preset.files.first {
            #expect(web.maxBodyBytes == 64 << 20 && pool.text.contains("post_max_size] = 64M"))
        }
        for place in preset.shared {
            #expect(AppPreset.advice(shared: preset.shared)?.contains("\"\(place)\": \"/srv/") == true)
        }
    }

    @Test(
        "A Django project is found where it is: by the settings that its manage.py names, else by its wsgi.py",
        arguments: [
            (["manage.py", "shop/wsgi.py", "config/wsgi.py"], "config.settings.live", "config.wsgi", ""),
            (["manage.py", "a/wsgi.py", "proj/conf/wsgi.py"], "proj.conf.settings", "proj.conf.wsgi", ""),
            (["manage.py", "shop/wsgi.py"], "elsewhere", "shop.wsgi", ""),
            (["src/manage.py", "src/shop/wsgi.py"], "shop.settings", "shop.wsgi", "src"),
            (["app.py"], "", nil, ""),
        ] as [([String], String, String?, String)])
    func django(files: [String], settings: String, module: String?, place: String) throws {
        let scratch = try TemporaryDirectory()
        for file in files {
            let text = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', '\(settings)')\n"
            try scratch.write(file, file.hasSuffix("manage.py") ? "import os\n\(text)" : "")
        }
        let preset = try #require(AppPreset.named("django"))
        let adapted = preset.adapted(to: scratch.path)
        let reading = Manifest.read(Array(adapted.manifest.utf8), directory: "/releases/v1", shownFile: "release.json")
        #expect(reading.problems.map(\.description) == [])
        #expect(reading.value.processes.first?.command == ["gunicorn", module ?? "mysite.wsgi"])
        #expect(adapted.notes.first?.contains(module.map { "the application: \($0)" } ?? "name your project") == true)
        #expect(adapted.manifest.contains("name your project") == (module == nil))
        let front = place.isEmpty ? "" : "\(place)/"
        #expect(reading.value.directory == (place.isEmpty ? "." : place) && adapted.shared == ["\(front)media"])
        #expect(reading.value.web?.mounts == ["/static": "\(front)static", "/media": "\(front)media"])
    }

    @Test("Those that close idle connections when they stop have a form behind the web server")
    func behindWeb() {
        let known = ServerPreset.all.filter { $0.behindWeb != nil }.map(\.name)
        #expect(known == ["gunicorn", "gunicorn-threads", "hypercorn", "java", "puma", "unicorn", "uvicorn"])
        #expect(known.allSatisfy { ServerPreset.named($0)?.behindWeb?.contains("web: { forward:") == true })
    }

    @Test("Those whose frameworks know a development mode run in production")
    func production() throws {
        for name in ["puma", "unicorn", "starlet"] {
            let preset = try #require(ServerPreset.named(name))
            for text in [preset.manifest, preset.behindWeb].compactMap(\.self) {
                #expect(text.contains("\"production\""), "\(text)")
            }
        }
        #expect(ServerPreset.named("node")?.manifest.contains("NODE_ENV: \"production\"") == true)
    }

    @Test("uvicorn behind the web server believes it who the client is")
    func forwarded() {
        #expect(ServerPreset.named("uvicorn")?.behindWeb?.contains("\"--forwarded-allow-ips\", \"*\"") == true)
        #expect(ServerPreset.named("uvicorn")?.manifest.contains("forwarded") == false)
    }

    @Test(
        "The callable of a Python application is found where frameworks put it",
        arguments: [
            (["manage.py": "", "shop/wsgi.py": "application = get_wsgi_application()\n"], "shop.wsgi:application"),
            (["wsgi.py": "import x\napp = Flask(__name__)\n"], "wsgi:app"),
            (["app.py": "def application(environ, start):\n    app = 1\n"], "app:application"),
            (["main.py": "app: Flask = make()\n"], "main:app"),
            (["app.py": "    app = 1\napp == 2\napps = []\n", "shop/wsgi.py": "application = 1\n"], nil),
            ([:], nil),
        ] as [([String: String], String?)])
    func callable(files: [String: String], callable: String?) throws {
        let scratch = try TemporaryDirectory()
        for (name, text) in files { try scratch.write(name, text) }
        #expect(PythonProject(scratch.path).callable(.wsgi) == callable)
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

    @Test("What languages and frameworks are called means a preset, and one only")
    func meant() {
        var seen: Set<String> = []
        for (name, words) in ServerPreset.meant {
            #expect(ServerPreset.named(name) != nil, "\(name)")
            for word in words {
                #expect(ServerPreset.named(word) == nil && seen.insert(word).inserted, "\(word)")
                #expect(ServerPreset.nearest(to: word) == name)
            }
        }
    }

    @Test(
        "Those that end at once on TERM finish what they have on another signal",
        arguments: [("unicorn", Signal.quit), ("starman", .quit), ("haproxy", .usr1), ("nginx", .quit)])
    func signal(name: String, signal: Signal) throws {
        let preset = try #require(ServerPreset.named(name))
        let reading = Manifest.read(Array(preset.manifest.utf8), directory: "/releases/v1", shownFile: "release.json")
        #expect(reading.value.drain.signal == signal)
    }
}
