import Linux
import Supervisor
import TestSupport
import Testing

extension EndToEnd {
    @Suite("deployd as the web server of a release")
    struct WebServerTests {
        private static func write(_ releases: Server.Releases, _ name: String) throws {
            try releases.directory.write(
                "releases/\(name)/release.json",
                """
                { web: { files: "public", forward: { "/app": "app" }, accessLog: "combined", fallback: "index.html",
                         requestId: true, serverTiming: true,
                         hosts: ["www.foobar.com", "127.0.0.1"], redirects: { "foobar.com": "https://www.foobar.com" } },
                  processes: { app: { command: ["tier", "app", "\(name)\\n"], workers: 2, socket: "listen" } },
                  watch: "50ms" }
                """)
            try releases.directory.write("releases/\(name)/public/index.html", "\(name)\n")
            try releases.directory.write("releases/\(name)/public/hello.txt", "hello\n")
            try Repository.copy(Repository.fixture("tier"), to: releases.directory.path("releases/\(name)/tier"))
        }

        @Test("Files and an application behind: no request fails over ten deploys, and no connection is closed")
        func deploys() throws {
            let server = try Server(releases: {
                try Self.write($0, "one")
                try Self.write($0, "two")
            })
            try server.deploy("one")
            try server.waitUntilDrained()
            #expect(try server.get("/") == "one\n")
            #expect(try server.get("/hello.txt") == "hello\n")
            #expect(try server.get("/app/x") == "one\n")
            #expect(try server.get("/a/page") == "one\n")
            let loads = try [
                Load(.keepalive, at: try server.address(), connections: 4, path: "/app", bodies: ["one\\n", "two\\n"]),
                Load(.close, at: try server.address(), connections: 4, path: "/app", bodies: ["one\\n", "two\\n"]),
                Load(.keepalive, at: try server.address(), connections: 4, path: "/", bodies: ["one\\n", "two\\n"]),
            ]
            for number in 1...10 { try server.deploy(number % 2 == 1 ? "two" : "one") }
            for load in loads { try load.end().expectPerfect("ten deploys of the web server") }
            try server.waitUntilDrained()
            let log = try server.log(2)
            #expect(log.contains("\"GET /app/x HTTP/1.1\" 200 4 "), "\(log.prefix(2000))")
            let led = try Child.run([
                try Program.path("curl"), "--silent", "--dump-header", "-", "--header", "Host: foobar.com",
                "http://\(try server.address())/x?y",
            ])
            #expect(led.output.lowercased().contains("location: https://www.foobar.com/x?y\r\n"), "\(led.output)")
            #expect(led.output.contains("\r\nX-Request-Id: ") && led.output.contains("\r\nServer-Timing: total;dur="))
            try server.finish()
        }

        @Test("A release whose first page is missing is deployed, and the deploy and the check say so")
        func withoutFirstPage() throws {
            let server = try Server(releases: { releases in
                let manifest = "releases/files/release.json"
                try releases.directory.write(manifest, "{ web: { files: \"public\" }, watch: \"50ms\" }")
                try releases.directory.write("releases/files/public/style.css", "\n")
            })
            let words = "web.files: there is no index.html in "
            let check = try server.deployd("check", "files")
            #expect(check.status == .exited(code: 0) && check.errors.contains(words), "\(check.errors)")
            let deploy = try server.deployd("deploy", "files")
            #expect(deploy.status == .exited(code: 0), "\(deploy.errors)")
            #expect(deploy.output.contains("  note: ") && deploy.output.contains(words), "\(deploy.output)")
            try server.waitUntilDrained()
            try server.finish()
        }

        @Test(
            "Of a release that is served whole nothing is sent that deployd itself reads or writes, and the check warns"
        )
        func wholeRelease() throws {
            let server = try Server { releases in
                try releases.directory.write(
                    "releases/whole/release.json",
                    """
                    { web: { files: ".", accessLog: { file: "access.log" } }, environmentFiles: ["own.env"],
                      environment: { KEY: "secret" }, watch: "50ms" }
                    """)
                try releases.directory.write("releases/whole/own.env", "PASSWORD=secret\n")
                try releases.directory.write("releases/whole/index.html", "for users\n")
                try Files.replaceLink(releases.directory.path("releases/whole/link.txt"), target: "release.json")
                try Files.link(
                    releases.directory.path("releases/whole/own.env"),
                    as: releases.directory.path("releases/whole/second.txt"))
            }
            let check = try server.deployd("check", "whole")
            #expect(check.errors.contains("is the release's own directory"), "\(check.errors)")
            try server.deploy("whole")
            #expect(try server.get("/") == "for users\n")
            for path in ["/release.json", "/own.env", "/access.log", "/link.txt", "/second.txt"] {
                let asked = try Child.run([
                    try Program.path("curl"), "--silent", "--write-out", "%{http_code}",
                    "http://\(try server.address())\(path)",
                ])
                #expect(asked.output.hasSuffix("404") && !asked.output.contains("secret"), "\(path): \(asked.output)")
            }
            try server.finish()
        }

