import Linux
import Supervisor
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

        /// With threads gunicorn closes kept connections when it stops, and loses what crosses the close, but for behind the
        /// web server.
        @Test(
            "gunicorn, with the release.json that init writes, loses no request from one release to the next",
            arguments: [
                (["gunicorn"], Load.Mode.close), (["gunicorn"], .keepalive), (["gunicorn-threads"], .close),
                (["gunicorn-threads", "--behind-web"], .keepalive),
            ])
        func gunicorn(preset: [String], mode: Load.Mode) throws {
            guard Program.find("gunicorn") != nil else {
                return skipped("the preset \(preset)", because: "gunicorn is missing (Debian: gunicorn)")
            }
            try Server.expectNoLoss(of: preset, mode) { server, release in
                try server.directory.write("releases/\(release)/app.py", Self.application)
                try server.directory.write("releases/\(release)/version", "\(release)\n")
            }
        }

        /// nginx closes idle connections when it stops: not with kept ones.
        @Test("nginx, with the release.json that init writes, finds its socket, and loses no request")
        func nginx() throws {
            guard Program.find("nginx") != nil else {
                return skipped("the preset nginx", because: "nginx is missing (Debian: nginx-light)")
            }
            try Server.expectNoLoss(of: ["nginx"], .close) { server, release in
                let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
                    "\($0)_temp_path temporary;"
                }
                try server.directory.write(
                    "releases/\(release)/nginx.conf",
                    """
                    pid nginx.pid;
                    events { worker_connections 64; }
                    http {
                        access_log off; \(temporary.joined(separator: " "))
                        server { listen \(try server.address()); location / { return 200 "\(release)\\n"; } }
                    }
                    """)
            }
        }

        @Test("php-fpm, with the files of its page, runs as the user that is named, and writes to the log")
        func phpFpm() throws {
            guard ThisProcess.uid == 0 else { return skipped("php-fpm", because: "another user needs root") }
            guard Program.find("php-fpm8.2") != nil else {
                return skipped("php-fpm", because: "php-fpm8.2 is missing (Debian: php-fpm)")
            }
            let page = try Files.read("\(Repository.path)/docs/how-to/servers/php-fpm.md")
            let blocks = String(decoding: page, as: UTF8.self).split(
                separator: "```\n", omittingEmptySubsequences: false)
            let settings = try #require(blocks.first { $0.hasPrefix("[global]") })
            let server = try Server(
                workers: 1, settings: "user: \"www-data\", environment: { TIER: \"silver\" }", ownProgram: true
            ) { releases in
                try releases.directory.write("releases/php/php-fpm.conf", String(settings))
                try releases.directory.write("releases/php/public/x", "")
                try releases.directory.write(
                    "releases/php/app/index.php",
                    "<?php echo 'as ', posix_getpwuid(posix_geteuid())['name'], ' in ', getenv('TIER');")
            }
            let written = try server.deployd("init", "--server", "php-fpm", server.directory.path("releases/php"))
            #expect(written.status == .exited(code: 0), "\(written.errors)")
            try server.deploy("php")
            #expect(try server.get("/") == "as www-data in silver")
            #expect(try server.log(2, process: "php").contains("ready to handle connections"))
            try server.finish()
        }

        @Test("A site of files, as init writes it, is served, and changed without a lost request")
        func files() throws {
            try Server.expectNoLoss(of: ["files"], .keepalive) { server, release in
                let page = "releases/\(release)/public/index.html"
                let first = String(decoding: try Files.read(server.directory.path(page)), as: UTF8.self)
                #expect(first.contains("<!doctype html>"))
                try server.directory.write("releases/\(release)/public/version", "\(release)\n")
            }
        }

        @Test("check finds no mistake in what init writes, where the programs are")
        func checked() throws {
            let server = try Server(started: false)
            let forms = ServerPreset.all.flatMap { preset in
                [[preset.name]] + (preset.behindWeb == nil ? [] : [[preset.name, "--behind-web"]])
            }
            let programs =
                "caddy gunicorn h2o haproxy hypercorn java nginx node php-fpm8.2 plackup puma site starman unicorn uvicorn uwsgi"
                .split(separator: " ")
            for (number, form) in forms.enumerated() {
                let release = "releases/preset-\(number)"
                let directory = server.directory.path(release)
                let written = try Child.run(server.command(["init", "--server"] + form + [directory]))
                #expect(written.status == .exited(code: 0), "\(written.errors)")
                for program in programs {
                    try server.directory.write("\(release)/\(program)", "#!/bin/sh\n", mode: 0o755)
                }
                let files =
                    "app.py app.psgi Caddyfile config.ru h2o.conf haproxy.cfg nginx.conf php-fpm.conf server.js site.jar "
                    + "app/index.php public/index.html"
                for file in files.split(separator: " ") {
                    try server.directory.write("\(release)/\(file)", "\n")
                }
                let checked = try server.deployd("check", "preset-\(number)")
                #expect(checked.status == .exited(code: 0), "\(form): \(checked.output)\(checked.errors)")
            }
            try server.waitUntilServing()
            try server.finish()
        }

        @Test("init keeps a release.json that is there, and names what it does not know")
        func refusals() throws {
            let server = try Server(started: false)
            let there = try server.deployd("init", "--server", "node", server.directory.path("releases/v1"))
            #expect(there.status == .exited(code: 1))
            #expect(there.errors.contains("release.json: found a file, which is left as it is"), "\(there.errors)")
            #expect(there.errors.contains("or move it away first"))
            // A site of files has a first page, its own if there is one.
            let site = try server.deployd("init", "--app", "static", server.directory.path("releases/site"))
            #expect(
                site.output.contains("wrote \(server.directory.path("releases/site/public/index.html"))"), "\(site)")
            #expect(try server.deployd("check", "site").status == .exited(code: 0))
            try server.directory.write("releases/built/dist/index.html", "built")
            _ = try server.deployd("init", "--app", "static", server.directory.path("releases/built"))
            let built = try server.deployd("check", "built")
            #expect(
                built.status == .exited(code: 0) && Files.kind(server.directory.path("releases/built/public")) == nil)
            let unknown = try server.deployd("init", "--server", "gunicron", server.directory.path("releases/new"))
            #expect(unknown.status == .exited(code: 64))
            #expect(unknown.errors.contains("did you mean gunicorn?"), "\(unknown.errors)")
            #expect(Files.kind(server.directory.path("releases/new")) == nil)
            let inFront = try server.deployd(
                "init", "--server", "nginx", "--behind-web", server.directory.path("releases/new"))
            #expect(inFront.status == .exited(code: 64))
            #expect(inFront.errors.contains("--behind-web: nginx has no such form"), "\(inFront.errors)")
            let listed = try server.deployd("init", "--list")
            #expect(listed.output.contains("uvicorn"), "\(listed.output)")
            try server.waitUntilServing()
            try server.finish()
        }
    }
}
