import Linux
import TestSupport
import Testing

@testable import WebWorker

/// A worker in front of a real php-fpm.
@Suite struct PHPTests {
    /// A php-fpm with a few children, and scripts in a directory of its own.
    private final class Site {
        let directory: TemporaryDirectory
        let fpm: Child

        init?(_ scripts: [String: String]) throws {
            let names = ["php-fpm", "php-fpm8.2", "php-fpm8.3", "php-fpm8.4"]
            guard let program = names.lazy.compactMap({ Program.find($0) }).first else {
                skipped("PHPTests", because: "there is no php-fpm")
                return nil
            }
            directory = try TemporaryDirectory()
            for (name, text) in scripts { try directory.write("public/\(name)", text) }
            let pool = """
                [global]
                error_log = \(directory.path("log"))
                daemonize = no
                [www]
                user = nobody
                group = nogroup
                listen = \(directory.path("fpm.sock"))
                pm = static
                pm.max_children = 3
                catch_workers_output = no
                """
            try directory.write("fpm.conf", pool)
            var command = [program, "-F", "-n", "-y", directory.path("fpm.conf")]
            if ThisProcess.uid == 0 { command.append("-R") }
            fpm = try Child(command)
            let address = SocketAddress.unix(path: directory.path("fpm.sock"))
            try wait(for: "php-fpm", upTo: .seconds(60)) {
                let socket = try Socket.stream(.unix)
                return (try? socket.connect(address)) == .connected
            }
        }

        /// A master that is killed leaves its children behind, so it is told to end.
        deinit {
            _ = try? fpm.send(.term)
            _ = try? fpm.wait(upTo: .seconds(60))
        }

        func worker(_ change: (inout Application) -> Void = { _ in }, fallback: String? = nil, kept: Int = 0) throws
            -> TestWorker
        {
            var app = Application()
            app.files(directory.path("public"))
            var settings = UpstreamSettings.fastCGI
            settings.maxKept = kept
            app.fastCGI(
                ".php", to: "unix:\(directory.path("fpm.sock"))", root: directory.path("public"), fallback: fallback,
                settings)
            change(&app)
            return try TestWorker(app)
        }
    }

