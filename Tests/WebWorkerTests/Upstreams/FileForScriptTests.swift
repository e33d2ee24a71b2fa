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
