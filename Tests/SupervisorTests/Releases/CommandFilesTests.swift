import Linux
import TestSupport
import Testing

@testable import Supervisor

@Suite("Files that the command of a known server names")
struct CommandFilesTests {
    @Test(
        "What is not there is named, with where it was looked for",
        arguments: [
            ("php-fpm8.2 --nodaemonize --fpm-config php-fpm.conf", "3 /r/php-fpm.conf"),
            ("/usr/sbin/php-fpm8.2 -y conf/fpm.conf", "2 /r/conf/fpm.conf"),
            ("nginx -p . -e stderr -c nginx.conf", "6 /r/nginx.conf"),
            ("nginx -p sub -c nginx.conf", "4 /r/sub/nginx.conf"),
            ("nginx -c /nowhere/nginx.conf", "2 /nowhere/nginx.conf"),
            ("haproxy -db -f haproxy.cfg", "3 /r/haproxy.cfg"),
            ("caddy run --config Caddyfile --adapter caddyfile", "3 /r/Caddyfile"),
            ("h2o -c h2o.conf", "2 /r/h2o.conf"),
            ("venv/bin/gunicorn --config=conf.py app:app", "1 /r/conf.py"),
            ("gunicorn -c conf.py app:app", "2 /r/conf.py"),
            ("puma --environment production config.ru", "3 /r/config.ru"),
            ("starman --workers 8 app.psgi", "3 /r/app.psgi"),
            ("python3.11 server.py", "1 /r/server.py"), ("node server.js", "1 /r/server.js"),
            ("java -jar site.jar {port}", "2 /r/site.jar"), ("uwsgi --ini site.ini", "2 /r/site.ini"),
        ])
    func names(_ command: String, _ expected: String) throws {
        let found = CommandFiles(directory: "/r").missing(in: command.split(separator: " ").map(String.init))
        #expect(found.map { "\($0.index) \($0.path)" } == [expected], "\(command)")
    }

    @Test(
        "What is not certain is passed over",
        arguments: [
            "nginx -c nginx.conf", "gunicorn -c python:shop.conf app:app", "gunicorn app:app",
            "haproxy -C /etc -f a.cfg",
            "python3 -m shop", "node server", "puma -C -", "site -c site.conf", "php-fpm -y {app}.conf", "env -c x", "",
            "java -cp . Site", "sh -c ./run", "nginx -p",
        ])
    func passesOver(command: String) {
        let words = command.split(separator: " ").map(String.init)
        #expect(CommandFiles(directory: "/r").missing(in: words) == [])
    }

    @Test("A file that is not in the release is a mistake; where a hook runs before, which may make it, a warning")
    func isToldByTheCheck() throws {
        let scratch = try TemporaryDirectory()
        let surroundings = Surroundings(workingDirectory: scratch.path, userID: ThisProcess.uid)
        let resolver = ReleaseResolver(configuration: .defaults(surroundings), surroundings: surroundings)
        func write(_ more: String) throws {
            try scratch.release("releases/v1", manifest: "{ command: ['haproxy', '-f', 'haproxy.cfg'], \(more) }")
            try scratch.write("releases/v1/haproxy", "#!/bin/sh\n", mode: 0o755)
        }
        try write("")
        let path = "\(scratch.path)/releases/v1/haproxy.cfg"
        #expect(
            resolver.examine("releases/v1").problems.map(\.description) == [
                "releases/v1/release.json: command[2]: found \"haproxy.cfg\", which does not exist, expected a file at \(path)"
            ])
        try write("hooks: { before: ['site'] }")
        let hooked = resolver.examine("releases/v1")
        #expect(hooked.problems == [] && hooked.warnings.count == 1, "\(hooked)")
        #expect(hooked.warnings.first?.contains("unless the before hook creates it") == true)
        try scratch.write("releases/v1/haproxy.cfg", "")
        let good = resolver.examine("releases/v1")
        #expect(good.problems == [] && good.warnings == [])
        try write("processes: { job: ['sh', 'bin/job.sh'] }")
        #expect(resolver.examine("releases/v1").problems.map(\.keyPath) == ["processes.job.command[1]"])
    }
}