        @Test("A file that the workers' user may not read is 403, and the log says which")
        func unreadable() throws {
            guard ThisProcess.uid == 0 else { return skipped("unreadable files", because: "another user needs root") }
            let server = try Server(workers: 1, ownProgram: true) { releases in
                try releases.directory.write(
                    "releases/files/release.json",
                    "{ web: { files: \"public\" }, user: \"www-data\", watch: \"50ms\", health: { path: \"/open\" } }")
                try releases.directory.write("releases/files/public/open", "yes")
                try releases.directory.write("releases/files/public/closed", "no", mode: 0o600)
            }
            try server.deploy("files")
            #expect(try server.get("/open") == "yes")
            let asked = try Child.run([
                try Program.path("curl"), "--silent", "--output", "/dev/null", "--write-out", "%{http_code}",
                "http://\(try server.address())/closed",
            ])
            #expect(asked.output == "403")
            let log = try server.log(2)
            #expect(log.contains("closed: Permission denied"), "\(log)")
            try server.finish()
        }

        /// A FastCGI application that answers every request with the field `X-Accel-Redirect: QUERY`.
        private static let application = """
            import os, socket, struct, sys
            def record(kind, content): return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(sys.argv[1])
            os.chmod(sys.argv[1], 0o666)
            listener.listen()
            while True:
                peer, request = listener.accept()[0], b""
                while not request.endswith(struct.pack(">BBHHBB", 1, 5, 1, 0, 0, 0)):
                    piece = peer.recv(65536)
                    if not piece: break
                    request += piece
                else:
                    at = request.index(b"QUERY_STRING")
                    query = request[at + 12:at + 12 + request[at - 1]]
                    peer.sendall(record(6, b"X-Accel-Redirect: " + query + b"\\r\\n\\r\\n") + record(3, bytes(8)))
                peer.close()
            """

        @Test("A script's file is looked for below files, wherever the scripts lie, and is like any other file")
        func filesForScripts() throws {
            guard ThisProcess.uid == 0 else { return skipped("files for scripts", because: "another user needs root") }
            let directory = try TemporaryDirectory()
            let socket = directory.path("socket")
            let application = try Child([try Program.path("python3"), "-c", Self.application, socket])
            try wait(for: "the application") {
                (try? Socket.stream(.unix).connect(.unix(path: socket))) == .connected
            }
            let server = try Server(workers: 1, ownProgram: true) { releases in
                try releases.directory.write(
                    "releases/php/release.json",
                    """
                    { web: { files: "public", fastcgi: { to: "unix:\(socket)", root: "app" } }, user: "www-data",
                      watch: "50ms", health: { path: "/open" } }
                    """)
                try releases.directory.write("releases/php/app/a.php", "<?php")
                try releases.directory.write("releases/php/app/own", "no")
                try releases.directory.write("releases/php/public/open", "yes")
                try releases.directory.write("releases/php/public/closed", "no", mode: 0o600)
            }
            try server.deploy("php")
            for (path, status) in [("/closed", "403"), ("/a.php?/closed", "403"), ("/a.php?/own", "404")] {
                let asked = try Child.run([
                    try Program.path("curl"), "--silent", "--output", "/dev/null", "--write-out", "%{http_code}",
                    "http://\(try server.address())\(path)",
                ])
                #expect(asked.output == status, "\(path)")
            }
            #expect(try server.get("/a.php?/open") == "yes")
            try server.finish()
            withExtendedLifetime((directory, application)) {}
        }

        @Test("Of an application that takes its time to boot the log says nothing, and of the probes the access log")
        func slowBoot() throws {
            let server = try Server { releases in
                try releases.directory.write(
                    "releases/slow/release.json",
                    """
                    { web: { forward: { "/": "app" }, accessLog: "combined" }, watch: "50ms",
                      processes: { app: { command: ["sh", "-c", "sleep 0.5; exec $DEPLOYD_RELEASE/tier app slow"],
                                          socket: "port" } } }
                    """)
                try Repository.copy(Repository.fixture("tier"), to: releases.directory.path("releases/slow/tier"))
            }
            try server.deploy("slow")
            #expect(try server.get("/x") == "slow")
            try wait(for: "the access log") { try server.log(2).contains("\"GET /x HTTP/1.1\" 200 4 ") }
            let log = try server.log(2)
            #expect(!log.contains("refused") && !log.contains("deployd-probe"), "\(log)")
            try server.finish()
        }

        @Test("While the application is gone its requests wait or are answered with 502, and files go on")
        func applicationGone() throws {
            let server = try Server(releases: { try Self.write($0, "one") })
            try server.deploy("one")
            let report = try server.status()
            let serving = try #require(report.generations.first { $0.number == report.serving })
            for worker in serving.workers where worker.process == "app" {
                if let pid = worker.pid { _ = try ProcessDescriptor(pid: Int32(pid)).send(.kill) }
            }
            #expect(try server.get("/hello.txt") == "hello\n")
            #expect(try server.get("/app") == "one\n", "it waits in the socket's queue")
            try server.finish()
        }
    }
}
