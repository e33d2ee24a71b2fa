import Handoff
import Linux
import TestSupport
import Testing

@testable import WebWorker

/// A file that goes in a script's place: X-Accel-Redirect and X-Sendfile.
@Suite struct FileForScriptTests {
    private let application: ApplicationByHand
    private let client: TestClient

    init() throws {
        application = try ApplicationByHand(files: [
            "file.txt": "content", ".env": "secret", ".git/config": "secret", "sub/.x": "secret",
            "sub/.well-known/x": "secret", ".well-known/x": "known",
        ]) { $0.streamTimeout = .milliseconds(300) }
        client = try TestClient(application.worker.address)
    }

    /// The field by which a script names a file below the directory.
    private func field(_ name: String, _ file: String) -> String {
        name == "X-Sendfile" ? "\(name): \(application.directory.path("public"))\(file)\r\n" : "\(name): \(file)\r\n"
    }

    @Test(
        "The length that the script says is not the file's, and counts for nothing",
        arguments: ["X-Accel-Redirect", "X-Sendfile"], [7, 3, 1000])
    func length(_ name: String, _ length: Int) throws {
        try client.send(ApplicationByHand.get + "GET /file.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        let peer = try application.accept()
        let head = "Content-Length: \(length)\r\n" + field(name, "/file.txt") + "\r\n"
        try peer.send(ApplicationByHand.record(head) + ApplicationByHand.end)
        let answer = try client.answer()
        #expect(answer.status == 200 && answer.body == "content" && answer.has("Content-Length: 7"))
        #expect(try client.answer().body == "content")
        try wait(for: "two lines") { application.log.split(separator: "\n").count == 2 }
        #expect(application.log.contains("\"GET /a.php HTTP/1.1\" 200 7 "))
        #expect(application.worker.count(.upstreamErrors) == 0)
    }

    @Test("What breaks before the script's end is an answer that failed", arguments: ["close", "nonsense", "silence"])
    func broken(_ how: String) throws {
        let peer = try application.request(of: client)
        try peer.send(ApplicationByHand.record(field("X-Accel-Redirect", "/file.txt") + "\r\n"))
        if how == "close" { peer.close() }
        if how == "nonsense" { try peer.send([9, 9, 9, 9, 9, 9, 9, 9]) }
        let status = how == "silence" ? 504 : 502
        #expect(try client.answer().status == status)
        #expect(application.worker.count(.upstreamErrors) == 1 && application.worker.count(.serverError) == 1)
        try wait(for: "a line") { application.log.contains("\"GET /a.php HTTP/1.1\" \(status) ") }
        // The client's connection goes on.
        try client.send("GET /file.txt HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().body == "content")
    }

    @Test("Names that begin with a dot are no files for scripts either", arguments: ["X-Accel-Redirect", "X-Sendfile"])
    func dots(_ name: String) throws {
        let files = [
            ("/.env", 404), ("/.git/config", 404), ("/sub/.x", 404), ("/sub/.well-known/x", 404),
            ("/.well-known/x", 200), ("/sub/../file.txt", 200), ("/./file.txt", 200), ("//file.txt", 200),
        ]
        for (file, status) in files {
            let peer = try application.request(of: client)
            try peer.send(ApplicationByHand.record(field(name, file) + "\r\n") + ApplicationByHand.end)
            let answer = try client.answer()
            #expect(answer.status == status && answer.body != "secret", "\(file)")
        }
    }
}
