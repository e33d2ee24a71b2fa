/// The access log: one line a request.
public struct AccessLog: Sendable, Equatable {
    /// The form of a line.
    public enum Format: String, Sendable, CaseIterable {
        /// As of the web servers of old: `1.2.3.4 - - [21/Nov/2026:18:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "curl"`.
        case combined
        /// An object of JSON: time, client, scheme (only `https`), host, method, target, version, status, bytes, milliseconds,
        /// referer, agent.
        case json
    }

    /// The form of each line.
    public var format: Format
    /// The file to append to: a relative name is looked for in the release; one that was moved away is made anew within a
    /// second. Nil: standard output, which deployd keeps as the generation's log.
    public var path: String?

    /// A log of a format.
    public init(_ format: Format = .combined, path: String? = nil) {
        self.format = format
        self.path = path
    }
}
