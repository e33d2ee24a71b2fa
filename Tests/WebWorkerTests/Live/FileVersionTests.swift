import Linux
import TestSupport
import Testing

@testable import WebWorker

/// Two releases whose files have the same sizes and times, as builds make them that can be repeated.
@Suite struct FileVersionTests {
    private let directory: TemporaryDirectory
    private let workers: [TestWorker]

    init() throws {
        directory = try TemporaryDirectory()
        for (release, letter) in [("v1", "a"), ("v2", "b")] {
            try directory.write("\(release)/small.txt", String(repeating: letter, count: 10))
            try directory.write("\(release)/large.bin", String(repeating: letter, count: 100_000))
            try directory.write("\(release)/same.txt", "alike")
        }
        for (release, time) in [("v1", "1970-01-01T00:00:01Z"), ("v2", "1970-01-01T00:00:01Z")] {
            for file in ["small.txt", "large.bin", "same.txt"] {
                try Child.expect(["touch", "-d", time, directory.path("\(release)/\(file)")])
            }
        }
        let root = directory
        workers = try ["v1", "v2"].map { release in
            var app = Application()
            app.files(root.path(release))
            return try TestWorker(app)
        }
    }

    private func get(_ path: String, _ fields: String = "", from worker: TestWorker) throws -> TestClient.Answer {
        let client = try TestClient(worker.address)
        try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        return try client.answer()
    }

    private func field(_ name: String, _ answer: TestClient.Answer) throws -> String {
        let line = try #require(answer.head.split(separator: "\r\n").first { $0.hasPrefix(name + ": ") })
        return String(line.dropFirst(name.count + 2))
    }

    @Test(arguments: ["/small.txt", "/large.bin"])
    func aCopyOfTheOneIsNotTakenForTheOther(_ path: String) throws {
        let old = try get(path, from: workers[0])
        let (tag, date) = (try field("ETag", old), try field("Last-Modified", old))
        #expect(try get(path, "If-None-Match: \(tag)\r\n", from: workers[0]).status == 304)
        for fields in [
            "If-None-Match: \(tag)\r\n", "If-Modified-Since: \(date)\r\n",
            "Range: bytes=5-\r\nIf-Range: \(tag)\r\n", "Range: bytes=5-\r\nIf-Range: \(date)\r\n",
            "If-Modified-Since: Thu, 01 Jan 1970 00:00:01 GMT\r\n",
        ] {
            let answer = try get(path, fields, from: workers[1])
            #expect(answer.status == 200 && answer.body.first == "b", "\(fields)")
        }
        #expect(try get(path, "If-Match: \(tag)\r\n", from: workers[1]).status == 412)
    }

    @Test func theSameContentHasTheSameTagInEveryRelease() throws {
        let tag = try field("ETag", get("/same.txt", from: workers[0]))
        #expect(try get("/same.txt", "If-None-Match: \(tag)\r\n", from: workers[1]).status == 304)
    }

    @Test func noFileIsNewerThanItsAnswer() throws {
        try directory.write("v1/future.txt", "x")
        try Child.expect(["touch", "-d", "2100-01-01", directory.path("v1/future.txt")])
        let answer = try get("/future.txt", from: workers[0])
        let moments = try ["Last-Modified", "Date"].map { name in
            let text = Array(try field(name, answer).utf8)
            let moment = HTTPDate.parse(0..<text.count, text.span)
            return try #require(moment)
        }
        #expect(moments[0] <= moments[1])
    }

    @Test func contentsOfOneLengthDiffer() {
        var digests: [ContentDigest] = []
        for place in 0..<40 {
            var content = [UInt8](repeating: 0, count: 40)
            content[place] = 1
            digests.append(ContentDigest(content))
        }
        digests += (0..<40).map { ContentDigest([UInt8](repeating: 0, count: $0)) }
        for (index, digest) in digests.enumerated() { #expect(!digests[..<index].contains(digest)) }
    }
}
