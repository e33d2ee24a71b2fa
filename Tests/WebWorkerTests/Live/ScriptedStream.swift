@testable import WebWorker

/// A stream handler whose calls go to closures.
final class ScriptedStream: StreamHandler {
    typealias Step = (StreamedExchange, inout Turn) -> Void

    var take: (Span<UInt8>, StreamedExchange, inout Turn) -> Void = { _, _, _ in }
    var bodyEnded: Step = { _, _ in }
    var goOn: Step = { _, _ in }
    var cancelled: Step = { _, _ in }

    func take(_ piece: Span<UInt8>, _ client: StreamedExchange, _ turn: inout Turn) { take(piece, client, &turn) }
    func bodyEnded(_ client: StreamedExchange, _ turn: inout Turn) { bodyEnded(client, &turn) }
    func goOn(_ client: StreamedExchange, _ turn: inout Turn) { goOn(client, &turn) }
    func cancelled(_ client: StreamedExchange, _ turn: inout Turn) { cancelled(client, &turn) }
}

/// An endpoint that makes such handlers.
struct ScriptedEndpoint: StreamEndpoint {
    let make: @Sendable (Request, Bool, StreamedExchange, inout Turn) -> ScriptedStream

    func begin(
        _ request: Request, hasBody: Bool, _ client: StreamedExchange, _ turn: inout Turn
    ) -> any StreamHandler { make(request, hasBody, client, &turn) }
}

extension ScriptedEndpoint {
    /// Answers with the request's body, piece by piece, as fast as the client reads.
    static let echo = ScriptedEndpoint { _, hasBody, client, turn in
        let stream = ScriptedStream()
        client.beginAnswer(AnswerHead(status: .ok), &turn)
        stream.take = { piece, client, turn in if !client.append(piece, &turn) { client.holdBody(&turn) } }
        stream.goOn = { client, turn in client.resumeBody(&turn) }
        stream.bodyEnded = { client, turn in client.endAnswer(&turn) }
        if !hasBody { client.endAnswer(&turn) }
        return stream
    }
}

/// Answers with bytes without end, or with `length` of them, as fast as the client reads.
final class Source: Sendable {
    let given = Noted(0)
    let pauses = Noted(0)
    let isCancelled = Noted(false)
    private let length: Int?

    init(_ length: Int? = nil) { self.length = length }

    var endpoint: ScriptedEndpoint {
        ScriptedEndpoint { [self] _, _, client, turn in
            let stream = ScriptedStream()
            client.beginAnswer(AnswerHead(status: .ok, length: length), &turn)
            stream.goOn = { [self] client, turn in give(client, &turn) }
            stream.cancelled = { [self] _, _ in isCancelled.value = true }
            give(client, &turn)
            return stream
        }
    }

    private func give(_ client: StreamedExchange, _ turn: inout Turn) {
        let piece = [UInt8](repeating: 0x61, count: 8192)
        while true {
            let count = min(piece.count, (length ?? .max) - given.value)
            guard count > 0 else { return client.endAnswer(&turn) }
            given.value += count
            guard client.append(piece.span.extracting(0..<count), &turn) else {
                pauses.value += 1
                return
            }
        }
    }
}
