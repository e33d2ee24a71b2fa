/// The sums of a generation's scoreboards, or what the kernel counted, since it started.
package struct ScoreboardReport: Codable, Equatable, Sendable {
    /// Requests that were answered.
    package var requests: Int
    package var statusClasses: StatusClasses
    /// Requests that are being answered now.
    package var inFlight: Int
    /// Kept connections that wait for their next request.
    package var idle: Int?
    /// Connections that are open now.
    package var connections: Int?
    /// Connections taken from generations that drained.
    package var adopted: Int
    /// Connections given to the generation that serves.
    package var handedOver: Int
    /// The duration of answers; absent before the first one.
    package var latency: Latency?
    /// The same by site; absent where there is one.
    package var sites: [Site]?
    /// Who counted: ``kernel``; absent: the workers.
    package var countedBy: String?

    /// The kernel counted, which does not know connections.
    package static let kernel = "kernel"

    package init(
        requests: Int, statusClasses: StatusClasses, inFlight: Int, idle: Int?, connections: Int?, adopted: Int = 0,
        handedOver: Int = 0, latency: Latency? = nil, sites: [Site]? = nil, countedBy: String? = nil
    ) {
        self.requests = requests
        self.statusClasses = statusClasses
        self.inFlight = inFlight
        self.idle = idle
        self.connections = connections
        self.adopted = adopted
        self.handedOver = handedOver
        self.latency = latency
        self.sites = sites
        self.countedBy = countedBy
    }

    /// What was answered for the hosts of one site.
    package struct Site: Codable, Equatable, Sendable {
        /// Its first host, or what tells of all hosts that no site has.
        package var name: String
        package var requests: Int
        /// Of these, those with a 5xx.
        package var serverErrors: Int

        private enum CodingKeys: String, CodingKey {
            case name, requests
            case serverErrors = "5xx"
        }

        package init(name: String, requests: Int, serverErrors: Int) {
            self.name = name
            self.requests = requests
            self.serverErrors = serverErrors
        }
    }

    /// Times within which half, nine in ten, and 99 in 100 answers were given, in microseconds.
    package struct Latency: Codable, Equatable, Sendable {
        package var p50: Int
        package var p90: Int
        package var p99: Int
        /// How many answers took how long: at least 2^(n/2) microseconds, and less than 2^((n+1)/2). Absent from an older master.
        package var buckets: [Int]?

        package init(p50: Int, p90: Int, p99: Int, buckets: [Int]? = nil) {
            self.p50 = p50
            self.p90 = p90
            self.p99 = p99
            self.buckets = buckets
        }
    }

    /// Answers by the first digit of their status.
    package struct StatusClasses: Codable, Equatable, Sendable {
        package var informational: Int
        package var successful: Int
        package var redirection: Int
        package var clientError: Int
        package var serverError: Int

        private enum CodingKeys: String, CodingKey {
            case informational = "1xx"
            case successful = "2xx"
            case redirection = "3xx"
            case clientError = "4xx"
            case serverError = "5xx"
        }

        package init(
            informational: Int = 0, successful: Int = 0, redirection: Int = 0, clientError: Int = 0,
            serverError: Int = 0
        ) {
            self.informational = informational
            self.successful = successful
            self.redirection = redirection
            self.clientError = clientError
            self.serverError = serverError
        }
    }
}

/// A lane as the kernel sees it.
package struct LaneReport: Codable, Equatable, Sendable {
    /// The name of its listener.
    package var listener: String
    /// Connections that no worker has accepted yet.
    package var acceptQueue: Int
    /// The most that may wait.
    package var backlog: Int

    package init(listener: String, acceptQueue: Int, backlog: Int) {
        self.listener = listener
        self.acceptQueue = acceptQueue
        self.backlog = backlog
    }
}
