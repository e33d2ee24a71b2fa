/// One line from a client to the master, as it stands on the wire. `command()` turns it into what the master acts on.
///
/// Keys that a verb does not use are ignored, and so are keys that this version does not know.
package struct ControlRequest: Codable, Equatable, Sendable {
    /// The version of the protocol that this code speaks.
    package static let currentVersion = 1

    /// Version of the protocol, `currentVersion`.
    package var version: Int
    /// The command to carry out.
    package var verb: ControlVerb
    /// deploy, rollback: an absolute path, or a bare name that the master looks up in its releases directory.
    package var release: String?
    /// deploy, rollback, restart, upgrade: wait when another deploy is under way, instead of being refused.
    package var wait: Bool?
    /// deploy, rollback, restart: cancel when the cut-over has not come this long after the request, the queue included.
    /// upgrade: refuse the program when its trial run takes longer.
    package var timeoutMilliseconds: Int?
    /// scale: the number of workers.
    package var count: Int?
    /// stop: end the workers at once instead of draining them.
    package var now: Bool?
    /// deploy: begin with a canary, and hold its last step.
    package var canary: Bool?
    /// deploy: with a canary of so many percent of new connections, and hold it.
    package var canaryPercent: Int?
    /// deploy, rollback, restart: what the person says of it, for the history.
    package var message: String?
    /// rollback: also away from a release that forbids it.
    package var force: Bool?
    /// upgrade: the program that the master is to become, absolute; without it what lies where it was started from.
    package var program: String?

    /// maintenance: on or off.
    package var on: Bool?
    /// maintenance: the page that users get, HTML; without it deployd's own.
    package var page: String?
    /// maintenance: addresses and networks that are let in.
    package var allow: [String]?
    /// maintenance: when clients are to ask again.
    package var retryAfterSeconds: Int?

    package init(
        _ verb: ControlVerb, release: String? = nil, wait: Bool? = nil, timeoutMilliseconds: Int? = nil,
        count: Int? = nil, now: Bool? = nil, force: Bool? = nil, program: String? = nil
    ) {
        self.version = Self.currentVersion
        self.verb = verb
        self.release = release
        self.wait = wait
        self.timeoutMilliseconds = timeoutMilliseconds
        self.count = count
        self.now = now
        self.force = force
        self.program = program
    }
}

/// A control request that cannot be understood or makes no sense, in words for the person who sent it.
package struct ControlRefusal: Error, Equatable, Sendable {
    /// The mistake: what was found, and what was expected.
    package let message: String

    package init(_ message: String) {
        self.message = message
    }
}
