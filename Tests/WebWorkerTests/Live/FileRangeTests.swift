import Linux
import TestSupport
import Testing

@testable import WebWorker

/// Parts of files and conditions over a real socket, of a small file (kept in memory) and a large one (sent by the kernel).
@Suite struct FileRangeTests {
    private let directory: TemporaryDirectory
    private let worker: TestWorker
    private static let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 % 127) }

    init() throws {
        directory = try TemporaryDirectory()
        try Files.makeDirectory(directory.path + "/public")
        try Files.replace(directory.path + "/public/small.txt", with: Array("0123456789".utf8), mode: 0o644)
        try Files.replace(directory.path + "/public/empty.txt", with: [], mode: 0o644)
        try Files.replace(directory.path + "/public/large.bin", with: Self.large, mode: 0o644)
        var app = Application()
        app.files(directory.path + "/public")
        worker = try TestWorker(app)
    }

    private func get(_ path: String, _ fields: [String], method: String = "GET") throws -> TestClient.Answer {
        let client = try TestClient(worker.address)
        try client.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(fields.map { $0 + "\r\n" }.joined())\r\n")
        let answer = try client.answer(toHead: method == "HEAD")
        // Whatever was sent, it has the length that was said, and the connection goes on.
        try client.send("GET /small.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "0123456789")
        return answer
    }

    private func field(_ name: String, _ answer: TestClient.Answer) -> String {
        let line = answer.head.split(separator: "\r\n").first { $0.hasPrefix(name + ": ") }
        return line.map { String($0.dropFirst(name.count + 2)) } ?? ""
    }

    @Test func onePartComesByItself() throws {
        for (range, content, place) in [
            ("0-0", "0", "0-0"), ("3-", "3456789", "3-9"), ("-2", "89", "8-9"), ("0-99", "0123456789", "0-9"),
            ("20-30,5-6", "56", "5-6"),
        ] {
            let answer = try get("/small.txt", ["Range: bytes=\(range)"])
            #expect(answer.status == 206 && answer.body == content, "\(range)")
            #expect(answer.has("Content-Range: bytes \(place)/10"))
            #expect(answer.has("Content-Type: text/plain; charset=utf-8") && answer.head.contains("ETag: "))
        }
        let answer = try get("/large.bin", ["Range: bytes=1000000-2999998"])
        #expect(answer.status == 206 && answer.has("Content-Range: bytes 1000000-2999998/3000000"))
        #expect(Array(answer.body.utf8) == Array(Self.large[1_000_000..<2_999_999]))
    }

    @Test(arguments: ["/small.txt", "/large.bin"])
    func severalPartsComeBetweenBoundaries(_ path: String) throws {
        let content = path == "/small.txt" ? Array("0123456789".utf8) : Self.large
        let answer = try get(path, ["Range: bytes=7-7, 0-2, -1"])
        #expect(answer.status == 206 && !answer.head.contains("Content-Range"))
        let type = field("Content-Type", answer)
        #expect(type.hasPrefix("multipart/byteranges; boundary="))
        let boundary = type.dropFirst("multipart/byteranges; boundary=".count)
        let kind = path == "/small.txt" ? "text/plain; charset=utf-8" : "application/octet-stream"
        var expected = ""
        for part in [7..<8, 0..<3, content.count - 1..<content.count] {
            let place = "\(part.lowerBound)-\(part.upperBound - 1)/\(content.count)"
            expected += "\r\n--\(boundary)\r\nContent-Type: \(kind)\r\nContent-Range: bytes \(place)\r\n\r\n"
            expected += String(decoding: content[part], as: UTF8.self)
        }
        #expect(answer.body == expected + "\r\n--\(boundary)--\r\n")
    }

    @Test func largePartsComeWhole() throws {
        let answer = try get("/large.bin", ["Range: bytes=0-1499999,1500000-2999999"])
        #expect(answer.status == 206 && answer.body.utf8.count > 3_000_000)
        let body = Array(answer.body.utf8)
        #expect(body.firstRange(of: Self.large[..<1_500_000]) != nil)
        #expect(body.firstRange(of: Self.large[1_500_000...]) != nil)
    }

    @Test func whatLiesBehindTheEndIsA416() throws {
        for (path, range, size) in [("/small.txt", "10-", 10), ("/small.txt", "-0", 10), ("/empty.txt", "0-", 0)] {
            let answer = try get(path, ["Range: bytes=\(range)"])
            #expect(answer.status == 416 && answer.has("Content-Range: bytes */\(size)"), "\(path) \(range)")
        }
    }

    @Test func whatIsNoRangeGetsTheWholeFile() throws {
        for fields in [["Range: lines=1-2"], ["Range: bytes=2-1"], ["Range: bytes=0-,0-"], []] {
            let answer = try get("/small.txt", fields)
            #expect(answer.status == 200 && answer.body == "0123456789", "\(fields)")
            #expect(answer.has("Accept-Ranges: bytes"))
        }
        // Only GET has parts.
        #expect(try get("/small.txt", ["Range: bytes=0-0"], method: "HEAD").has("Content-Length: 10"))
    }

    @Test func ifRangeGetsAPartOnlyOfTheSameVersion() throws {
        let whole = try get("/small.txt", [])
        let (tag, date) = (field("ETag", whole), field("Last-Modified", whole))
        func status(_ condition: String) throws -> Int {
            try get("/small.txt", ["Range: bytes=0-0", "If-Range: \(condition)"]).status
        }
        #expect(try status(tag) == 206)
        for other in ["\"x\"", "W/\(tag)", "*", "nonsense", "Sat, 01 Jan 2000 00:00:00 GMT"] {
            #expect(try status(other) == 200, "\(other)")
        }
        // A date counts as soon as the file cannot change in that second any more.
        try wait(for: "the next second") { try status(date) == 206 }
        #expect(try get("/small.txt", ["If-Range: \(tag)"]).status == 200)
    }

    @Test func aVersionThatTheClientDoesNotWantIsA412() throws {
        let whole = try get("/small.txt", [])
        let (tag, date) = (field("ETag", whole), field("Last-Modified", whole))
        let (past, future) = ("Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 01 Jan 2999 00:00:00 GMT")
        for (fields, status) in [
            (["If-Match: \(tag)"], 200), (["If-Match: *"], 200), (["If-Match: \"x\", \(tag)"], 200),
            (["If-Match: \"x\"", "If-Match: \(tag)"], 200), (["If-Match: \"x\""], 412), (["If-Match: W/\(tag)"], 412),
            (["If-Match: \"x\", W/\(tag)"], 412), (["If-Unmodified-Since: \(date)"], 200),
            (["If-Unmodified-Since: \(future)"], 200), (["If-Unmodified-Since: \(past)"], 412),
            (["If-Unmodified-Since: yesterday"], 200), (["If-Match: \(tag)", "If-Unmodified-Since: \(past)"], 200),
            (["If-Match: \"x\"", "If-None-Match: \(tag)"], 412), (["If-Match: \(tag)", "If-None-Match: \(tag)"], 304),
            (["If-None-Match: \"x\"", "If-None-Match: \(tag)"], 304),
            (["Range: bytes=0-0", "If-None-Match: \(tag)"], 304), (["Range: bytes=0-0", "If-Match: \"x\""], 412),
            (["Range: bytes=0-0", "If-None-Match: \"x\""], 206),
        ] {
            let answer = try get("/small.txt", fields)
            #expect(answer.status == status, "\(fields)")
        }
    }
}
