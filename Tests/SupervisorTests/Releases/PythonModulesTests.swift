import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("The application that the command of a Python server names")
struct PythonModulesTests {
    private func missing(
        _ command: String, _ files: [String] = [], environment: [String: String] = [:]
    ) throws -> String? {
        let scratch = try TemporaryDirectory()
        for file in files { try scratch.write(file, file.hasSuffix(".pth") ? "\(scratch.path)/elsewhere\n" : "") }
        let modules = PythonModules(
            directory: scratch.path, virtualEnvironment: scratch.path("venv"), programs: [scratch.path("venv/bin/x")],
            environment: environment)
        let found = modules.missing(in: command.split(separator: " ").map(String.init))
        return found.map { "\($0.index) \($0.module)" }
    }

    @Test(
        "A module that is nowhere is told",
        arguments: [
            ("gunicorn app_x:app", [], "1 app_x"), ("gunicorn --workers 1 --threads=8 app_x:app", [], "4 app_x"),
            ("gunicorn --preload app_x", [], "2 app_x"), ("venv/bin/uvicorn --fd 3 app_x:app", [], "3 app_x"),
            ("hypercorn --bind fd://3 app_x.asgi:app", ["app_x/wsgi.py"], "3 app_x.asgi"),
            ("uwsgi --master --wsgi app_x:app", [], "3 app_x"),
        ] as [(String, [String], String)])
    func nowhere(command: String, files: [String], expected: String) throws {
        #expect(try missing(command, files) == expected)
    }

    @Test(
        "One that is there, or may be, is not",
        arguments: [
            ("gunicorn app_x:app", ["app_x.py"]), ("gunicorn app_x:app", ["app_x/__init__.py"]),
            ("gunicorn app_x.wsgi:app", ["app_x/wsgi.py"]),
            ("gunicorn app_x:app", ["app_x.cpython-311-x86_64-linux-gnu.so"]),
            ("gunicorn app_x:app", ["venv/lib/python3.11/site-packages/app_x.py"]),
            ("gunicorn app_x.wsgi:app", ["venv/lib/python3.11/site-packages/app_x/__init__.py"]),
            ("gunicorn app_x:app", ["venv/lib/python3.11/site-packages/a.pth", "elsewhere/app_x.py"]),
            ("gunicorn app_x:app", ["venv/lib/python3.11/site-packages/__editable___shop_finder.py"]),
            ("gunicorn wsgiref.simple_server:demo_app", ["venv/lib/python3.11/wsgiref/simple_server.py"]),
            ("gunicorn --chdir src app_x:app", []), ("gunicorn --config=x.py app_x:app", ["x.py"]),
            ("gunicorn app_x:app", ["gunicorn.conf.py"]), ("uvicorn --app-dir=src app_x:app", []),
            ("hypercorn src/app_x:app", []), ("gunicorn --some-new-option app_x:app", []), ("gunicorn", []),
            ("gunicorn {app}:app", []), ("python3 app_x:app", []), ("uwsgi --ini site.ini", []), ("", []),
        ] as [(String, [String])])
    func mayBeThere(command: String, files: [String]) throws {
        #expect(try missing(command, files) == nil)
    }

    @Test("Where a variable names other places nothing is certain", arguments: ["PYTHONPATH", "GUNICORN_CMD_ARGS"])
    func variables(name: String) throws {
        #expect(try missing("gunicorn app_x:app", environment: [name: "src"]) == nil)
    }

    /// A release with a gunicorn on PATH that runs with a python of its own.
    private func examine(_ manifest: String, _ files: [String]) throws -> ReleaseExamination {
        let scratch = try TemporaryDirectory()
        let python = try scratch.write("usr/bin/python3.11", "", mode: 0o755)
        try scratch.write("usr/bin/gunicorn", "#!\(python)\n", mode: 0o755)
        try scratch.release("releases/v1", manifest: manifest)
        for file in files {
            let python = "#!\(scratch.path("releases/v1/venv/bin/python3"))\n"
            let text = file.hasSuffix("bin/gunicorn") ? python : file.hasSuffix(".py") ? "app = 1\n" : ""
            try scratch.write("releases/v1/\(file)", text, mode: 0o755)
        }
        let surroundings = Surroundings(
            workingDirectory: scratch.path, environment: ["PATH": scratch.path("usr/bin")], userID: ThisProcess.uid,
            executableDirectory: "/nowhere")
        let configuration = Configuration.defaults(surroundings)
        return ReleaseResolver(configuration: configuration, surroundings: surroundings).examine("releases/v1")
    }

    @Test("check tells of it, with the application that is there; where a hook runs before it warns")
    func isToldByTheCheck() throws {
        let manifest = "{ command: ['gunicorn', 'app_x:app'], directory: '.' }"
        let found = try examine(manifest, ["wsgi.py"]).problems
        #expect(found.map(\.keyPath) == ["command[1]"])
        #expect(found.first?.found == "\"app_x:app\", and no module app_x")
        #expect(found.first?.advice == "did you mean \"wsgi:app\"?")
        #expect(try examine(manifest, ["app_x.py"]).problems == [])
        let hooked = try examine("{ command: ['gunicorn', 'app_x:app'], hooks: { before: ['site'] } }", [])
        #expect(hooked.problems == [] && hooked.warnings.count == 1, "\(hooked)")
        #expect(hooked.warnings.first?.contains("unless the before hook creates it") == true)
    }

    @Test("A server that sees nothing of the release's environment is a warning")
    func environment() throws {
        let manifest = "{ command: ['gunicorn', 'app_x:app'] }"
        let environment = ["app_x.py", "venv/pyvenv.cfg", "venv/bin/python3"]
        let outside = try examine(manifest, environment)
        #expect(outside.problems == [] && outside.warnings.count == 1, "\(outside)")
        let warning = outside.warnings.first ?? ""
        let words = "sees nothing of the release's environment venv, which has no gunicorn; "
        #expect(warning.contains(words), "\(warning)")
        #expect(warning.hasSuffix("releases/v1/venv/bin/pip install gunicorn"), "\(warning)")
        #expect(try examine(manifest, environment + ["venv/bin/gunicorn"]).warnings == [])
        #expect(try examine(manifest, ["app_x.py"]).warnings == [])
    }
}