    private func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: www.foobar.com\r\n\(fields)\r\n"
    }

    @Test("A script's page is compressed for those who take that, piece by piece")
    func pagesAreCompressed() throws {
        let scripts = [
            "page.php": "<?php for ($i = 0; $i < 20000; $i++) echo \"row $i of the table<br>\\n\";",
            "image.php": "<?php header('Content-Type: image/png'); echo str_repeat('x', 5000);",
            "own.php": "<?php ini_set('zlib.output_compression', 1); echo str_repeat('text ', 5000);",
        ]
        guard let site = try Site(scripts) else { return }
        let worker = try site.worker({ $0.configuration.compression = Compression() })
        let plain = try CompressedAnswer(worker.address, "/page.php", coding: nil)
        let answer = try CompressedAnswer(worker.address, "/page.php")
        #expect(plain.isVaried && !plain.isCompressed && answer.isCompressed && answer.raw.count < plain.raw.count / 3)
        #expect(try answer.text() == plain.text())
        #expect(try !CompressedAnswer(worker.address, "/image.php").isCompressed)
        // The script's own coding is the only one.
        #expect(try CompressedAnswer(worker.address, "/own.php").text() == String(repeating: "text ", count: 5000))
    }

    @Test(arguments: [0, 4]) func scriptsAreAnswered(kept: Int) throws {
        let variables = """
            <?php header("X-Method: " . $_SERVER["REQUEST_METHOD"]);
            echo json_encode([$_SERVER["SCRIPT_NAME"], $_SERVER["PATH_INFO"] ?? "", $_GET["a"] ?? "",
                $_SERVER["HTTP_ACCEPT_LANGUAGE"] ?? "", $_SERVER["REMOTE_ADDR"], $_SERVER["REQUEST_URI"]]);
            """
        let scripts = [
            "a.php": variables,
            "dir/index.php": "<?php echo __DIR__ === $_SERVER['DOCUMENT_ROOT'] . '/dir' ? 'index' : __DIR__;",
        ]
        guard let site = try Site(scripts) else { return }
        defer { withExtendedLifetime(site) {} }
        let worker = try site.worker(kept: kept)
        let client = try TestClient(worker.address)
        for _ in 0..<5 {
            try client.send(get("/a.php/info?a=%2Fx", "Accept-Language: de\r\n"))
            let answer = try client.answer()
            #expect(answer.status == 200 && answer.has("X-Method: GET"))
            #expect(
                try client.chunks().joined()
                    == #"["\/a.php","\/info","\/x","de","127.0.0.1","\/a.php\/info?a=%2Fx"]"#)
        }
        try client.send(get("/dir/"))
        _ = try client.answer()
        #expect(try client.chunks().joined() == "index")
        try client.send("HEAD /a.php HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer(toHead: true).has("X-Method: HEAD"))
    }

    @Test func bodiesReachTheScript() throws {
        let script = """
            <?php $in = file_get_contents("php://input"); header("Content-Length: " . strlen(md5($in) . strlen($in)));
            echo md5($in), strlen($in);
            """
        guard let site = try Site(["post.php": script]) else { return }
        defer { withExtendedLifetime(site) {} }
        let worker = try site.worker()
        let client = try TestClient(worker.address)
        let head = "POST /post.php HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
        try client.send(head + "Content-Length: 3\r\n\r\nabc")
        #expect(try client.answer().body == "900150983cd24fb0d6963f7d28e17f723")
        try client.send(head + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n")
        #expect(try client.answer().body == "900150983cd24fb0d6963f7d28e17f723")
        try client.send(head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        #expect(try client.answer().body == "d41d8cd98f00b204e9800998ecf8427e0")
        let large = String(repeating: "a", count: 1_000_000)
        try client.send(head + "Content-Length: 1000000\r\n\r\n" + large)
        #expect(try client.answer().body == "7707d6ae4e027c70eea2a935c2296f211000000")
    }

    @Test func formsCookiesAndStatusWork() throws {
        let script = """
            <?php http_response_code((int)$_POST["status"]); setcookie("a", "1"); setcookie("b", "2");
            header("Location: /elsewhere", true, 303); echo $_COOKIE["c"];
            """
        guard let site = try Site(["form.php": script]) else { return }
        defer { withExtendedLifetime(site) {} }
        let worker = try site.worker()
        let client = try TestClient(worker.address)
        try client.send(
            "POST /form.php HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                + "Cookie: c=d\r\nContent-Length: 10\r\n\r\nstatus=418")
        let answer = try client.answer()
        #expect(answer.status == 303 && answer.has("Location: /elsewhere"))
        #expect(answer.has("Set-Cookie: a=1") && answer.has("Set-Cookie: b=2"))
        #expect(try client.chunks().joined() == "d")
    }

    @Test func onlyScriptsThatAreThereAreRun() throws {
        guard let site = try Site(["a.php": "<?php echo 'a';", "photo.jpg": "<?php echo 'hacked';"]) else { return }
        defer { withExtendedLifetime(site) {} }
        try site.directory.write("secret.php", "<?php echo 'secret';")
        let worker = try site.worker()
        let client = try TestClient(worker.address)
        for path in ["/photo.jpg/x.php", "/none.php", "/none/", "/a.php%20"] {
            try client.send(get(path))
            #expect(try client.answer().status == 404, "\(path)")
        }
        for path in ["/../secret.php", "/%2e%2e/secret.php", "/a.php%00"] {
            let client = try TestClient(worker.address)
            try client.send(get(path))
            #expect(try client.answer().status == 400, "\(path)")
        }
        try client.send(get("/photo.jpg"))
        #expect(try client.answer().body == "<?php echo 'hacked';")
        try client.send(get("/%61.php"))
        _ = try client.answer()
        #expect(try client.chunks().joined() == "a")
    }

    @Test func aFrontControllerTakesWhatIsNoFile() throws {
        let script = "<?php header('Content-Length: ' . strlen($_SERVER['REQUEST_URI'])); echo $_SERVER['REQUEST_URI'];"
        guard let site = try Site(["index.php": script, "style.css": "css"]) else { return }
        defer { withExtendedLifetime(site) {} }
        let server = try ServerByHand()
        let worker = try site.worker({ $0.forward("/api", to: "\(server.address)") }, fallback: "/index.php")
        let client = try TestClient(worker.address)
        try client.send(get("/api/x"))
        let peer = try server.accept()
        _ = try peer.read()
        try peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        #expect(try client.answer().body == "ok")
        for path in ["/", "/blog/2026?x=y", "/a/"] {
            try client.send(get(path))
            #expect(try client.answer().body == path)
        }
        try client.send(get("/style.css"))
        #expect(try client.answer().body == "css")
        try client.send("DELETE /x HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "/x")
        // A script that is not there is nobody's, and a file takes no other methods.
        for (method, path, status) in [
            ("GET", "/none.php", 404), ("POST", "/none.php/x", 404), ("POST", "/style.css", 405),
        ] {
            try client.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            #expect(try client.answer().status == status, "\(method) \(path)")
        }
    }

    @Test func aScriptIsTheSameByEverySpellingAndLearnsItsNameWithoutWhatIsBehind() throws {
        let script =
            "<?php echo $_SERVER['DOCUMENT_URI'], ' ', $_SERVER['SCRIPT_NAME'], ' ', $_SERVER['PATH_INFO'] ?? '-';"
        guard let site = try Site(["a.php": script, "dir/index.php": script]) else { return }
        defer { withExtendedLifetime(site) {} }
        let worker = try site.worker()
        let client = try TestClient(worker.address)
        for (path, expected) in [
            ("/./a.php", "/a.php /a.php -"), ("//a.php", "/a.php /a.php -"), ("/b/../a.php", "/a.php /a.php -"),
            ("/a.php/x/y", "/a.php /a.php /x/y"), ("/dir/", "/dir/index.php /dir/index.php -"),
        ] {
            try client.send(get(path))
            _ = try client.answer()
            #expect(try client.chunks().joined() == expected, "\(path)")
        }
    }

    @Test func rulesHoldForWhatScriptsAnswer() throws {
        let scripts = [
            "a.php":
                "<?php header('X-Frame-Options: ALLOW'); header('Cache-Control: private'); header('Expires: 0'); echo 'a';",
            "send.php": "<?php header('X-Accel-Redirect: /kept/file.txt'); header('Cache-Control: private');",
            "dump.php": "<?php header('X-Accel-Redirect: /dump.sql');",
        ]
        guard let site = try Site(scripts) else { return }
        defer { withExtendedLifetime(site) {} }
        try site.directory.write("public/dump.sql", "dump")
        try site.directory.write("kept/file.txt", "for those who are logged in")
        var (all, kept, cached) = (PathRule("/*"), PathRule("/kept/*"), PathRule("/a.php"))
        all.headers = ["X-Frame-Options": "DENY", "X-Powered-By": ""]
        kept.access = .denied
        cached.cacheControl = "max-age=60"
        let worker = try site.worker({ app in
            app.rules(kept, cached, all)
            app.mount("/kept", site.directory.path("kept"))
        })
        let client = try TestClient(worker.address)
        try client.send(get("/a.php"))
        let answer = try client.answer()
        _ = try client.chunks()
        #expect(answer.has("X-Frame-Options: DENY") && answer.has("Cache-Control: max-age=60"))
        for word in ["ALLOW", "private", "Expires", "Powered"] {
            #expect(!answer.head.contains(word), "\(answer.head)")
        }
        try client.send(get("/kept/file.txt"))
        #expect(try client.answer().status == 403)
        try client.send(get("/send.php"))
        let sent = try client.answer()
        #expect(sent.body == "for those who are logged in" && sent.has("Cache-Control: private"))
        try client.send(get("/dump.sql") + get("/dump.php"))
        #expect(try client.answer().status == 404)
        #expect(try client.answer().body == "dump")
    }

    @Test func aFileMayBeSentInTheScriptsStead() throws {
        let scripts = [
            "accel.php":
                "<?php header('X-Accel-Redirect: /files/big.bin'); header('Content-Type: application/x-own'); echo 'no';",
            "send.php": "<?php header('X-Sendfile: ' . $_SERVER['DOCUMENT_ROOT'] . '/files/big.bin');",
            "out.php": "<?php header('X-Sendfile: /etc/passwd');",
            "none.php": "<?php header('X-Accel-Redirect: /none');",
            "source.php": "<?php header('X-Accel-Redirect: /source.php');",
            "up.php": "<?php header('X-Sendfile: ' . $_SERVER['DOCUMENT_ROOT'] . '/files/../up.php');",
        ]
        guard let site = try Site(scripts) else { return }
        defer { withExtendedLifetime(site) {} }
        let content = String(repeating: "0123456789", count: 20_000)
        try site.directory.write("public/files/big.bin", content)
        let worker = try site.worker()
        let client = try TestClient(worker.address)
        try client.send(get("/accel.php"))
        let first = try client.answer()
        #expect(first.body == content && first.has("Content-Type: application/x-own"))
        #expect(!first.head.lowercased().contains("x-accel"))
        try client.send(get("/send.php") + get("/accel.php"))
        #expect(try client.answer().body == content)
        #expect(try client.answer().body == content)
        for path in ["/out.php", "/none.php", "/source.php", "/up.php"] {
            try client.send(get(path))
            let answer = try client.answer()
            #expect(answer.status == 404 && !answer.body.contains("php"), "\(path)")
        }
    }

    @Test(arguments: [20_000, 20]) func aFileInTheScriptsSteadIsLikeAnyOther(tens: Int) throws {
        let script = """
            <?php header('X-Accel-Redirect: /files/./b%69n.dat?x'); header('Content-Type: application/x-own');
            header('ETag: "script"'); header('X-Own: 1'); header('Cache-Control: private');
            """
        guard let site = try Site(["accel.php": script]) else { return }
        defer { withExtendedLifetime(site) {} }
        let content = String(repeating: "0123456789", count: tens)
        try site.directory.write("public/files/bin.dat", content)
        let worker = try site.worker()
        defer { withExtendedLifetime(worker) {} }
        let client = try TestClient(worker.address)
        func answer(_ fields: String = "", toHead: Bool = false) throws -> TestClient.Answer {
            try client.send(get("/accel.php", fields).replacing("GET", with: toHead ? "HEAD" : "GET"))
            return try client.answer(toHead: toHead)
        }
        let whole = try answer()
        #expect(whole.body == content && whole.has("Accept-Ranges: bytes") && whole.has("X-Own: 1"))
        #expect(!whole.head.contains("script") && whole.has("Cache-Control: private"))
        let tag = try #require(whole.head.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }?.dropFirst(6))
        let part = try answer("Range: bytes=3-12\r\n")
        #expect(part.status == 206 && part.body == "3456789012" && part.has("Content-Type: application/x-own"))
        #expect(part.has("Content-Range: bytes 3-12/\(content.count)") && part.has("X-Own: 1"))
        let parts = try answer("Range: bytes=0-1,5-6\r\n")
        #expect(parts.status == 206 && parts.body.contains("\r\n\r\n01\r\n") && parts.body.contains("\r\n\r\n56\r\n"))
        #expect(parts.head.contains("Content-Type: multipart/byteranges; boundary="))
        #expect(try answer("If-None-Match: \(tag)\r\n").status == 304)
        #expect(try answer("If-Match: \"x\"\r\n").status == 412)
        let behind = try answer("Range: bytes=\(content.count)-\r\n")
        #expect(behind.status == 416 && behind.has("Content-Range: bytes */\(content.count)"))
        #expect(try answer(toHead: true).has("Content-Length: \(content.count)"))
        #expect(try answer("Range: bytes=0-0\r\nIf-Range: \(tag)\r\n").body == "0")
    }

    @Test func aScriptThatDiesIs502AndTheNextIsWell() throws {
        let scripts = [
            "die.php": "<?php exec('kill -9 ' . getmypid()); sleep(60);",
            "well.php": "<?php header('Content-Length: 4'); echo 'well';",
        ]
        guard let site = try Site(scripts) else { return }
        defer { withExtendedLifetime(site) {} }
        let worker = try site.worker()
        let client = try TestClient(worker.address)
        for _ in 0..<5 {
            try client.send(get("/die.php"))
            #expect(try client.answer().status == 502)
            try client.send(get("/well.php"))
            #expect(try client.answer().body == "well")
        }
    }
}
