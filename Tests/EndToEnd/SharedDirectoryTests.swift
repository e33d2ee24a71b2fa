import Linux
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Directories that the releases of a site share")
    struct SharedDirectoryTests {
        private static let page = """
            <?php
            if ($_SERVER["REQUEST_METHOD"] === "POST") {
                move_uploaded_file($_FILES["picture"]["tmp_name"], "uploads/" . basename($_FILES["picture"]["name"]));
            }
            echo basename(dirname(__DIR__));
            """

        private static func write(_ releases: Server.Releases, _ name: String, _ program: String) throws {
            try releases.directory.write(
                "releases/\(name)/release.json",
                """
                { web: { files: "public", fastcgi: { to: "php" }, mounts: { "/media": "../../shared/uploads" } },
                  processes: { php: { command: ["\(program)", "--nodaemonize", "--allow-to-run-as-root", "-n",
                                                "--fpm-config", "php-fpm.conf"], inherit: "fpm" } },
                  watch: "50ms", health: { path: "/" } }
                """)
            try releases.directory.write("releases/\(name)/public/index.php", page)
            try releases.directory.write(
                "releases/\(name)/php-fpm.conf",
                """
                [global]
                error_log = /dev/null
                [www]
                listen = ${DEPLOYD_SOCKET}
                user = nobody
                group = nogroup
                pm = static
                pm.max_children = 2
                """)
        }

        private func ask(_ server: Server, _ path: String, _ words: String...) throws -> (status: String, body: String)
        {
            let asked = try Child.run(
                [try Program.path("curl"), "--silent", "--write-out", "\n%{http_code}"] + words
                    + ["http://\(try server.address())\(path)"])
            let lines = asked.output.split(separator: "\n", omittingEmptySubsequences: false)
            return (String(lines.last ?? ""), lines.dropLast().joined(separator: "\n"))
        }

        @Test(
            "A picture that is uploaded through PHP is served after six deploys and after pruning, and is never a script"
        )
        func uploads() throws {
            guard let program = ["php-fpm8.2", "php-fpm8.4", "php-fpm"].first(where: { Program.find($0) != nil }) else {
                return skipped("SharedDirectoryTests.uploads", because: "there is no php-fpm")
            }
            let settings = "keep: 1, shared: { \"public/uploads\": { directory: \"shared/uploads\", mode: \"0777\" } }"
            let server = try Server(settings: settings) { releases in
                for number in 1...6 { try Self.write(releases, "w\(number)", program) }
            }
            try server.deploy("w1")
            #expect(try ask(server, "/").body == "w1")
            let picture = try server.directory.write("picture.png", "a picture")
            let script = try server.directory.write("script.php", "<?php echo 'run';")
            for file in [picture, script] {
                let answer = try ask(server, "/index.php", "--form", "picture=@\(file)")
                #expect(answer.status == "200" && answer.body == "w1", "\(answer)")
            }
            for number in 2...6 {
                try server.deploy("w\(number)")
                for place in ["/uploads", "/media"] {
                    let answer = try ask(server, "\(place)/picture.png")
                    #expect(answer.status == "200" && answer.body == "a picture", "\(number): \(answer)")
                    let never = try ask(server, "\(place)/script.php")
                    #expect(never.status == "404" && !never.body.contains("run"), "\(never)")
                }
                let part = try ask(server, "/uploads/picture.png", "--range", "2-4")
                #expect(part.status == "206" && part.body == "pic")
            }
            try server.waitUntilDrained()
            try wait(for: "the pruning") { Files.kind(server.directory.path("releases/w1")) == nil }
            #expect(try Files.read(server.directory.path("shared/uploads/picture.png")) == Array("a picture".utf8))
            #expect(try ask(server, "/uploads/picture.png").body == "a picture")
            try server.finish()
        }

        @Test(
            "A release that has files of its own there is refused, and they stay; the check names links that lead elsewhere"
        )
        func refused() throws {
            let server = try Server(settings: "shared: { \"data\": \"shared/data\" }") { releases in
                for name in ["own", "links"] {
                    try releases.directory.write(
                        "releases/\(name)/release.json", "{ web: { files: \"public\" }, watch: \"50ms\" }")
                    try releases.directory.write("releases/\(name)/public/index.html", name)
                }
                try releases.directory.write("releases/own/data/file.txt", "a person's")
                try Files.replaceLink(releases.directory.path("releases/links/public/etc"), target: "/etc")
                try Files.replaceLink(releases.directory.path("releases/links/public/in"), target: "../data")
            }
            let finished = try server.deployd("deploy", "own")
            #expect(finished.status != .exited(code: 0))
            #expect(
                finished.errors.contains("a directory with 1 entry, expected nothing, or a link to "),
                "\(finished.errors)")
            #expect(try Files.read(server.directory.path("releases/own/data/file.txt")) == Array("a person's".utf8))
            try server.deploy("links")
            let check = try server.deployd("check", "links")
            #expect(
                check.status == .exited(code: 0) && check.errors.contains("public/etc is a link to /etc: "),
                "\(check.errors)")
            #expect(!check.errors.contains("public/in"))
            #expect(try server.get("/") == "links")
            // Its disk is gone: what has served goes on, and nothing is made in its place.
            try Files.removeTree(server.directory.path("shared/data"))
            #expect(try server.deployd("check", "links").status == .exited(code: 0))
            let restart = try server.deployd("restart")
            #expect(restart.status == .exited(code: 0) && (restart.output + restart.errors).contains("is gone"))
            #expect(try server.get("/") == "links")
            #expect(Files.kind(server.directory.path("shared/data")) == nil)
            try server.waitUntilDrained()
            try server.finish()
        }
    }
}
