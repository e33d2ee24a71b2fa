@testable import WebWorker

/// A stream handler whose calls go to closures.
final class ScriptedStream: StreamHandler {
    typealias Step = (UInt64, inout WorkerLoop) -> Void

    var take: (Span<UInt8>, UInt64, inout WorkerLoop) -> Void = { _, _, _ in }
    var bodyEnded: Step = { _, _ in }
    var goOn: Step = { _, _ in }
    var cancelled: Step = { _, _ in }

    func take(_ piece: Span<UInt8>, _ token: UInt64, _ loop: inout WorkerLoop) { take(piece, token, &loop) }
    func bodyEnded(_ token: UInt64, _ loop: inout WorkerLoop) { bodyEnded(token, &loop) }
    func goOn(_ token: UInt64, _ loop: inout WorkerLoop) { goOn(token, &loop) }
    func cancelled(_ token: UInt64, _ loop: inout WorkerLoop) { cancelled(token, &loop) }
}

/// An endpoint that makes such handlers.
struct ScriptedEndpoint: StreamEndpoint {
    let make: @Sendable (Request, Bool, UInt64, inout WorkerLoop) -> ScriptedStream

    func begin(
        _ request: Request, hasBody: Bool, _ token: UInt64, _ loop: inout WorkerLoop
    ) -> any StreamHandler { make(request, hasBody, token, &loop) }
}

extension ScriptedEndpoint {
    /// Answers with the request's body, piece by piece, as fast as the client reads.
    static let echo = ScriptedEndpoint { _, hasBody, token, loop in
        let stream = ScriptedStream()
        loop.beginAnswer(token, AnswerHead(status: .ok))
        stream.take = { piece, token, loop in if !loop.append(token, piece) { loop.holdBody(token) } }
        stream.goOn = { token, loop in loop.resumeBody(token) }
        stream.bodyEnded = { token, loop in loop.endAnswer(token) }
        if !hasBody { loop.endAnswer(token) }
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
        ScriptedEndpoint { [self] _, _, token, loop in
            let stream = ScriptedStream()
            loop.beginAnswer(token, AnswerHead(status: .ok, length: length))
            stream.goOn = { [self] token, loop in give(token, &loop) }
            stream.cancelled = { [self] _, _ in isCancelled.value = true }
            give(token, &loop)
            return stream
        }
    }

    private func give(_ token: UInt64, _ loop: inout WorkerLoop) {
        let piece = [UInt8](repeating: 0x61, count: 8192)
        while true {
            let count = min(piece.count, (length ?? .max) - given.value)
            guard count > 0 else { return loop.endAnswer(token) }
            given.value += count
            guard loop.append(token, piece.span.extracting(0..<count)) else {
                pauses.value += 1
                return
            }
        }
    }
}
