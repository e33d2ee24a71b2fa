/// Which registration an event of epoll is for, when it is for no connection: the upper half of a connection's token is
/// never 0.
enum Source {
    static let signals: UInt64 = 0
    static let control: UInt64 = 1
    static let pool: UInt64 = 2
    static let port: UInt64 = 3
    static let line: UInt64 = 4
    static let mailbox: UInt64 = 6
    static let firstLane: UInt64 = 16
}
