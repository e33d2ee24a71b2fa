/// Whether a new connection is worth a read before epoll says that something has come.
///
/// When the request came with the connection there is nothing to wait for, and the read saves two system calls; when it
/// did not, the read was for nothing. Which it is depends on clients and load: after a read for nothing only every 16th
/// connection is tried, until one of them has brought its request.
struct EarlyReads {
    private static let interval = 16
    private var passed = interval

    /// Decides for the next connection.
    mutating func shallTry() -> Bool {
        passed += 1
        return passed >= Self.interval
    }

    mutating func tried(_ somethingCame: Bool) { passed = somethingCame ? Self.interval : 0 }
}
