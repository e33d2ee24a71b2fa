import Linux
import TestSupport
import Testing

@testable import WebWorker

/// Forms with files (RFC 7578).
@Suite struct MultipartTests {
    private static let type = "multipart/form-data; boundary=----WebKitFormBoundary7MA"

    private func part(_ disposition: String, _ content: String, _ more: String = "") -> String {
        "------WebKitFormBoundary7MA\r\nContent-Disposition: form-data; \(disposition)\r\n\(more)\r\n\(content)\r\n"
    }

    private func read(
        _ body: String, type: String? = type, piece: Int = .max,
        _ change: (inout MultipartForm.Limits) -> Void = { _ in }
    ) throws -> MultipartForm {
        var limits = MultipartForm.Limits()
        change(&limits)
        var reader = try MultipartReader(contentType: type, limits)
        let bytes = Array(body.utf8)
        for start in stride(from: 0, to: bytes.count, by: max(1, min(piece, bytes.count))) {
            try reader.take(Array(bytes[start..<min(bytes.count, start + min(piece, bytes.count))]))
        }
        return try reader.whole()
    }

    private let end = "------WebKitFormBoundary7MA--\r\n"

    private var whole: String {
        part("name=\"title\"", "An odd\r\n------WebKit title")
            + part("name=\"pic\"; filename=\"a b.png\"", "\r\n--\r\npng\r\n", "Content-Type: image/png\r\n")
            + part("name=\"empty\"", "") + part("name=\"title\"", "second")
            + part("name=\"none\"; filename=\"\"", "", "Content-Type: application/octet-stream\r\n") + end
    }

    @Test("A form is the same however it arrives", arguments: Array(1...40) + [.max])
    func pieces(_ piece: Int) throws {
        for body in [whole, "a preamble\r\n" + whole + "an epilogue\r\n--x"] {
            let form = try read(body, piece: piece)
            #expect(form.fields.map(\.name) == ["title", "empty", "title"])
            #expect(form["title"] == "An odd\r\n------WebKit title" && form["empty"] == "" && form["none"] == nil)
            #expect(form.fields.all("title").last == "second")
            let file = try #require(form.file("pic"))
            #expect(file.fileName == "a b.png" && file.type == "image/png" && file.size == 11)
            #expect(try file.bytes() == Array("\r\n--\r\npng\r\n".utf8))
            #expect(form.file("none") == nil && form.files.count == 2)
        }
    }

    @Test(
        "Names are as a person has written them",
        arguments: [
            ("name=\"a%22b\"", "a\"b", nil), ("name=\"a\\\"b\"", "a\"b", nil), ("name=\"a%0D%0Ab\"", "a\r\nb", nil),
            ("name=\"100%25\"", "100%25", nil), ("NAME=plain ; x=y", "plain", nil), ("name=\"a;b=c\"", "a;b=c", nil),
            ("name=\"f\"; filename=\"C:\\dir\\x.txt\"", "f", "x.txt"),
            ("name=\"f\"; filename=\"../../etc/x\"", "f", "x"),
            ("filename=\"..\"; name=\"f\"", "f", ""), ("name=\"f\"; filename=\"\u{fc}.png\"", "f", "\u{fc}.png"),
            ("name=\"f\"; filename=\"a%0Ab\"", "f", "ab"),
        ] as [(String, String, String?)])
    func names(_ disposition: String, _ name: String, _ fileName: String?) throws {
        let form = try read(part(disposition, "x") + end)
        #expect(form.fields.map(\.name) + form.files.map(\.name) == [name])
        #expect(form.files.first?.fileName == fileName)
    }

    @Test(
        "What is no form is told so, whatever arrives at a time",
        arguments: [
            "", "nothing", "------WebKitFormBoundary7MA", "------WebKitFormBoundary7MA\r\n\r\n",
            "------WebKitFormBoundary7MA\r\nA: b\r\n\r\nx\r\n------WebKitFormBoundary7MA--",
            "------WebKitFormBoundary7MAx\r\n\r\n",
            "------WebKitFormBoundary7MA\r\nContent-Disposition: attachment; name=\"x\"\r\n\r\nx\r\n------WebKitFormBoundary7MA--",
            "------WebKitFormBoundary7MA\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nunfinished",
        ])
    func malformed(_ body: String) {
        for piece in [1, 3, .max] {
            let error = #expect(throws: HTTPError.self) { try read(body, piece: piece) }
            #expect(error?.status == .badRequest && error?.message.isEmpty == false)
        }
    }

