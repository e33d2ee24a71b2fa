internal import Synchronization

/// Sends the body of a streamed response, piece by piece.
public struct ResponseWriter: Sendable {
    let exchange: AsyncExchange
    let head: AnswerHead

    /// Sends bytes. Waits while the client does not take what was sent before, so that little is held in memory. Throws
    /// `ClientGone` when the client is gone.
    ///
    /// The head of the response goes out with the first bytes: an error before them is still answered with a 500, while one
    /// behind them ends the connection, so that the client sees that this was not all.
    public func write(_ bytes: [UInt8]) async throws {
        try exchange.begin(head)
        try await exchange.write(bytes)
    }

    /// Sends text, encoded as UTF-8.
    public func write(_ text: String) async throws { try await write(Array(text.utf8)) }
}

/// The body of a response that is written while it is sent. Code cannot be compared, so each has a number of its own.
struct StreamedContent: Sendable {
    private static let made = Atomic<UInt64>(0)

    /// In bytes; nil when it is not known.
    let length: Int?
    /// Ends the body when the worker drains; nil: it goes on to its own end.
    var farewell: AsyncExchange.Farewell?
    let write: @Sendable (ResponseWriter) async throws -> Void
    private let number = made.add(1, ordering: .relaxed).newValue

    init(length: Int?, write: @escaping @Sendable (ResponseWriter) async throws -> Void) {
        self.length = length
        self.write = write
    }
}

extension StreamedContent: Equatable {
    static func == (one: StreamedContent, other: StreamedContent) -> Bool { one.number == other.number }
}

extension Response {
    /// An answer whose body is written while it is sent: `Response(type: "text/csv") { writer in try await … }`.
    ///
    /// With a `length` (in bytes) the client is told it beforehand, and exactly so much must be written. The writing is not
    /// even begun for HEAD. When the client goes, the task is cancelled.
    public init(
        status: Status = .ok, type: String? = nil, length: Int? = nil,
        stream: @escaping @Sendable (ResponseWriter) async throws -> Void
    ) {
        self.init(status: status, type: type)
        self.stream = StreamedContent(length: length, write: stream)
    }
}

extension AnswerHead {
    /// The head of a response; nil when it cannot be sent (see `PreparedAnswer.encode`).
    init?(_ response: Response, length: Int?) {
        guard response.status.rawValue >= 200, response.headers.write(to: &fields) else { return nil }
        status = response.status
        self.length = length
    }
}
