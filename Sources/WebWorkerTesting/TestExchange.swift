public import WebWorker

/// An answer whose head is here, and whose body comes as it is written.
public struct TestExchange: Sendable {
    /// The status.
    public let status: Status
    /// The fields.
    public let headers: ResponseHeaders
    private let exchange: InProcessExchange

    init(_ head: InProcessExchange.Head, _ exchange: InProcessExchange) {
        status = head.status
        headers = head.headers
        self.exchange = exchange
    }

    /// The body, in pieces as they were written, of which several may come as one. It can be read once.
    ///
    /// While nobody asks for the next piece the handler waits, once it is 64 KiB ahead. A task that is cancelled while it
    /// reads leaves.
    public var pieces: Pieces { Pieces(exchange: exchange) }

    /// Reads no more, as a client does that closes its connection: the handler's task is cancelled, and what it writes then
    /// throws `ClientGone`.
    public func leave() { exchange.leave() }

    /// The body of an answer in pieces.
    public struct Pieces: AsyncSequence, Sendable {
        /// A piece, never empty.
        public typealias Element = [UInt8]

        let exchange: InProcessExchange

        /// Gives the pieces.
        public struct Iterator: AsyncIteratorProtocol {
            let exchange: InProcessExchange

            /// The next piece; nil at the end. Throws `TestFailure.brokenOff` when there is none.
            public mutating func next() async throws -> [UInt8]? {
                do {
                    return try await exchange.next()
                } catch {
                    exchange.leave()
                    throw TestFailure.made(from: error)
                }
            }
        }

        /// Begins to read.
        public func makeAsyncIterator() -> Iterator { Iterator(exchange: exchange) }
    }
}
