import TestSupport
import Testing

extension EndToEnd {
    @Suite("Server-sent events at a deploy")
    struct EventTests {
        @Test("They end cleanly, call their clients again at different moments, and the connections go to the new code")
        func deploy() throws {
            let server = try Server()
            let address = try server.address()
            let clients = try (0..<50).map { _ in try KeptConnection(address) }
            for client in clients { try client.beginEvents("/oven", until: "id: 1\n") }
            try server.deploy("v2")
            var delays: Set<Int> = []
            for client in clients {
                let events = try client.endOfEvents()
                let delay = events.split(separator: "retry: ").last.flatMap { Int($0.prefix { $0 != "\n" }) }
                #expect((500...5000).contains(delay ?? 0), "\(events)")
                delays.insert(delay ?? 0)
            }
            #expect(delays.count > 5, "\(delays)")
            // Nobody waited for them.
            try server.waitUntilDrained()
            for client in clients {
                let answer = try client.get("/version")
                #expect(answer.body == "v2\n" && !answer.closes, "\(answer.head)")
            }
            try server.finish(now: true)  // The clients keep their connections: a stop would wait for them.
        }
    }
}
