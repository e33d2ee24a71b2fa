internal import Linux

/// A request that goes to its server when all of its body is here: a server that works on one request at a time is not
/// kept waiting by a slow client. The loop's limit of a body bounds it.
final class WholeBodyRequest: StreamHandler {
    /// Makes the exchange with the server, for a body of so many bytes.
    typealias Begin = (_ bodyBytes: Int, _ client: StreamedExchange, _ turn: inout Turn) -> UpstreamExchange

    private let begin: Begin
    private let body: Spool
    private var exchange: UpstreamExchange?

    init(_ body: Spool, _ begin: @escaping Begin) {
        self.body = body
        self.begin = begin
    }

    func take(_ piece: Span<UInt8>, _ client: StreamedExchange, _ turn: inout Turn) {
        do throws(SystemError) { try body.append(piece) } catch {
            turn.spools.noteFailure(error, at: turn.now)
            client.answer(.serviceUnavailable, &turn)
        }
    }

    func bodyEnded(_ client: StreamedExchange, _ turn: inout Turn) {
        let exchange = begin(body.count, client, &turn)
        self.exchange = exchange
        do throws(SystemError) { try exchange.send(body) } catch {
            turn.spools.noteFailure(error, at: turn.now)
            return client.answer(.serviceUnavailable, &turn)
        }
        exchange.server.forward(exchange, &turn)
    }

    func goOn(_ client: StreamedExchange, _ turn: inout Turn) { exchange?.goOn(client, &turn) }

    func cancelled(_ client: StreamedExchange, _ turn: inout Turn) { exchange?.cancelled(client, &turn) }
}
