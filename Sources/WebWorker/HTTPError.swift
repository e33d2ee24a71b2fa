internal import Linux

/// An error that is an answer: a handler throws it, and the client gets its status and text.
///
/// ```swift
/// guard let item = items[id] else { throw HTTPError(.notFound, "no such item") }
/// ```
public struct HTTPError: Error, Sendable, CustomStringConvertible {
    /// The status of the answer.
    public var status: Status
    /// The text of the answer, which the client reads.
    public var message: String

    /// An error with a status; without a message the status says all.
    public init(_ status: Status, _ message: String = "") {
        self.status = status
        self.message = message
    }

    /// The status, and the message if there is one.
    public var description: String { message.isEmpty ? "\(status.rawValue)" : "\(status.rawValue): \(message)" }
}

extension Response {
    /// The answer for a handler that throws: an `HTTPError` says it; any other is a 500 and a line on standard error.
    static func failure(_ error: any Error, _ path: String) -> Response {
        guard let error = error as? HTTPError else {
            StandardError.line("WebWorker: \(path): the handler failed: \(error)")
            return Response(status: .internalServerError, text: "Internal Server Error\n")
        }
        return Response(status: error.status, text: error.message.isEmpty ? "" : error.message + "\n")
    }
}
