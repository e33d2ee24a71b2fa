internal import Linux

/// The access logs of a worker, by the number of the virtual host. Hosts whose log is the same share it.
struct AccessLogs {
    private let writers: [AccessLogWriter]
    private let places: [Int?]

    init(_ hosts: [VirtualHost]) throws(SystemError) {
        var (logs, writers, places): ([AccessLog], [AccessLogWriter], [Int?]) = ([], [], [])
        for host in hosts {
            guard let log = host.log else {
                places.append(nil)
                continue
            }
            if !logs.contains(log) {
                writers.append(try AccessLogWriter(log))
                logs.append(log)
            }
            places.append(logs.firstIndex(of: log))
        }
        self.writers = writers
        self.places = places
    }

    /// No request is logged.
    var isEmpty: Bool { writers.isEmpty }

    /// The log of a virtual host; nil: its requests are not logged.
    func of(_ host: Int) -> AccessLogWriter? { places[host].map { writers[$0] } }

    func turn(at now: Int64) { for writer in writers { writer.turn(at: now) } }

    func close() { for writer in writers { writer.close() } }

    /// The next write, in milliseconds of the monotonic clock; `Int64.max` if nothing waits.
    var deadline: Int64 { writers.reduce(.max) { min($0, $1.deadline ?? .max) } }
}
