internal import WebWorker

/// Why a `TestClient` has no answer, or only a part of one.
public enum TestFailure: Error, Sendable, Equatable {
    /// A server behind answers this path (`forward`, `fastCGI`), and no socket is opened to it. Test what the application
    /// answers itself, or run it with that server.
    case servedBehind(path: String)
    /// The request ends before it is whole: a field of the test's own says of the body what is not so.
    case incompleteRequest
    /// The handler failed when its answer had begun, or wrote another number of bytes than it said.
    case brokenOff
}

extension TestFailure: CustomStringConvertible {
    /// In words.
    public var description: String {
        switch self {
        case .servedBehind(let path):
            "\(path) is answered by a server behind, which a TestClient does not ask: "
                + "test what the application answers itself, or run it with that server"
        case .incompleteRequest:
            "the request ends before its body does: look at its Content-Length or Transfer-Encoding"
        case .brokenOff: "the answer was broken off: its handler failed, or wrote another number of bytes than it said"
        }
    }
}

extension TestFailure {
    static func made(from error: any Error) -> any Error {
        switch error as? InProcessExchange.Failure {
        case .servedBehind(let path): TestFailure.servedBehind(path: path)
        case .incompleteRequest: TestFailure.incompleteRequest
        case .brokenOff: TestFailure.brokenOff
        case nil: error
        }
    }
}
