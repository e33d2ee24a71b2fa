/// A way in which a user would not have got the answer. Each one is counted apart; any one fails the run.
package enum FailureKind: Int, CaseIterable, Sendable {
    /// Nobody listens at the address (ECONNREFUSED), or a unix socket's queue is full.
    case refused
    /// The network gave another reason why the connection could not be opened.
    case unreachable
    /// The connection was not established within the time-out.
    case connectTimedOut
    /// The connection was reset before the answer was complete.
    case reset
    /// The server closed a connection in good order, but without a byte of an answer to its first request.
    case closedFresh
    /// The same on a connection that had answered before: the request crossed the close of an idle connection.
    case closedReused
    /// The server closed a kept connection while nothing was asked. A request that was about to leave could be lost.
    case closedIdle
    /// The stream ended inside an answer.
    case truncated
    /// The answer was complete, and its status none of those expected.
    case wrongStatus
    /// The answer was complete, and its body none of those expected.
    case wrongBody
    /// The answer was not complete within the time-out.
    case timedOut
    /// What came was not HTTP/1.1, or more than was asked for.
    case malformed
    /// The answer came from a version that had been replaced, for all that this client can know, when it was asked.
    case wentBack
    /// The client's own machine gave out (no local port, no descriptor): the run proves nothing.
    case client

    /// The name in the JSON report.
    package var key: String {
        switch self {
        case .refused: "refused"
        case .unreachable: "unreachable"
        case .connectTimedOut: "connectTimedOut"
        case .reset: "reset"
        case .closedFresh: "closedFresh"
        case .closedReused: "closedReused"
        case .closedIdle: "closedIdle"
        case .truncated: "truncated"
        case .wrongStatus: "wrongStatus"
        case .wrongBody: "wrongBody"
        case .timedOut: "timedOut"
        case .malformed: "malformed"
        case .wentBack: "wentBack"
        case .client: "client"
        }
    }

    /// The name in the report for a person.
    package var title: String {
        switch self {
        case .refused: "refused"
        case .unreachable: "unreachable"
        case .connectTimedOut: "connect timed out"
        case .reset: "reset"
        case .closedFresh: "closed before answer, fresh"
        case .closedReused: "closed before answer, reused"
        case .closedIdle: "closed while idle"
        case .truncated: "truncated"
        case .wrongStatus: "wrong status"
        case .wrongBody: "wrong body"
        case .timedOut: "timed out"
        case .malformed: "malformed"
        case .wentBack: "version went back"
        case .client: "client's own"
        }
    }
}
