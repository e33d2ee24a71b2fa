import Handoff
import Linux
import TestSupport
import Testing

@testable import WebWorker

@Suite struct AccessLogTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.path("access.log") }

    init() throws { directory = try TemporaryDirectory() }

    private func lines() -> [String] {
        guard let bytes = try? Files.read(path) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func worker(_ format: AccessLog.Format) throws -> TestWorker {
        var app = testApplication()
        app.accessLog(AccessLog(format, path: path))
        app.get("/pieces") { _ in
            Response(type: "text/plain") { writer in
                try await writer.write("first ")
                try await writer.write("second")
            }
        }
        return try TestWorker(app)
    }

    @Test("One line for each answer, in the order of the answers, with what was asked and what was given")
    func combined() throws {
        let worker = try worker(.combined)
        let client = try TestClient(worker.address)
        try client.send("GET /hello?a=1 HTTP/1.1\r\nHost: h\r\nReferer: http://r/\r\nUser-Agent: a \"b\" \\\r\n\r\n")
        _ = try client.answer()
        try client.send("GET /none HTTP/1.1\r\nHost: h\r\n\r\nHEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n")
        _ = try client.answer()
        _ = try client.answer(toHead: true)
        try client.send("GET /pieces HTTP/1.1\r\nHost: h\r\n\r\n")
        _ = try client.answer(toHead: true)
        _ = try client.chunks()
        try client.send("GET / HTTP/9\r\n\r\n")
        _ = try client.rest()
        try wait(for: "five lines", upTo: .seconds(30)) { lines().count == 5 }
        let all = lines()
        #expect(all.allSatisfy { $0.hasPrefix("127.0.0.1 - - [") && $0.contains(" +0000] \"") }, "\(all)")
        let ends = all.map { String($0[($0.firstIndex(of: "]") ?? $0.startIndex)...].dropFirst(2)) }
        #expect(ends[0] == #""GET /hello?a=1 HTTP/1.1" 200 5 "http://r/" "a \x22b\x22 \x5c""#)
        #expect(ends[1] == #""GET /none HTTP/1.1" 404 14 "-" "-""#)
        #expect(ends[2] == #""HEAD /hello HTTP/1.1" 200 0 "-" "-""#)
        #expect(ends[3] == #""GET /pieces HTTP/1.1" 200 12 "-" "-""#)
        #expect(ends[4].hasPrefix(#""-" "#), "\(ends[4])")
    }

    @Test(
        "An answer that its client does not take whole has the bytes that went out",
        arguments: ["/large.bin", "/large"])
    func unsent(_ path: String) throws {
        let length = 32 << 20
        try directory.write("public/large.bin", String(repeating: "a", count: length))
        var app = testApplication()
        app.accessLog(AccessLog(path: self.path))
        app.files(directory.path("public"))
        app.get("/large", always: Response(text: String(repeating: "a", count: length)))
        let worker = try TestWorker(app)
        let head: Int
        do {
            let client = try TestClient(worker.address, room: 64 << 10)
            try client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\nGET \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
            _ = try client.answer()
            head = try client.answer(toHead: true).head.utf8.count
        }
        try wait(for: "the end of the connection") { worker.count(.connections) == 0 }
        try wait(for: "two lines", upTo: .seconds(30)) { lines().count == 2 }
        let bytes = try #require(lines()[1].split(separator: " ").dropLast(2).last.flatMap { Int($0) })
        let hello = worker.count(.bytesOut) - bytes - head
        #expect(lines()[1].contains("\"GET \(path) HTTP/1.1\" 200 "))
        #expect(bytes > 0 && bytes < length && hello > 0 && hello < 200, "\(bytes), \(hello)")
    }

    @Test("A file that its client takes has its line at the end, with all of its bytes")
    func large() throws {
        let length = 8 << 20
        try directory.write("public/large.bin", String(repeating: "a", count: length))
        var app = testApplication()
        app.accessLog(AccessLog(.json, path: path))
        app.files(directory.path("public"))
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address, room: 64 << 10)
        try client.send("GET /large.bin HTTP/1.1\r\nHost: h\r\n\r\nGET /hello HTTP/1.1\r\nHost: h\r\n\r\n")
        let other = try TestClient(worker.address)
        try wait(for: "another's line", upTo: .seconds(30)) {
            try other.send("GET /hello/other HTTP/1.1\r\nHost: h\r\n\r\n")
            _ = try other.answer()
            return !lines().isEmpty
        }
        #expect(lines().allSatisfy { $0.contains("/hello/other") })
        #expect(try client.answer().body.utf8.count == length)
        _ = try client.answer()
        try wait(for: "their lines", upTo: .seconds(30)) { lines().contains { $0.contains("\"/hello\"") } }
        let own = lines().filter { !$0.contains("/hello/other") }
        #expect(own.count == 2 && own[0].contains("\"bytes\":\(length)"), "\(own)")
    }

    @Test("A line of JSON is valid whatever was sent, and a log that was moved away is made anew")
    func json() throws {
        let worker = try worker(.json)
        let client = try TestClient(worker.address)
        try client.send("GET /hello HTTP/1.1\r\nHost: H:1\r\nUser-Agent: \"\\\u{e9}\t\r\n\r\n")
        _ = try client.answer()
        try wait(for: "a line", upTo: .seconds(30)) { lines().count == 1 }
        let line = try #require(lines().first)
        #expect(line.hasPrefix("{\"time\":") && line.hasSuffix("}"), "\(line)")
        for part in [
            #""client":"127.0.0.1""#, #""host":"H:1""#, #""method":"GET""#, #""target":"/hello""#, #""version":"1.1""#,
            #""status":200"#, #""bytes":5"#, #""milliseconds":"#, #""agent":"\u0022\u005c\u00c3\u00a9""#,
        ] {
            #expect(line.contains(part), "\(line)")
        }
        try Files.rename(path, to: path + ".1")
        try client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n")
        _ = try client.answer()
        try wait(for: "the new file", upTo: .seconds(30)) { lines().count == 1 }
    }

    @Test("Behind a trusted proxy the client is the one that the proxy names")
    func trusted() throws {
        var app = testApplication()
        app.configuration.trustedProxies = ["127.0.0.1"]
        app.accessLog(AccessLog(path: path))
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        try client.send("GET /hello HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 6.6.6.6, 192.0.2.7\r\n\r\n")
        _ = try client.answer()
        try wait(for: "a line", upTo: .seconds(30)) { lines().count == 1 }
        #expect(lines()[0].hasPrefix("192.0.2.7 - - ["), "\(lines())")
    }

    @Test("A probe of the supervisor has no line; whoever only calls himself so has one")
    func probes() throws {
        let worker = try worker(.combined)
        func ask(_ path: String, _ fields: String) throws {
            let client = try TestClient(worker.address)
            try client.send("GET \(path) HTTP/1.1\r\nHost: h\r\n\(fields)\r\n")
            _ = try client.rest()
        }
        let probe = "User-Agent: deployd-probe\r\nConnection: close\r\n"
        for path in ["/hello", "/none", "/pieces"] { try ask(path, probe) }
        try ask("/proxied", probe + "X-Forwarded-For: 192.0.2.7\r\n")
        try ask("/ordered", "Connection: close\r\nUser-Agent: deployd-probe\r\n")
        try ask("/other", "User-Agent: deployd-probes\r\nConnection: close\r\n")
        try wait(for: "three lines", upTo: .seconds(30)) { lines().count >= 3 }
        let paths = lines().compactMap { $0.split(separator: " ").first { $0.hasPrefix("/") } }
        #expect(paths == ["/proxied", "/ordered", "/other"], "\(lines())")
    }

    @Test("A probe comes from the address that it leads to")
    func probesComeFromHere() throws {
        func address(_ text: String) throws -> SocketAddress { try #require(SocketAddress(parsing: text)) }
        let own = try address("192.0.2.1:80")
        #expect(OwnProbe.mayComeFrom(try address("192.0.2.1:4000"), to: own))
        #expect(!OwnProbe.mayComeFrom(try address("192.0.2.2:4000"), to: own))
        #expect(!OwnProbe.mayComeFrom(try address("127.0.0.1:4000"), to: own))
        #expect(OwnProbe.mayComeFrom(try address("[::1]:4000"), to: try address("[::1]:80")))
        #expect(!OwnProbe.mayComeFrom(try address("[::1]:4000"), to: own))
        #expect(OwnProbe.mayComeFrom(.unnamed, to: .unix(path: "/x")))
        #expect(!OwnProbe.mayComeFrom(.unnamed, to: own))
    }

    @Test("What waits is written before the worker ends")
    func end() throws {
        let worker = try worker(.combined)
        let client = try TestClient(worker.address)
        try client.send("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        _ = try client.rest()
        try worker.drain(requests: .seconds(5))
        #expect(worker.waitForEnd() == .drained)
        #expect(lines().count == 1)
    }
}
