internal import Linux

/// A request that goes to its server when all of its body is here: a server that works on one request at a time is not
/// kept waiting by a slow client. The loop's limit of a body bounds it.
final class WholeBodyRequest: StreamHandler {
    /// Makes the exchange with the server, for a body of so many bytes.
    typealias Begin = (_ bodyBytes: Int, _ token: UInt64, _ loop: inout WorkerLoop) -> UpstreamExchange

    private let begin: Begin
    private let body: Spool
    private var exchange: UpstreamExchange?

    init(_ body: Spool, _ begin: @escaping Begin) {
        self.body = body
        self.begin = begin
    }

    func take(_ piece: Span<UInt8>, _ token: UInt64, _ loop: inout WorkerLoop) {
        do throws(SystemError) { try body.append(piece) } catch {
            loop.noteSpoolFailure(error)
            loop.answer(token, loop.statusPage(.serviceUnavailable))
        }
    }

    func bodyEnded(_ token: UInt64, _ loop: inout WorkerLoop) {
        let exchange = begin(body.count, token, &loop)
        self.exchange = exchange
        do throws(SystemError) { try exchange.send(body) } catch {
            loop.noteSpoolFailure(error)
            return loop.answer(token, loop.statusPage(.serviceUnavailable))
        }
        loop.forward(exchange)
    }

    func goOn(_ token: UInt64, _ loop: inout WorkerLoop) { exchange?.goOn(token, &loop) }

    func cancelled(_ token: UInt64, _ loop: inout WorkerLoop) { exchange?.cancelled(token, &loop) }
}
