/// The layout of a worker's counters in a file that the worker maps and writes, and the master and `status` read.
///
/// The file is `byteCount` bytes of 64-bit numbers in the machine's byte order, each written in one piece by the one
/// worker that owns the file, and with no order between them. Number 0 is `magic` once the worker counts; all that has
/// no meaning yet is 0.
package enum Scoreboard {
    /// What the file is called, which lies in memory and in no directory: /proc/PID/fd shows it as "/memfd:" and this.
    package static let memoryName = "deployd-board"
    /// The file's size, which nobody can change.
    package static let byteCount = 4096
    /// "DEPLOYD" and the layout's version 1.
    package static let magic: UInt64 = 0x4445_504c_4f59_4401

    /// What is counted, at the place in the file that its number says.
    package enum Counter: Int, CaseIterable, Sendable {
        /// Connections taken from the lane, in all.
        case accepted = 8
        /// Connections open now.
        case connections
        /// Of these, the ones between two requests.
        case idle
        /// Requests whose answer is not out yet.
        case inFlight
        /// Answers sent, in all.
        case requests
        /// Answers by class of status.
        case informational, success, redirection, clientError, serverError
        /// Bytes read from clients, in all.
        case bytesIn
        /// Bytes sent to clients, in all.
        case bytesOut
        /// Connections that spoke WebSocket or another protocol now.
        case upgraded
        /// Failures of the application server behind this worker, in all.
        case upstreamErrors
        /// 1 while the worker drains.
        case draining
        /// Connections taken from a draining generation, in all.
        case adopted
        /// Connections given to the serving generation, in all.
        case handedOver
    }

    /// Whether a status is one that `serverError` counts: 501 and 505 are about what the client asked for, which is nothing
    /// that HTTP/1.1 or the site has, and no fault of the release.
    package static func isServerError(_ status: Int) -> Bool { status >= 500 && status != 501 && status != 505 }

    /// Where the latency histogram begins: `latencyBuckets` numbers, bucket n counts answers that took at least
    /// 2^(n/2) microseconds and less than 2^((n+1)/2).
    package static let latencyStart = 64
    /// How many buckets there are; the last one is open at the top.
    package static let latencyBuckets = 64

    /// Where the counts of sites begin, two numbers each: answers, and those of them that `serverError` counts. Number 0 is what
    /// answers for no site's host, the others are the sites of the release in their order.
    package static let sitesStart = 128
    /// How many there are; all beyond them share the last one.
    package static let sites = 64
}
