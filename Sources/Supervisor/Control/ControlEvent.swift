/// One line from the master to a client. A reply is a stream of events; the last is `status`, `version`, `done` or `error`.
package enum ControlEvent: Equatable, Sendable {
    /// Another deploy is under way, and this one waits behind it.
    case queued(QueuedEvent)
    case started(StartedEvent)
    case step(StepEvent)
    /// A line that a worker of the new generation wrote.
    case output(OutputEvent)
    /// The result of a probe of the new generation, if it differs from the one before.
    case probe(ProbeEvent)
    /// Something that the person should know and that decides nothing.
    case note(String)
    /// What users have got so far in the watch under way, in words.
    case seen(String)
    case status(StatusReport)
    case version(VersionEvent)
    case done(DoneEvent)
    /// The request was not understood, or not allowed; nothing was done.
    case error(ErrorEvent)
    /// An event of a newer master, by its name. To be passed over.
    case unrecognised(String)

    /// Nothing follows this event.
    package var isLast: Bool {
        switch self {
        case .queued, .started, .step, .output, .probe, .note, .seen, .unrecognised: false
        case .status, .version, .done, .error: true
        }
    }
}

/// A deploy stands in the queue.
package struct QueuedEvent: Codable, Equatable, Sendable {
    /// The deploys that go first, the one under way included.
    package var ahead: Int
    /// The deploy in progress, in words: "deploy of v2, probing since 4 s".
    package var behind: String

    package init(ahead: Int, behind: String) {
        self.ahead = ahead
        self.behind = behind
    }
}

/// A deploy has begun.
package struct StartedEvent: Codable, Equatable, Sendable {
    package var verb: ControlVerb
    /// The number of the generation that is to serve.
    package var generation: Int
    /// The short name of its release.
    package var release: String
    /// The release that serves now; absent at the first start.
    package var from: ServingReport?

    package init(verb: ControlVerb, generation: Int, release: String, from: ServingReport?) {
        self.verb = verb
        self.generation = generation
        self.release = release
        self.from = from
    }
}

/// A step of a deploy begins or ends.
package struct StepEvent: Codable, Equatable, Sendable {
    package enum State: String, Codable, Sendable {
        case started, finished, failed
    }

    package var name: StepName
    package var state: State
    /// The duration of the step; absent when it begins.
    package var milliseconds: Double?
    /// The result in words: "2 of 2 workers", "3 answers in a row".
    package var detail: String?

    package init(_ name: StepName, _ state: State, milliseconds: Double? = nil, detail: String? = nil) {
        self.name = name
        self.state = state
        self.milliseconds = milliseconds
        self.detail = detail
    }
}

/// A line of a worker's output.
package struct OutputEvent: Codable, Equatable, Sendable {
    package var generation: Int
    /// Without the line's end; what is not UTF-8 is replaced.
    package var text: String

    package init(generation: Int, text: String) {
        self.generation = generation
        self.text = text
    }
}

/// A probe that failed.
package struct ProbeEvent: Codable, Equatable, Sendable {
    package var generation: Int
    /// The request, the place and the answer.
    package var text: String

    package init(generation: Int, text: String) {
        self.generation = generation
        self.text = text
    }
}

/// The version of the running master.
package struct VersionEvent: Codable, Equatable, Sendable {
    package var deployd: String
    package var pid: Int

    package init(deployd: String, pid: Int) {
        self.deployd = deployd
        self.pid = pid
    }
}

/// The request was refused before anything was done.
package struct ErrorEvent: Codable, Equatable, Sendable {
    package var message: String
    package var exitCode: Int

    package init(_ message: String, exitCode: Int = ControlOutcome.refused.exitCode) {
        self.message = message
        self.exitCode = exitCode
    }
}
