import FoundationEssentials
import Linux
import TestSupport
import Testing

@testable import WebWorker

/// Http11Probe's cases (MDA2AV/Http11Probe) against a worker over a real socket.
@Suite struct Http11ProbeTests {
    /// Bodies go to the handler whole, or as they arrive.
    private static func application(_ body: RequestBody) -> Application {
        var app = Application()
        app.get("/") { _ in Response(text: "hello\n") }
        for path in ["/", "/echo"] {
            app.post(path, body: body) { request in
                var content: [UInt8] = []
                for try await piece in request.stream { content += piece }
                return Response(body: content, type: "text/plain")
            }
        }
        return app
    }

    @Test(arguments: [RequestBody.whole, .streamed])
    func noScoredCaseFails(_ body: RequestBody) throws {
        try judgeAll(TestWorker(Self.application(body)))
    }

    /// The same with the worker in front of another one, which answers.
    @Test func noScoredCaseFailsThroughTheProxy() throws {
        let server = try TestWorker(Self.application(.whole))
        var front = Application()
        front.forward("/", to: "\(server.address)")
        try judgeAll(TestWorker(front))
        withExtendedLifetime(server) {}
    }

    private func judgeAll(_ worker: TestWorker) throws {
        let file = Data((try Files.read(VectorFile.folder + "/http11probe.json")))
        var tally: [String: Int] = [:]
        for probe in try JSONDecoder().decode(ProbeFile.self, from: file).cases where probe.scored {
            let verdict = try judge(probe, worker.address)
            tally[verdict, default: 0] += 1
            #expect(verdict != "Fail", "\(probe.id): \(probe.expected)")
        }
        print("Http11Probe: \(tally)")
    }

    private func judge(_ probe: ProbeCase, _ address: SocketAddress) throws -> String {
        let client = try TestClient(address)
        guard let request = probe.request, let verdicts = probe.verdict else {
            // Two requests that could be read as one or three: all of these ask for a 400 to the first.
            for part in probe.steps?.first?.parts.parts ?? [] { try client.send(bytes(part.base64, address)) }
            return try client.answer().status == 400 ? "Pass" : "Fail"
        }
        try client.send(bytes(request, address))
        // Where an answer need not come, the end of the client's side brings the matter to a decision.
        if probe.expected.contains("timeout") { try client.endSending() }
        guard let answer = try? client.answer(toHead: probe.id == "COMP-HEAD-NO-BODY") else {
            return verdicts["none/ClosedByServer"]?.of(0) ?? "Fail"
        }
        if let verdict = judgeBeyondStatus(probe.id, answer) { return verdict }
        let state = answer.has("Connection: close") ? "ClosedByServer" : "Open"
        return verdicts["status/\(state)"]?.of(answer.status) ?? "Fail"
    }

    /// The cases that the suite decides by more than the status.
    private func judgeBeyondStatus(_ id: String, _ answer: TestClient.Answer) -> String? {
        let head = answer.head.lowercased()
        let isGood: Bool
        switch id {
        case "COMP-HEAD-NO-BODY": isGood = answer.status == 200
        case "COMP-405-ALLOW": isGood = answer.status == 405 && head.contains("\r\nallow: ")
        case "COMP-DATE-HEADER": isGood = answer.status == 200 && head.contains("\r\ndate: ")
        case "COMP-OPTIONS-ALLOW": isGood = answer.status == 204 && head.contains("\r\nallow: ")
        case "COMP-CONTENT-TYPE": isGood = answer.status == 200 && head.contains("\r\ncontent-type: ")
        case "COMP-NO-CL-IN-204": isGood = answer.status == 204 && !head.contains("\r\ncontent-length: ")
        case "COMP-POST-CL-BODY", "COMP-CHUNKED-BODY", "COMP-CHUNKED-EXTENSION", "COMP-CHUNKED-TRAILER-VALID":
            isGood = answer.status == 200 && answer.body == "hello"
        case "COMP-CHUNKED-MULTI": isGood = answer.status == 200 && answer.body == "hello world"
        case "COMP-CHUNKED-HEX-UPPERCASE": isGood = answer.status == 200 && answer.body == "helloworld"
        default: return nil
        }
        return isGood ? "Pass" : "Fail"
    }

    private func bytes(_ base64: String, _ address: SocketAddress) -> [UInt8] {
        let raw = Data(base64Encoded: base64).map { [UInt8]($0) } ?? []
        let host = Array("@HOST@".utf8)
        var result = raw
        while let place = result.firstRange(of: host) { result.replaceSubrange(place, with: Array("\(address)".utf8)) }
        return result
    }
}
