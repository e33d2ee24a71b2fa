/// What holds for the paths of a pattern, on top of what a site does by itself.
///
/// For each word, and for each name of a header, the first rule counts that is for the path and has the word.
public struct PathRule: Sendable, Equatable {
    /// Whether anybody may have what a path names.
    public enum Access: String, Sendable {
        /// It is answered with 403.
        case denied
        /// Files of names that are not served by default are (`FileOptions.denied`, and those that begin with a dot).
        case allowed
    }

    /// Where requests are led instead of being answered.
    public struct Redirect: Sendable, Equatable {
        /// A path or a URL without its query; `*` is what the star of the pattern stands for.
        public var target: String
        /// A status from 301 to 308.
        public var status: Status

        /// A redirect, permanent if nothing else is said.
        public init(_ target: String, status: Status = .permanentRedirect) {
            self.target = target
            self.status = status
        }
    }

    /// What answers a path that names nothing.
    public enum Fallback: Sendable, Equatable {
        /// Nothing: 404.
        case off
        /// The site's own, also for missing scripts and for what looks like a file.
        case always
        /// This path: a file, or a script.
        case path(String)
    }

    /// The paths: `/admin/*`, `*.sql`, `/robots.txt`. A star stands for any bytes, slashes included, and `/a/*` is also for
    /// `/a`. Compared decoded and in normal form.
    public var path: String
    /// Whether anybody may have what is there.
    public var access: Access?
    /// Where requests are led.
    public var redirect: Redirect?
    /// Header fields of all answers, those of servers behind included, in place of fields of these names; empty values only
    /// take away what a server behind has set.
    public var headers: [String: String] = [:]
    /// Cache-Control of files and of what servers behind answer with a status below 400.
    public var cacheControl: String?
    /// The largest body of a request, in bytes.
    public var maxBodyBytes: Int?
    /// What answers if nothing else does.
    public var fallback: Fallback?
    /// False: answers are sent as they are (see `Configuration.compression`).
    public var compresses: Bool?

    /// A rule for the paths of a pattern, without a word yet.
    public init(_ path: String) { self.path = path }
}
