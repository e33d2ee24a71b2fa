/// Writes server-sent events (HTML standard, section 9.2).
public struct EventSink: Sendable {
    let writer: ResponseWriter

    /// Sends an event. Waits while the client does not keep up; throws `ClientGone` when it is gone, or when the worker
    /// drains and has told it to come again. `event` is its type, `id` what the client says in `Last-Event-ID` when it comes
    /// again.
    public func send(_ data: String, event: String? = nil, id: String? = nil) async throws {
        try await writer.write(Self.encode(data, event: event, id: id))
    }

    /// An event as bytes. Line ends in `data` become lines of the event; in the others they would be something else, and are
    /// left out.
    static func encode(_ data: String, event: String?, id: String?) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, value) in [("event", event), ("id", id)] {
            guard let value else { continue }
            let line = value.utf8.filter { $0 != .lineFeed && $0 != .carriageReturn && $0 != 0 }
            bytes += Array("\(name): ".utf8) + line + [.lineFeed]
        }
        // A CRLF is one Character.
        let lineEnds: [Character] = ["\n", "\r", "\r\n"]
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: { lineEnds.contains($0) }) {
            bytes += Array("data: ".utf8) + line.utf8 + [.lineFeed]
        }
        bytes.append(.lineFeed)
        return bytes
    }
}

extension Response {
    /// Server-sent events: what the browser's EventSource reads.
    ///
    /// `body` runs until it returns, or the client goes. A comment goes out every `heartbeat`, so that a client that is gone
    /// is noticed and nothing in between ends the connection for its silence. When the worker drains the stream ends by
    /// itself, at once and cleanly, and clients are told to come again, each at a random moment within `reconnect`: so a
    /// deploy does not call all of them back in one instant. They come to the new release.
    public static func events(
        heartbeat: Duration = .seconds(15), reconnect: Duration = .seconds(5),
        _ body: @escaping @Sendable (EventSink) async throws -> Void
    ) -> Response {
        var response = Response(type: "text/event-stream") { writer in
            // The head must not wait for the first event.
            try await writer.write(":\n\n")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    while true {
                        try await Task.sleep(for: heartbeat)
                        try await writer.write(":\n\n")
                    }
                }
                group.addTask { try await body(EventSink(writer: writer)) }
                try await group.next()
                group.cancelAll()
            }
        }
        response.headers["Cache-Control"] = "no-cache"
        response.stream?.farewell = { Self.farewell(within: reconnect) }
        return response
    }

    /// Tells the client when to come again: from half a second on, within `time`.
    private static func farewell(within time: Duration) -> [UInt8] {
        let most = Int(time.components.seconds) * 1000 + Int(time.components.attoseconds / 1_000_000_000_000_000)
        return Array("retry: \(Int.random(in: 500...max(500, most)))\n\n".utf8)
    }
}
