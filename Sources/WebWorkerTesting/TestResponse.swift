public import WebWorker

/// An answer that is whole.
public struct TestResponse: Sendable, Equatable {
    /// The status.
    public let status: Status
    /// The fields, Content-Length among them.
    public let headers: ResponseHeaders
    /// The body; empty for HEAD.
    public let body: [UInt8]

    /// The body as text; bytes that are not UTF-8 come out as U+FFFD.
    public var text: String { String(decoding: body, as: UTF8.self) }
}
