import Testing
import WebWorkerJSON

@testable import WebWorker

/// JSON through Codable, over a socket.
@Suite struct JSONTests {
    private struct Order: Codable {
        struct Item: Codable {
            var name: String
            var count: Int
        }
        var items: [Item]
    }

    private func post(_ body: String, type: String = "application/json") throws -> TestClient.Answer {
        var app = Application()
        app.post("/order") { request in
            var order = try request.json(Order.self)
            order.items[0].count += 1
            return try Response.json(order, status: .created)
        }
        let worker = try TestWorker(app)
        let client = try TestClient(worker.address)
        let head = "POST /order HTTP/1.1\r\nHost: a\r\nContent-Type: \(type)\r\n"
        try client.send("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        return try client.answer()
    }

    @Test func valuesGoInAndOut() throws {
        for type in ["application/json", "application/JSON ; charset=utf-8", "application/vnd.shop+json"] {
            let answer = try post(#"{"items":[{"name":"rye","count":1}]}"#, type: type)
            #expect(answer.status == 201 && answer.has("Content-Type: application/json"))
            #expect(answer.body.contains(#""count":2"#) && answer.body.contains(#""name":"rye""#))
        }
    }

    @Test(arguments: [
        (#"{"items":[{"name":"rye"}]}"#, "items[0].count: missing\n"),
        (#"{"items":[{"name":"rye","count":"x"}]}"#, "items[0].count: Int was expected\n"),
        (#"{"items":[{"name":null,"count":1}]}"#, "items[0].name: String was expected, not null\n"),
        ("{", "the body is not JSON\n"), ("", "the body is not JSON\n"),
    ])
    func aWrongBodyIsTheClientsMistake(_ body: String, _ words: String) throws {
        let answer = try post(body)
        #expect(answer.status == 400 && answer.body == words)
    }

    @Test func anotherTypeIsRefused() throws {
        #expect(try post(#"{"items":[]}"#, type: "text/plain").status == 415)
    }
}
