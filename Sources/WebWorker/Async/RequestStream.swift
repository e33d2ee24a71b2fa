internal import Synchronization

/// The body of a request, piece by piece as it arrives: `for try await piece in request.stream`.
///
/// While nobody asks for the next piece, little is read from the client. A body can be read once. It throws `ClientGone`
/// when the client leaves, or sends what is no body, before the end.
public struct RequestStream: AsyncSequence, Sendable {
    /// A piece, never empty.
    public typealias Element = [UInt8]

    let whole: [UInt8]
    let intake: RequestIntake?

    /// Yields the pieces in the order of their arrival.
    public struct Iterator: AsyncIteratorProtocol {
        var whole: [UInt8]
        let intake: RequestIntake?

        /// The next piece; nil at the end.
        public mutating func next() async throws -> [UInt8]? {
            if let intake { return try await intake.next() }
            defer { whole = [] }
            return whole.isEmpty ? nil : whole
        }
    }

    /// Starts reading the body.
    public func makeAsyncIterator() -> Iterator { Iterator(whole: whole, intake: intake) }
}

/// Pieces of a body on their way from the loop to the task that reads them.
final class RequestIntake: Sendable {
    private struct State {
        var pieces: [[UInt8]] = []
        var bytes = 0
        var isEnded = false
        var isHeld = false
        var resume: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let arrived = Gate(isOpen: false)

    /// Has the loop read on. Set once, before anything else.
    var resume: (@Sendable () -> Void)? {
        get { state.withLock { $0.resume } }
        set { state.withLock { $0.resume = newValue } }
    }

    /// A piece came. False: no more for now.
    func add(_ piece: [UInt8]) -> Bool {
        let goesOn = state.withLock { state in
            state.pieces.append(piece)
            state.bytes += piece.count
            state.isHeld = state.bytes > StreamedExchange.highWater
            return !state.isHeld
        }
        arrived.open()
        return goesOn
    }

    func end() {
        state.withLock { $0.isEnded = true }
        arrived.open()
    }

    /// No more will come, and that was not all.
    func fail() {
        guard !state.withLock({ $0.isEnded }) else { return }
        arrived.fail(ClientGone())
    }

    /// The next piece; nil at the end.
    func next() async throws -> [UInt8]? {
        while true {
            let (pieces, isEnded, resume) = state.withLock { state in
                defer {
                    state.pieces = []
                    state.bytes = 0
                    state.isHeld = false
                    if !state.isEnded { arrived.close() }
                }
                return (state.pieces, state.isEnded, state.isHeld ? state.resume : nil)
            }
            resume?()
            if !pieces.isEmpty { return pieces.count == 1 ? pieces[0] : Array(pieces.joined()) }
            if isEnded { return nil }
            try await arrived.wait()
        }
    }
}
