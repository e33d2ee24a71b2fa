/// One failure with what a person needs to look into it. The first of each kind are kept.
package struct FailureSample: Equatable, Sendable {
    /// How many samples of each kind are kept.
    package static let maxPerKind = 5

    /// When it happened, since the start of the run.
    package let time: Nanoseconds
    package let kind: FailureKind
    /// Which of the client's connections it happened on, from 0.
    package let connection: Int
    /// Which request of this socket it was, from 1; 0 when the socket never opened.
    package let request: Int
    /// What was found: a status, an errno, the beginning of a body.
    package let detail: String

    package init(time: Nanoseconds, kind: FailureKind, connection: Int, request: Int, detail: String) {
        self.time = time
        self.kind = kind
        self.connection = connection
        self.request = request
        self.detail = detail
    }
}