    @Test(
        "A body of another type, or without a boundary, is refused",
        arguments: [
            (nil, 415), ("text/plain", 415), ("multipart/mixed; boundary=a", 415), ("multipart/form-data", 400),
            ("multipart/form-data; boundary=", 400),
            ("multipart/form-data; boundary=\"\(String(repeating: "a", count: 71))\"", 400),
        ] as [(String?, Int)])
    func types(_ type: String?, _ status: Int) {
        let error = #expect(throws: HTTPError.self) { try read(whole, type: type) }
        #expect(error.map { Int($0.status.rawValue) } == status)
    }

    @Test func aBoundaryMayBeQuoted() throws {
        let body = whole.replacing("----WebKitFormBoundary7MA", with: "a b:c")
        #expect(try read(body, type: "Multipart/Form-Data; charset=utf-8; BOUNDARY=\"a b:c\"").files.count == 2)
    }

    @Test("Each limit is a 413 that names it")
    func limits() throws {
        for (words, change) in [
            ("4 parts", { $0.maxParts = 4 }), ("20 bytes", { $0.maxFieldBytes = 20 }), ("1 files", { $0.maxFiles = 1 }),
            ("99 bytes", { $0.maxBytes = 99 }),
            ("\"pic\"", { $0.maxFileBytes = 10 }),
            ("header fields", { $0.maxHeaderBytes = 40 }),
        ] as [(String, (inout MultipartForm.Limits) -> Void)] {
            for piece in [1, 7, .max] {
                let error = #expect(throws: HTTPError.self) { try read(whole, piece: piece, change) }
                #expect(error?.status == .contentTooLarge && error?.message.contains(words) == true, "\(words)")
            }
        }
        let most = { (limits: inout MultipartForm.Limits) in
            (limits.maxParts, limits.maxFieldBytes, limits.maxFileBytes) = (5, 32, 11)
        }
        #expect(try read(whole, most).files.count == 2)
    }

    @Test("What is larger than the limit for memory lies in a file that nobody else sees, and reads the same")
    func large() throws {
        let content = String(repeating: "0123456789", count: 50_000)
        let form = try read(part("name=\"f\"; filename=\"f.txt\"", content) + end, piece: 65_536) {
            $0.maxMemoryBytes = 1000
        }
        let file = try #require(form.file("f"))
        #expect(try file.size == 500_000 && file.bytes() == Array(content.utf8))
        #expect(try file.bytes(499_995..<600_000) == Array("56789".utf8))
        let directory = try TemporaryDirectory()
        try file.write(to: directory.path("kept.txt"))
        #expect(try Files.read(directory.path("kept.txt")) == Array(content.utf8))
        #expect(try Files.list(directory.path) == ["kept.txt"])
    }

    @Test("Handlers read forms: whole bodies at once, streamed ones as they arrive, and what is wrong is an answer")
    func served() throws {
        var app = Application()
        app.post("/form") { request in Response(text: request.form["title"] ?? "none") }
        app.post("/whole") { request in Response(text: "\(try request.multipart().files.count) files") }
        app.post("/stream", body: .streamed) { request async throws in
            var limits = MultipartForm.Limits()
            limits.maxFileBytes = 3_000_000
            let form = try await request.multipart(limits)
            return Response(text: "\(form.file("pic")?.size ?? 0) of \(form["title"] ?? "")")
        }
        let worker = try TestWorker(app)
        let large =
            part("name=\"title\"", "t") + part("name=\"pic\"; filename=\"p\"", String(repeating: "p", count: 2_000_000))
            + end
        let larger = part("name=\"pic\"; filename=\"p\"", String(repeating: "p", count: 3_000_001)) + end
        for (path, body, status, text) in [
            ("/form", whole, 200, "An odd\r\n------WebKit title"), ("/whole", whole, 200, "2 files"),
            ("/stream", large, 200, "2000000 of t"),
            ("/stream", larger, 413, "the file of \"pic\" has more than 3000000 bytes\n"),
            ("/stream", "nothing", 400, "the form ends before its last boundary\n"),
            ("/whole", "nothing", 400, "the form ends before its last boundary\n"),
        ] {
            let client = try TestClient(worker.address)
            try client.send(
                "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Type: \(Self.type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            let answer = try client.answer()
            #expect(answer.status == status && answer.body == text, "\(path): \(answer.head)\(answer.body.prefix(200))")
        }
    }
}
